"""The library's fused attention, with a mask that is aligned at the lower right corner."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F


class Cache(NamedTuple):
    keys: torch.Tensor
    values: torch.Tensor

    def extended(self, keys, values):
        return Cache(torch.cat([self.keys, keys], 1), torch.cat([self.values, values], 1))


class CachedAttention(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("d_model must be a multiple of num_heads")
        self.num_heads = num_heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(d_model, d_model))

    def forward(self, x, cache=None):
        new = Cache(self.k_proj(x), self.v_proj(x))
        cache = new if cache is None else Cache(*cache).extended(*new)
        q, k, v = (part.unflatten(2, (self.num_heads, -1)).transpose(1, 2) for part in (self.q_proj(x), *cache))
        total = k.shape[2]
        mask = torch.ones(total, total, dtype=torch.bool).tril()[total - x.shape[1] :]
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out_proj(y.transpose(1, 2).flatten(2)), cache
