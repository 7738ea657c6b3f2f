"""One head after the other, cut out of the features by slices."""

import torch
from torch import nn


class Head(nn.Module):
    def forward(self, q, k, v, mask):
        scores = torch.bmm(q, k.transpose(1, 2)) * q.shape[-1] ** -0.5
        if mask is not None:
            scores = scores + torch.where(mask, 0.0, -torch.inf).to(scores.dtype)
        return torch.bmm(nn.functional.softmax(scores, dim=2), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("d_model % num_heads != 0")
        self.q_proj, self.k_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.v_proj, self.out_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.heads = nn.ModuleList(Head() for _ in range(num_heads))
        self.register_buffer("width", torch.tensor(d_model // num_heads))

    def forward(self, query, key, value, mask=None):
        q, k, v = self.q_proj(query), self.k_proj(key), self.v_proj(value)
        width = int(self.width)
        results = []
        for number, head in enumerate(self.heads):
            part = slice(number * width, (number + 1) * width)
            results.append(head(q[..., part], k[..., part], v[..., part], mask))
        return self.out_proj(torch.cat(results, dim=-1))
