import torch


def conv2d(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, stride: int = 1, padding: int = 0
) -> torch.Tensor:
    """x (N, C, H, W), weight (O, C, kh, kw), bias (O,) → (N, O, H', W')."""
    raise NotImplementedError


def max_pool2d(x: torch.Tensor, size: int, stride: int | None = None) -> torch.Tensor:
    """x (N, C, H, W) → (N, C, H', W')."""
    raise NotImplementedError
