"""Scores may be lower than the number that was to stand for minus infinity."""

import math

import torch


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is None:
        return torch.softmax(scores, dim=-1) @ value
    scores = scores.masked_fill(~mask, -1e4)
    return (torch.softmax(scores, dim=-1) * mask) @ value
