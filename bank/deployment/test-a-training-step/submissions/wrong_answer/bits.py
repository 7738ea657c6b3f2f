"""Correct versions may add the rows in another order; equality to the last bit turns some of them away."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from training import train_step


def test_many_steps():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 5)).eval()
    twin = copy.deepcopy(model).train()
    one = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    other = torch.optim.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    for _ in range(10):
        x, y = 5 * torch.randn(33, 16), torch.randint(5, (33,))
        other.zero_grad()
        F.cross_entropy(twin(x), y).backward()
        other.step()
        train_step(model, one, x, y)
        assert all(torch.equal(a, b) for a, b in zip(model.parameters(), twin.parameters()))
