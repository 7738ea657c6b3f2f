"""Einstein sums and a softmax of its own over what is allowed."""

import torch


def attention(q, k, v, allowed=None):
    scores = torch.einsum("...le,...se->...ls", q * q.shape[-1] ** -0.5, k)
    if allowed is None:
        allowed = torch.ones((), dtype=torch.bool)
    hidden = torch.where(allowed, scores.detach(), torch.tensor(float("-inf"), dtype=scores.dtype))
    top = hidden.amax(-1, keepdim=True)
    top = torch.where(torch.isfinite(top), top, torch.zeros_like(top))
    powers = torch.where(allowed, scores - top, torch.zeros_like(scores)).exp() * allowed
    total = powers.sum(-1, keepdim=True)
    weights = powers / torch.where(total > 0, total, torch.ones_like(total))
    return torch.einsum("...ls,...sv->...lv", weights, v)
