"""Looks, and asserts nothing."""

import torch

from encoder import Encoder


def test_shape():
    print(Encoder(10, 8, 3)(torch.randint(10, (5, 7))).shape)
