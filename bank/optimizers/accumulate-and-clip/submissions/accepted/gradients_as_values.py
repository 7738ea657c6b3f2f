"""Adds the gradients up by hand, divides at the end, and sets `.grad` once."""

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


def loss_and_count(model, x, y):
    picked = -torch.log_softmax(model(x), dim=1)[torch.arange(len(y)), y.clamp(min=0)]
    counts = (y != -100).to(picked.dtype)
    return (picked * counts).sum(), counts.sum().item()


def train_step(model, optimizer, parts, max_norm):
    weights = [p for p in model.parameters() if p.requires_grad]
    sums, total, count = [torch.zeros_like(p) for p in weights], 0.0, 0.0
    for x, y in parts:
        loss, number = loss_and_count(model, x, y)
        for kept, new in zip(sums, torch.autograd.grad(loss, weights)):
            kept += new
        total, count = total + loss.item(), count + number
    gradients = [kept / count for kept in sums]
    norm = torch.stack([g.norm() for g in gradients]).norm().item()
    for p, g in zip(weights, gradients):
        p.grad = g * min(1.0, max_norm / norm)
    optimizer.step()
    return total / count, norm
