import torch


def quantize(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(R, D) → int8 (R, D) and the scale of each row (R,)."""
    raise NotImplementedError


def dequantize(q: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """int8 (R, D) and scales (R,) → (R, D)."""
    raise NotImplementedError


def int8_linear(
    x: torch.Tensor, q: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """(N, D) times the quantized weight (R, D) → (N, R)."""
    raise NotImplementedError
