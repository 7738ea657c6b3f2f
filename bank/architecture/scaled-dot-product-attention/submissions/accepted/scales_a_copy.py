"""Works in place, on a copy: the caller's query stays as it is."""

import torch


def attention(query, key, value, mask=None):
    scaled = query.clone()
    scaled *= query.shape[-1] ** -0.5
    scores = torch.einsum("...ld,...sd->...ls", scaled, key)
    if mask is None:
        return scores.softmax(-1) @ value
    weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)
    return weights.masked_fill(~mask, 0.0) @ value
