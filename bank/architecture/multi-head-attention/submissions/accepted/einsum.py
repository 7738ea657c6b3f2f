"""No transposes: Einstein sums name the dimensions. The weights are used in pieces instead of the activations."""

import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, bias=True):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("not divisible")
        self.h, self.d = num_heads, d_model // num_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=bias)
        self.k_proj = nn.Linear(d_model, d_model, bias=bias)
        self.v_proj = nn.Linear(d_model, d_model, bias=bias)
        self.out_proj = nn.Linear(d_model, d_model, bias=bias)

    def project(self, layer, x):
        weight = layer.weight.reshape(self.h, self.d, -1)
        return torch.einsum("bsi,hdi->bhsd", x, weight) + layer.bias.reshape(self.h, 1, self.d)

    def forward(self, query, key, value, mask=None):
        q, k, v = self.project(self.q_proj, query), self.project(self.k_proj, key), self.project(self.v_proj, value)
        scores = torch.einsum("bhld,bhsd->bhls", q / self.d**0.5, k)
        if mask is not None:
            batched = mask if mask.dim() == 3 else mask.expand(len(query), -1, -1)
            scores = torch.where(batched[:, None, :, :], scores, torch.finfo(scores.dtype).min)
        powers = torch.exp(scores - scores.amax(-1, keepdim=True))
        weights = powers / powers.sum(-1, keepdim=True)
        out = self.out_proj.weight.reshape(-1, self.h, self.d)
        return torch.einsum("bhls,bhsd,ohd->blo", weights, v, out) + self.out_proj.bias
