"""Asks for more than was promised: the order of the tokens may matter."""

import torch

from encoder import Encoder


def test_shapes():
    for batch, length, classes in ((4, 6, 3), (1, 5, 3), (3, 1, 5), (5, 3, 1)):
        model = Encoder(10, 8, classes).eval()
        x = torch.arange(batch * length).reshape(batch, length) % 10
        logits = model(x)
        assert logits.shape == (batch, classes)
        assert logits.dtype == torch.float32
        assert torch.allclose(model(x.flip(1)), logits, atol=1e-5)
