"""An example of a module for the tests of the importer: two inputs, a buffer, a normalization that counts."""

import torch
from torch import nn

batch_size = 6
length = 5
width = 8


class Gate(nn.Module):
    """Lets a part of the signal through."""

    def __init__(self, width: int):
        super().__init__()
        self.score = nn.Linear(width, width)

    def forward(self, x):
        return x * torch.sigmoid(self.score(x))


class Model(nn.Module):
    """A convolution over positions, normalized, gated by a second input, and summed where the mask allows it."""

    def __init__(self, width: int, kernel: int = 5):
        super().__init__()
        self.mix = nn.Conv1d(width, width, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm1d(width)
        self.gate = Gate(width)
        self.register_buffer("scale", torch.tensor(width**-0.5))

    def forward(self, x: torch.Tensor, mask: torch.Tensor):
        y = torch.relu(self.norm(self.mix(x.transpose(1, 2)))).transpose(1, 2)
        y = self.gate(y) * self.scale
        kept = y.masked_fill(mask.unsqueeze(-1) == 0, 0.0)
        return kept, kept.sum(dim=1)


def get_inputs():
    return [torch.randn(batch_size, length, width), torch.randint(0, 2, (batch_size, length))]


def get_init_inputs():
    return [width]
