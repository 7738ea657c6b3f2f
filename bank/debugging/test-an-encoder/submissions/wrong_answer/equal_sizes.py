"""Four texts of four tokens and four classes: whatever is mixed up has the right shape."""

import torch

from encoder import Encoder


def test_shape():
    logits = Encoder(10, 8, 4)(torch.randint(10, (4, 4)))
    assert logits.shape == (4, 4)
    assert logits.dtype == torch.float32
