"""Writes the backward pass down instead of leaving it to autograd."""

import torch
from torch import nn


class _Drop(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(factor)
        return x * factor

    @staticmethod
    def backward(ctx, gradient):
        (factor,) = ctx.saved_tensors
        return gradient * factor, None


class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError("0 <= p <= 1")
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        keep = 1.0 - self.p
        factor = torch.bernoulli(torch.full(x.shape, keep)) / max(keep, 1e-12)
        return _Drop.apply(x, factor.to(x.dtype))
