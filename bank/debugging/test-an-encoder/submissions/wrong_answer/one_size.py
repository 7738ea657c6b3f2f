"""Notices all that shows in one batch of different sizes."""

import torch

from encoder import Encoder


def test_shape():
    model = Encoder(10, 8, 3).eval()
    logits = model(torch.randint(10, (5, 7)))
    assert logits.shape == (5, 3)
    assert logits.dtype == torch.float32
