"""What a candidate prints, as its parent reads it."""

from __future__ import annotations

import os


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
