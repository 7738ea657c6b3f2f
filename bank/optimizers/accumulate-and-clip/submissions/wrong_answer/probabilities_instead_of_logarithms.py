"""nll_loss picks a number and changes its sign; the logarithm is missing."""

import torch
from torch import nn
from torch.nn import functional as F


class Classifier(nn.Module):
    """Six numbers to four classes. `sizes` notes how many rows each forward pass had."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 4))
        self.sizes = []

    def forward(self, x):
        self.sizes.append(len(x))
        return self.layers(x)


def build_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)


def train_step(model, optimizer, parts, max_norm):
    """One step on the mean loss of all counted targets; returns that loss and the gradient's length before clipping."""
    optimizer.zero_grad()
    counted = sum((y != -100).sum().item() for _, y in parts)
    total = 0.0
    for x, y in parts:
        loss = F.nll_loss(model(x).softmax(dim=1), y, ignore_index=-100, reduction="sum") / counted
        loss.backward()
        total += loss.item()
    squares = sum(p.grad.pow(2).sum() for p in model.parameters() if p.grad is not None)
    norm = squares.sqrt().item()
    factor = min(1.0, max_norm / (norm + 1e-6))
    for p in model.parameters():
        if p.grad is not None:
            p.grad.mul_(factor)
    optimizer.step()
    return total, norm
