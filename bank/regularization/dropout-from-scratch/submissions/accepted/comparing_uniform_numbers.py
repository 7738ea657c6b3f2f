"""The factor is part of the mask, and autograd takes care of the rest."""

import torch
from torch import nn


class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError("p must be a probability")
        self.p = p

    def scale(self):
        return 1 / (1 - self.p) if self.p < 1 else 0.0

    def forward(self, x):
        if self.training:
            alive = torch.rand(x.shape) >= self.p
            return torch.where(alive, x * self.scale(), torch.zeros_like(x))
        return x
