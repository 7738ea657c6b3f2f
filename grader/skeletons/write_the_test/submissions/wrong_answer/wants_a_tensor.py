import torch

from metrics import top_k_accuracy


def test_type():
    found = top_k_accuracy(torch.tensor([[1.0, 2.0]]), torch.tensor([1]), 1)
    assert isinstance(found, torch.Tensor)
