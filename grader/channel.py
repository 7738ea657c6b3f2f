"""Messages between the parent and the judge child: a JSON document, raw bytes, descriptors. Bounded both ways."""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEADER = struct.Struct(">II")
MAX_DOCUMENT = 8 << 20
MAX_BLOB = 512 << 20
MAX_DESCRIPTORS = 4


class ChannelClosed(Exception):
    """The other end is gone, or said something that cannot be understood."""


@dataclass(frozen=True)
class Message:
    """One message as it arrived."""

    document: dict[str, Any]
    blob: bytes
    descriptors: tuple[int, ...]


class Channel:
    """One end of a stream socket that carries messages."""

    def __init__(self, connection: socket.socket, *, most_blob: int = 0) -> None:
        """`most_blob` is the most bytes that a message may carry beside its document: none, but for a judge's job."""
        self.connection = connection
        self._most_blob = most_blob

    def fileno(self) -> int:
        """For poll."""
        return self.connection.fileno()

    def send(self, document: dict[str, Any], blob: bytes = b"", descriptors: Sequence[int] = ()) -> None:
        """Send a message; ChannelClosed when nobody is there to take it."""
        text = json.dumps(document).encode()
        head = HEADER.pack(len(text), len(blob))
        try:
            if descriptors:
                socket.send_fds(self.connection, [head], list(descriptors))
                self.connection.sendall(text + blob)
            else:
                self.connection.sendall(head + text + blob)
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self) -> Message:
        """Wait for a message."""
        head, descriptors = self._head()
        size, blob_size = HEADER.unpack(head)
        if size > MAX_DOCUMENT or blob_size > self._most_blob:
            raise ChannelClosed("a message is too large")
        text, blob = self._exactly(size), self._exactly(blob_size)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ChannelClosed("a message is not JSON") from error
        if not isinstance(document, dict):
            raise ChannelClosed("a message is not an object")
        return Message(document, blob, descriptors)

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def _head(self) -> tuple[bytes, tuple[int, ...]]:
        try:
            head, ancillary, _, _ = self.connection.recvmsg(
                HEADER.size,
                socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize),
                socket.MSG_CMSG_CLOEXEC,
            )
        except OSError as error:
            raise ChannelClosed(str(error)) from error
        descriptors = tuple(_descriptors(ancillary))
        if not head:
            for descriptor in descriptors:
                os.close(descriptor)
            raise ChannelClosed("the other end is gone")
        return head + self._exactly(HEADER.size - len(head)), descriptors

    def _exactly(self, size: int) -> bytes:
        content = bytearray(size)
        view = memoryview(content)
        while view:
            try:
                got = self.connection.recv_into(view)
            except OSError as error:
                raise ChannelClosed(str(error)) from error
            if got == 0:
                raise ChannelClosed("the other end is gone")
            view = view[got:]
        return bytes(content)


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(content[: len(content) - len(content) % found.itemsize])
    return list(found)
