"""What a candidate prints, as its parent reads it."""

from __future__ import annotations

import os
from typing import NamedTuple

from grader.plain import plain_bytes


class Printed(NamedTuple):
    """Text of both streams, made plain."""

    stdout: str = ""
    stderr: str = ""

    def then(self, other: Printed) -> Printed:
        """Both, one after the other."""
        return Printed(self.stdout + other.stdout, self.stderr + other.stderr)


class Output:
    """What comes out of one stream, all counted and the first part kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.kept = bytearray()
        self.count = 0

    def drain(self, reader: int) -> bool:
        """Take what is there, but no more than once round: an endless writer must not hold the parent.

        False when nobody can write any more.
        """
        for _ in range(16):
            try:
                piece = os.read(reader, 1 << 16)
            except BlockingIOError:
                return True
            self.count += len(piece)
            self.kept += piece[: max(0, self._limit - len(self.kept))]
            if not piece:
                return False
            if self.count > self._limit:
                return True
        return True


class Streams:
    """Standard output and standard error of a grading, over all the candidates that it takes."""

    def __init__(self, limit: int) -> None:
        self._out, self._err = Output(limit), Output(limit)
        self._readers: dict[int, Output] = {}
        self._mark = (0, 0)

    def follow(self, out: int, err: int) -> None:
        """Read a new candidate's streams from now on."""
        self._readers = {out: self._out, err: self._err}

    def leave(self) -> None:
        """Read nothing more."""
        self._readers = {}

    @property
    def readers(self) -> list[int]:
        return list(self._readers)

    @property
    def count(self) -> int:
        """Bytes printed so far, also those that are not kept."""
        return self._out.count + self._err.count

    def drain(self) -> None:
        # A stream that the candidate closed would wake every poll from now on.
        self._readers = {reader: output for reader, output in self._readers.items() if output.drain(reader)}

    def mark(self) -> None:
        """What is printed from now on belongs to what comes next."""
        self._mark = (self._out.count, self._err.count)

    def since_mark(self) -> Printed:
        out, err = self._mark
        return Printed(_text(self._out, out), _text(self._err, err))

    def whole(self) -> Printed:
        return Printed(_text(self._out), _text(self._err))


def _text(output: Output, start: int = 0) -> str:
    content = bytes(output.kept[start:])
    return plain_bytes(content, len(content) + 1)
