import torch


def moving_average(values: torch.Tensor, window: int) -> torch.Tensor:
    pass
