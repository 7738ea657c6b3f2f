"""The result is repaired; the gradient of the addition carries the NaN back."""

import math

import torch


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is None:
        return torch.softmax(scores, dim=-1) @ value
    scores = scores + torch.log(mask.to(scores.dtype))
    return torch.softmax(scores, dim=-1).nan_to_num() @ value
