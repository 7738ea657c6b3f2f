"""Slow and plain: one query after the other, over the keys that it may see."""

import torch


def _one(query, key, value, mask):
    rows = []
    for position in range(len(query)):
        chosen = mask[position].nonzero().squeeze(1)
        if len(chosen) == 0:
            rows.append(torch.zeros_like(value[0]))
            continue
        scores = key[chosen] @ query[position] / query.shape[-1] ** 0.5
        rows.append(torch.softmax(scores, 0) @ value[chosen])
    return torch.stack(rows)


def attention(query, key, value, mask=None):
    length, count = query.shape[-2], key.shape[-2]
    if mask is None:
        mask = torch.ones(length, count, dtype=torch.bool)
    lead = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2], mask.shape[:-2])
    parts = [t.expand(*lead, *t.shape[-2:]).reshape(-1, *t.shape[-2:]) for t in (query, key, value)]
    masks = mask.expand(*lead, length, count).reshape(-1, length, count)
    return torch.stack([_one(*each) for each in zip(*parts, masks)]).reshape(*lead, length, value.shape[-1])
