"""The framing between judge and candidate. Each end takes every byte of the other for hostile.

A frame is a fixed header, a description and a payload:

  header       magic "FP", version, kind, length of the description (u32), length of the payload (u64); 16 bytes
  description  one value as a tree of tagged nodes; tensors appear with dtype and shape only
  payload      the tensors' elements, one after the other, in the order in which the description names them

Nothing is allocated before its size was compared with a bound, and a tensor's place in the payload is never given,
only counted, so that none can overlap or point outside. No node can name code: reading a frame runs nothing.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

import torch

from grader.encoding import ARRAY, MAX_PAYLOAD, PARAMETER, Pending, Reader, WireError, encode, filled

MAGIC, VERSION = b"FP", 1
HEADER = struct.Struct(">2sBBIQ")


MAX_DESCRIPTION = 4 << 20
#: Frames up to about this many bytes cross in one piece.
PIECE = 1 << 15


class Closed(Exception):
    """The other end is gone."""


class Wire:
    """One end of the connection. Blocking; the parent of both ends keeps the time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        #: What arrived together with what was waited for.
        self._early = memoryview(b"")

    def send(self, kind: int, value: Any) -> None:
        """Send one frame. TypeError or ValueError, with nothing sent, for a value that does not travel."""
        description, tensors = encode(value)
        views = [_bytes_of(tensor) for tensor in tensors]
        size = sum(len(view) for view in views)
        if len(description) > MAX_DESCRIPTION or size > MAX_PAYLOAD:
            raise ValueError("the value is too large to hand over")
        header = HEADER.pack(MAGIC, VERSION, kind, len(description), size)
        pieces: list[bytes | memoryview] = [header, description, *views]
        # In one piece, as long as copying costs less than waking the other end for every tensor.
        together = [b"".join(pieces)] if size <= PIECE else pieces
        try:
            for piece in together:
                self._connection.sendall(piece)
        except OSError as error:
            raise Closed(str(error)) from error

    def receive(self) -> tuple[int, Any]:
        """The next frame's kind and value. WireError when it breaks a rule, Closed at the end."""
        magic, version, kind, length, size = HEADER.unpack(self._exactly(HEADER.size))
        if magic != MAGIC or version != VERSION or length > MAX_DESCRIPTION or size > MAX_PAYLOAD:
            raise WireError("a frame's header is not one of ours")
        reader = Reader(self._exactly(length))
        tree = reader.value()
        if not reader.finished() or sum(pending.size for pending in reader.pending) != size:
            raise WireError("a frame's lengths do not agree")
        return kind, filled(tree, {id(pending): self._tensor(pending) for pending in reader.pending})

    def is_quiet(self) -> bool:
        """True when nothing has arrived that nobody asked for."""
        if self._early:
            return False
        try:
            return not self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _exactly(self, size: int) -> bytes:
        content = bytearray(size)
        self._fill(memoryview(content))
        return bytes(content)

    def _fill(self, view: memoryview) -> None:
        while view:
            if not self._early and len(view) >= PIECE:
                view = view[self._receive_into(view) :]
                continue
            if not self._early:
                piece = memoryview(bytearray(PIECE))
                self._early = piece[: self._receive_into(piece)]
            size = min(len(view), len(self._early))
            view[:size], self._early = self._early[:size], self._early[size:]
            view = view[size:]

    def _receive_into(self, view: memoryview) -> int:
        try:
            got = self._connection.recv_into(view)
        except OSError as error:
            raise Closed(str(error)) from error
        if got == 0:
            raise Closed("the other end is gone")
        return got

    def _tensor(self, pending: Pending) -> Any:
        raw = torch.empty(pending.size, dtype=torch.uint8)
        self._fill(raw.numpy().data)
        # A bool that is neither 0 nor 1 would be undefined behaviour in every comparison that follows.
        tensor = raw.ne(0) if pending.dtype is torch.bool else raw.view(pending.dtype)
        tensor = tensor.reshape(pending.shape)
        if pending.form == ARRAY:
            return tensor.numpy()
        wanted = pending.requires_grad and (tensor.is_floating_point() or tensor.is_complex())
        if pending.form == PARAMETER:
            return torch.nn.Parameter(tensor, requires_grad=wanted)
        return tensor.requires_grad_(wanted)


def _bytes_of(tensor: torch.Tensor) -> memoryview:
    return tensor.reshape(-1).view(torch.uint8).numpy().data
