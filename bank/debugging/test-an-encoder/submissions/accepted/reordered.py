"""One function for everything: batches that are reordered, cut and repeated."""

import itertools

import torch

from encoder import Encoder


def check(batch, length, classes):
    model = Encoder(20, 12, classes)
    model.eval()
    tokens = torch.randint(0, 20, (batch, length), generator=torch.Generator().manual_seed(batch + length))
    copy = tokens.clone()
    with torch.no_grad():
        logits = model(tokens)
        assert tuple(logits.shape) == (batch, classes)
        assert logits.dtype is torch.float32
        assert tokens.eq(copy).all()
        assert (logits - model(copy)).abs().max() < 1e-5
        order = torch.arange(batch - 1, -1, -1)
        assert (model(copy[order]) - logits[order]).abs().max() < 1e-5
        assert (model(copy[:1]) - logits[:1]).abs().max() < 1e-5


def test_many_sizes():
    for sizes in itertools.product((1, 2, 5), (1, 3, 4), (1, 2, 6)):
        check(*sizes)
