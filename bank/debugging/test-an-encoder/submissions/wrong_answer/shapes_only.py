"""Every size, and never a look at the values."""

import torch

from encoder import Encoder


def test_shapes():
    for batch in (1, 2, 5):
        for length in (1, 3, 4):
            for classes in (1, 2, 6):
                tokens = torch.randint(10, (batch, length))
                logits = Encoder(10, 8, classes)(tokens)
                assert logits.shape == (batch, classes)
                assert logits.dtype == torch.float32
