import torch

from metrics import top_k_accuracy

LOGITS = torch.tensor([[3.0, 2.0, 1.0, 0.0], [0.0, 3.0, 1.0, 2.0], [1.0, 0.0, 2.0, 3.0]])
TARGET = torch.tensor([0, 3, 1])  # ranked first, second and last


def test_every_k():
    found = [top_k_accuracy(LOGITS, TARGET, k) for k in (1, 2, 3, 4)]
    for value, expected in zip(found, [1 / 3, 2 / 3, 2 / 3, 1.0]):
        assert abs(value - expected) < 1e-6
