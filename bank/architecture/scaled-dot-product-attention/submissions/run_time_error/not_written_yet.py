import torch


def attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """(..., L, E), (..., S, E), (..., S, V), mask (..., L, S) with True for "may attend" → (..., L, V)."""
    raise NotImplementedError
