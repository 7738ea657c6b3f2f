"""Compares one step of plain SGD from a fresh model: nothing stale, no mode, no state."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from training import train_step


def test_one_step():
    torch.manual_seed(0)
    model, x, y = nn.Linear(4, 3), torch.randn(8, 4), torch.randint(3, (8,))
    twin = copy.deepcopy(model)
    loss = F.cross_entropy(twin(x), y)
    loss.backward()
    found = train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), x, y)
    assert isinstance(found, float)
    assert abs(found - loss.item()) < 1e-5
    for a, b in zip(model.parameters(), twin.parameters()):
        assert torch.allclose(a, b - 0.1 * b.grad, atol=1e-5)
