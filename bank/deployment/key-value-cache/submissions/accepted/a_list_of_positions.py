"""One key and one value for each position, and a loop over the new ones: slow, and easy to follow."""

import torch
from torch import nn


class CachedAttention(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        self.width, remainder = divmod(d_model, num_heads)
        if remainder:
            raise ValueError("no equal heads")
        self.q_proj, self.k_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.v_proj, self.out_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)

    def forward(self, x, cache=None):
        known = [] if cache is None else list(cache)
        outputs = []
        for t in range(x.shape[1]):
            at_t = x[:, t]
            known.append((self.k_proj(at_t), self.v_proj(at_t)))
            outputs.append(self.attend(self.q_proj(at_t), known))
        return self.out_proj(torch.stack(outputs, dim=1)), known

    def attend(self, query, known):
        keys = torch.stack([key for key, _ in known], dim=1).unflatten(2, (-1, self.width))
        values = torch.stack([value for _, value in known], dim=1).unflatten(2, (-1, self.width))
        scores = torch.einsum("bhd,bthd->bth", query.unflatten(1, (-1, self.width)), keys) / self.width**0.5
        return torch.einsum("bth,bthd->bhd", scores.softmax(dim=1), values).flatten(1)
