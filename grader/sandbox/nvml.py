"""The driver's own account of its devices, through its management library. It needs no CUDA and starts none.

Called by the worker itself, from outside of every jail. A dozen calls by ctypes, where the package for it would be one
more thing to install on a machine that has PyTorch alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

from grader.errors import DeviceUnavailable
from grader.sandbox.device import Found, Slice, libraries_beside

LIBRARY = "libnvidia-ml.so.1"
_TEXT = 96


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class Nvml:
    """The library, loaded and ready. DeviceUnavailable where there is no driver, or none that answers."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise DeviceUnavailable(f"there is no NVIDIA driver: {error}") from error
        self._ask("nvmlInit_v2")

    def found(self) -> list[Found]:
        """Every device; of a GPU that is divided, its slices instead."""
        count = ctypes.c_uint()
        self._ask("nvmlDeviceGetCount_v2", ctypes.byref(count))
        return [device for index in range(count.value) for device in self._of_gpu(index)]

    def used(self, uuid: str) -> int:
        """Bytes of a device's memory that are taken, by whomever."""
        memory = _Memory()
        self._ask("nvmlDeviceGetMemoryInfo", self._handle(uuid), ctypes.byref(memory))
        return int(memory.used)

    def libraries(self) -> list[str]:
        """The driver's files that a jail shows: they lie where the loader found this one."""
        return libraries_beside(Path("/proc/self/maps").read_text(), LIBRARY.removesuffix(".1"))

    def _of_gpu(self, index: int) -> Iterator[Found]:
        gpu, minor = ctypes.c_void_p(), ctypes.c_uint()
        self._ask("nvmlDeviceGetHandleByIndex_v2", index, ctypes.byref(gpu))
        self._ask("nvmlDeviceGetMinorNumber", gpu, ctypes.byref(minor))
        slices = list(self._slices(gpu, minor.value))
        yield from slices or [Found(self._text("UUID", gpu), self._text("Name", gpu), minor.value)]

    def _slices(self, gpu: ctypes.c_void_p, minor: int) -> Iterator[Found]:
        most = ctypes.c_uint()
        if self._library.nvmlDeviceGetMaxMigDeviceCount(gpu, ctypes.byref(most)) != 0:
            return
        for index in range(most.value):
            part = ctypes.c_void_p()
            # Most numbers stand for no slice.
            if self._library.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index, ctypes.byref(part)) == 0:
                numbers = Slice(self._number("GpuInstanceId", part), self._number("ComputeInstanceId", part))
                yield Found(self._text("UUID", part), self._text("Name", part), minor, numbers)

    def _number(self, what: str, device: ctypes.c_void_p) -> int:
        number = ctypes.c_uint()
        self._ask(f"nvmlDeviceGet{what}", device, ctypes.byref(number))
        return number.value

    def _text(self, what: str, device: ctypes.c_void_p) -> str:
        text = ctypes.create_string_buffer(_TEXT)
        self._ask(f"nvmlDeviceGet{what}", device, text, _TEXT)
        return text.value.decode(errors="replace")

    def _handle(self, uuid: str) -> ctypes.c_void_p:
        """Asked for each time: a handle is not promised to live on when the driver resets its device."""
        device = ctypes.c_void_p()
        self._ask("nvmlDeviceGetHandleByUUID", uuid.encode(), ctypes.byref(device))
        return device

    def _ask(self, name: str, *arguments: object) -> None:
        code = getattr(self._library, name)(*arguments)
        if code != 0:
            words = self._library.nvmlErrorString
            words.restype = ctypes.c_char_p
            raise DeviceUnavailable(f"the NVIDIA driver answers {name} with {words(code).decode()}")
