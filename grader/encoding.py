"""Values as bytes, and back: a tree of tagged nodes, in which tensors appear with dtype and shape only.

The reader takes every byte for hostile: nothing is allocated before its size was compared with a bound, and no node
can name code, so that reading runs nothing. A tensor's elements travel apart (see grader.wire).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

MAX_PAYLOAD = 256 << 20
MAX_DEPTH = 24
MAX_NODES = 200_000
MAX_DIMENSIONS = 8
MAX_INTEGER_BYTES = 64

DTYPES = (
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.complex64,
    torch.complex128,
)
_DTYPE_CODES = {dtype: code for code, dtype in enumerate(DTYPES)}
_DTYPE_NAMES = {str(dtype): dtype for dtype in DTYPES}

TENSOR, ARRAY, PARAMETER = 0, 1, 2


class WireError(Exception):
    """The other end broke the rules of the framing."""


@dataclass(frozen=True)
class Handle:
    """An object that stays where it is: its number there, its type's name, and the names of its base classes."""

    number: int
    kind: str
    bases: tuple[str, ...] = ()


@dataclass
class _Frame:
    """What is being written: the description so far, and the tensors whose elements will follow it."""

    parts: list[bytes] = field(default_factory=list)
    tensors: list[torch.Tensor] = field(default_factory=list)
    nodes: int = 0


def encode(value: Any) -> tuple[bytes, list[torch.Tensor]]:
    """Describe a value; returns the description and the tensors of its payload. TypeError for anything else."""
    frame = _Frame()
    _write(frame, value, 0)
    return b"".join(frame.parts), frame.tensors


def _write(frame: _Frame, value: Any, depth: int) -> None:
    frame.nodes += 1
    if depth > MAX_DEPTH or frame.nodes > MAX_NODES:
        raise ValueError("the value is nested too deeply or has too many parts")
    writer = _WRITERS.get(type(value))
    if writer is None:
        raise TypeError(f"a {type(value).__name__} does not travel")
    writer(frame, value, depth)


def _write_integer(frame: _Frame, value: int, _: int) -> None:
    size = (value.bit_length() + 8) // 8
    if size > MAX_INTEGER_BYTES:
        raise ValueError(f"an integer of {value.bit_length()} bits is too large")
    frame.parts.append(b"i" + bytes([size]) + value.to_bytes(size, "big", signed=True))


def _write_text(frame: _Frame, value: str, _: int) -> None:
    content = value.encode("utf-8", "surrogatepass")
    frame.parts.append(b"s" + struct.pack(">I", len(content)) + content)


def _write_bytes(frame: _Frame, value: bytes, _: int) -> None:
    frame.parts.append(b"b" + struct.pack(">I", len(value)) + value)


def _write_sequence(tag: bytes) -> Callable[[_Frame, Any, int], None]:
    def write(frame: _Frame, value: Any, depth: int) -> None:
        frame.parts.append(tag + struct.pack(">I", len(value)))
        for item in value:
            _write(frame, item, depth + 1)

    return write


def _write_dict(frame: _Frame, value: dict[Any, Any], depth: int) -> None:
    frame.parts.append(b"d" + struct.pack(">I", len(value)))
    for key, item in value.items():
        _write(frame, key, depth + 1)
        _write(frame, item, depth + 1)


def _write_slice(frame: _Frame, value: slice, depth: int) -> None:
    frame.parts.append(b"/")
    for part in (value.start, value.stop, value.step):
        _write(frame, part, depth + 1)


def _write_handle(frame: _Frame, value: Handle, depth: int) -> None:
    frame.parts.append(b"h")
    for part in (value.number, value.kind, value.bases):
        _write(frame, part, depth + 1)


def _write_dtype(frame: _Frame, value: torch.dtype, depth: int) -> None:
    frame.parts.append(b"D")
    _write(frame, str(value), depth + 1)


def _write_tensor(frame: _Frame, value: torch.Tensor, _: int) -> None:
    if value.layout is not torch.strided or value.device.type != "cpu" or value.dtype not in _DTYPE_CODES:
        raise TypeError(f"a {value.layout} tensor of {value.dtype} on {value.device} does not travel")
    _add_tensor(frame, value, PARAMETER if type(value) is torch.nn.Parameter else TENSOR, value.requires_grad)


def _write_array(frame: _Frame, value: Any, _: int) -> None:
    try:
        tensor = torch.from_numpy(np.ascontiguousarray(value)).reshape(np.shape(value))
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"an array of {getattr(value, 'dtype', type(value))} does not travel") from error
    if tensor.dtype not in _DTYPE_CODES:
        raise TypeError(f"an array of {value.dtype} does not travel")
    _add_tensor(frame, tensor, ARRAY, False)


def _add_tensor(frame: _Frame, tensor: torch.Tensor, form: int, requires_grad: bool) -> None:
    size = math.prod(tensor.shape) * tensor.element_size()
    if tensor.dim() > MAX_DIMENSIONS or size > MAX_PAYLOAD:
        raise ValueError(f"a tensor of shape {tuple(tensor.shape)} is too large to hand over")
    # Judged before it is made contiguous: an expanded tensor of a few bytes can claim any size.
    head = bytes([_DTYPE_CODES[tensor.dtype], form, requires_grad, tensor.dim()])
    frame.parts.append(b"x" + head + struct.pack(f">{tensor.dim()}Q", *tensor.shape))
    frame.tensors.append(tensor.detach().resolve_conj().resolve_neg().contiguous())


_WRITERS: dict[type, Callable[[_Frame, Any, int], None]] = {
    type(None): lambda frame, value, depth: frame.parts.append(b"N"),
    type(Ellipsis): lambda frame, value, depth: frame.parts.append(b"."),
    bool: lambda frame, value, depth: frame.parts.append(b"T" if value else b"F"),
    float: lambda frame, value, depth: frame.parts.append(b"f" + struct.pack(">d", value)),
    complex: lambda frame, value, depth: frame.parts.append(
        b"c" + struct.pack(">dd", value.real, value.imag)
    ),
    int: _write_integer,
    str: _write_text,
    bytes: _write_bytes,
    list: _write_sequence(b"l"),
    tuple: _write_sequence(b"t"),
    set: _write_sequence(b"S"),
    frozenset: _write_sequence(b"S"),
    torch.Size: _write_sequence(b"z"),
    dict: _write_dict,
    slice: _write_slice,
    Handle: _write_handle,
    torch.dtype: _write_dtype,
    torch.Tensor: _write_tensor,
    torch.nn.Parameter: _write_tensor,
    np.ndarray: _write_array,
    **dict.fromkeys((np.float64, np.float32, np.int64, np.int32, np.bool_), _write_array),
}


@dataclass(frozen=True)
class Pending:
    """A tensor that the description promises."""

    dtype: torch.dtype
    form: int
    requires_grad: bool
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes; Python's integers do not overflow."""
        return math.prod(self.shape) * self.dtype.itemsize


class Reader:
    """Reads a description strictly. The first pass counts tensors, so that the payload is bounded before it is read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0
        self._nodes = 0
        self.pending: list[Pending] = []

    def value(self, depth: int = 0) -> Any:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise WireError("a value is nested too deeply or has too many parts")
        reader = _READERS.get(self.take(1))
        if reader is None:
            raise WireError("unknown tag")
        return reader(self, depth)

    def finished(self) -> bool:
        return self._position == len(self._content)

    def take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._content):
            raise WireError("a description ends too early")
        piece = self._content[self._position : end]
        self._position = end
        return piece

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def count(self) -> int:
        """How many items follow; each takes a byte at least, so more than are left is a lie."""
        (number,) = self.unpack(">I")
        if number > len(self._content) - self._position:
            raise WireError("a container claims more items than there are bytes")
        return int(number)

    def items(self, depth: int) -> Iterator[Any]:
        for _ in range(self.count()):
            yield self.value(depth + 1)


def _read_integer(reader: Reader, _: int) -> int:
    size = reader.take(1)[0]
    if not 0 < size <= MAX_INTEGER_BYTES:
        raise WireError("an integer is too large")
    return int.from_bytes(reader.take(size), "big", signed=True)


def _read_text(reader: Reader, _: int) -> str:
    try:
        return reader.take(reader.count()).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise WireError("text is not UTF-8") from error


def _read_keyed(reader: Reader, depth: int) -> dict[Any, Any]:
    result = {}
    for _ in range(reader.count()):
        key = _plain(reader.value(depth + 1))
        result[key] = reader.value(depth + 1)
    return result


def _read_set(reader: Reader, depth: int) -> set[Any]:
    return {_plain(item) for item in reader.items(depth)}


def _plain(key: Any) -> Any:
    """Keys and members are simple values: a tensor that is still to come has no hash to go by."""
    if type(key) is tuple:
        return tuple(_plain(part) for part in key)
    if type(key) not in (type(None), bool, int, float, complex, str, bytes, Handle):
        raise WireError("a key or a member of a set is not a simple value")
    return key


def _read_size(reader: Reader, depth: int) -> torch.Size:
    sizes = list(reader.items(depth))
    if len(sizes) > 64 or not all(type(size) is int and 0 <= size < 1 << 63 for size in sizes):
        raise WireError("a shape is not a list of sizes")
    return torch.Size(sizes)


def _read_slice(reader: Reader, depth: int) -> slice:
    return slice(reader.value(depth + 1), reader.value(depth + 1), reader.value(depth + 1))


def _read_handle(reader: Reader, depth: int) -> Handle:
    number, kind, bases = (reader.value(depth + 1) for _ in range(3))
    named = type(bases) is tuple and len(bases) <= 64 and all(type(name) is str for name in bases)
    if type(number) is not int or type(kind) is not str or not named:
        raise WireError("a handle is malformed")
    return Handle(number, kind, bases)


def _read_dtype(reader: Reader, depth: int) -> torch.dtype:
    name = reader.value(depth + 1)
    if type(name) is not str or name not in _DTYPE_NAMES:
        raise WireError("unknown dtype")
    return _DTYPE_NAMES[name]


def _read_tensor(reader: Reader, _: int) -> Pending:
    code, form, requires_grad, dimensions = reader.unpack(">BBBB")
    if code >= len(DTYPES) or form > PARAMETER or requires_grad > 1 or dimensions > MAX_DIMENSIONS:
        raise WireError("a tensor is malformed")
    pending = Pending(DTYPES[code], form, bool(requires_grad), reader.unpack(f">{dimensions}Q"))
    # A zero among huge dimensions makes no bytes and still breaks the arithmetic of strides.
    if pending.size > MAX_PAYLOAD or any(size > MAX_PAYLOAD for size in pending.shape):
        raise WireError("a tensor is too large")
    reader.pending.append(pending)
    return pending


_READERS: dict[bytes, Callable[[Reader, int], Any]] = {
    b"N": lambda reader, depth: None,
    b".": lambda reader, depth: Ellipsis,
    b"T": lambda reader, depth: True,
    b"F": lambda reader, depth: False,
    b"f": lambda reader, depth: reader.unpack(">d")[0],
    b"c": lambda reader, depth: complex(*reader.unpack(">dd")),
    b"i": _read_integer,
    b"s": _read_text,
    b"b": lambda reader, depth: reader.take(reader.count()),
    b"l": lambda reader, depth: list(reader.items(depth)),
    b"t": lambda reader, depth: tuple(reader.items(depth)),
    b"S": _read_set,
    b"z": _read_size,
    b"d": _read_keyed,
    b"/": _read_slice,
    b"h": _read_handle,
    b"D": _read_dtype,
    b"x": _read_tensor,
}


def filled(tree: Any, tensors: dict[int, Any]) -> Any:
    """The tree with every promised tensor in its place."""
    if isinstance(tree, Pending):
        return tensors[id(tree)]
    if type(tree) in (list, tuple):
        return type(tree)(filled(item, tensors) for item in tree)
    if isinstance(tree, dict):
        return {key: filled(item, tensors) for key, item in tree.items()}
    if isinstance(tree, slice):
        return slice(*(filled(part, tensors) for part in (tree.start, tree.stop, tree.step)))
    return tree
