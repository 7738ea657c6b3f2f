"""Nothing of one submission is left on a device for the next.

Whether a driver hands out memory that still holds what an ended process wrote there is not promised anywhere. So
between two tenants a process of ours takes all memory that is free, fills it with zeros, and ends. What it cannot take
is less than the smallest piece that it asks for, and held by the driver.
"""

from __future__ import annotations

import ctypes

LARGEST, SMALLEST = 1 << 30, 1 << 16
OUT_OF_MEMORY = 2


class DriverError(RuntimeError):
    """CUDA's driver refused a call."""


def zero_free_memory() -> int:
    """Bytes of the device that are zeros now. The calling thread has a context, and this process ends soon after."""
    driver = ctypes.CDLL("libcuda.so.1")
    zeroed, size = 0, LARGEST
    while size >= SMALLEST:
        place = ctypes.c_ulonglong()
        code = driver.cuMemAlloc_v2(ctypes.byref(place), ctypes.c_size_t(size))
        if code == OUT_OF_MEMORY:
            size //= 2
            continue
        _require(code, "cuMemAlloc")
        _require(driver.cuMemsetD8_v2(place, ctypes.c_ubyte(0), ctypes.c_size_t(size)), "cuMemsetD8")
        zeroed += size
    _require(driver.cuCtxSynchronize(), "cuCtxSynchronize")
    return zeroed


def _require(code: int, call: str) -> None:
    if code != 0:
        raise DriverError(f"{call} answers with error {code}")
