import torch

from metrics import top_k_accuracy


def test_certain_and_right():
    logits = torch.tensor([[5.0, 1.0, 0.0]])
    assert top_k_accuracy(logits, torch.tensor([0]), k=1) == 1.0
