import torch

from encoder import Encoder


def check_shape():
    assert Encoder(10, 8, 3)(torch.randint(10, (5, 7))).shape == (5, 3)
