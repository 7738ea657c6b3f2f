import torch

from encoder import Encoder


def test_shape():
    model = Encoder(vocabulary=10, width=8, classes=4)
    logits = model(torch.randint(10, (4, 4)))
    assert logits.shape == (4, 4)
