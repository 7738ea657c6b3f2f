"""Log-sum-exp as a running sum of two at a time, and the softmax from it."""

import torch


def logsumexp(x, dim):
    total, *rest = x.unbind(dim)
    for part in rest:
        total = torch.logaddexp(total, part)
    return total


def softmax(x, dim):
    shifted = x - x.amax(dim, keepdim=True)
    return (shifted - logsumexp(shifted, dim).unsqueeze(dim)).exp()
