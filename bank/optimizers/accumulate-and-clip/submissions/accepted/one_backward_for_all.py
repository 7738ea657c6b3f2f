"""Adds the losses up and goes back once: the right step, with the graphs of all parts in memory at a time."""

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
    optimizer.zero_grad()
    counted = sum(int((y != -100).sum()) for _, y in parts)
    loss = sum(F.cross_entropy(model(x), y, reduction="sum") for x, y in parts) / counted
    loss.backward()
    slopes = [p.grad for p in model.parameters() if p.grad is not None]
    length = torch.stack([slope.norm() for slope in slopes]).norm()
    for slope in slopes:
        slope.mul_((max_norm / length).clamp(max=1))
    optimizer.step()
    return loss.item(), length.item()
