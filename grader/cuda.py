"""What this process does with a GPU beside candidate code: start it early, wait for it, carry values there and back.

Nothing of it decides a verdict. Candidate code can undo all of it in its own process; the judge's clock and the
worker's look at the device's memory are elsewhere.
"""

from __future__ import annotations

import os
from typing import Any

import torch

DEVICE = "cuda"


def start() -> None:
    """Make the context, and use what nearly every answer uses, so that no answer waits for either."""
    os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)
    # Convolutions would otherwise be rounded to ten bits, far coarser than the tolerances of tests.
    torch.backends.cudnn.allow_tf32 = False
    x = torch.ones(64, 64, device=DEVICE, requires_grad=True)
    torch.autograd.grad((x @ x).sum(), x)
    wait()


def check() -> None:
    """Raise RuntimeError unless it computes: a sum of squares, exact in float64."""
    numbers = torch.arange(4096, dtype=torch.float64, device=DEVICE)
    found, expected = float((numbers * numbers).sum()), 4095 * 4096 * 8191 / 6
    if found != expected:
        raise RuntimeError(f"the device computes {found} where {expected} is right")


def wait() -> None:
    """Until everything is done that was asked of the device, on whatever stream. Raises what went wrong meanwhile."""
    torch.cuda.synchronize()


def seed(number: int) -> None:
    """Seed the device's generator, which a context begins with the same state."""
    torch.cuda.manual_seed(number)


def bound(megabytes: int) -> None:
    """Have PyTorch refuse what is more, which ends in a clearer message than being ended from outside."""
    _, total = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction(min(1.0, megabytes * (1 << 20) / total))


def to_device(tensor: torch.Tensor, device: str) -> torch.Tensor:
    """The same values there, a leaf that asks for a gradient if it did here, a parameter if it was one."""
    return _moved(tensor, device)


def to_host(value: Any) -> Any:
    """Only tensors in the processor's memory cross the wire. Copying waits until the value is there."""
    is_there = (
        isinstance(value, torch.Tensor) and value.device.type == DEVICE and value.layout is torch.strided
    )
    return _moved(value, "cpu") if is_there else value


def _moved(tensor: torch.Tensor, device: str) -> torch.Tensor:
    moved = tensor.detach().to(device)
    if type(tensor) is torch.nn.Parameter:
        return torch.nn.Parameter(moved, requires_grad=tensor.requires_grad)
    return moved.requires_grad_(tensor.requires_grad)
