"""What lies in `.grad` afterwards is not promised: turns correct versions away."""

import torch
from torch import nn

from training import train_step


def test_cleared():
    model = nn.Linear(4, 3)
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), torch.randn(8, 4), torch.zeros(8, dtype=torch.long))
    assert all(weight.grad is None or not weight.grad.any() for weight in model.parameters())
