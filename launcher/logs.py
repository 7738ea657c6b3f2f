"""One stream out of many: each line with the name of its program, coloured on a terminal."""

import os
from collections.abc import Mapping
from typing import BinaryIO

NAME_WIDTH = 8
LONGEST_LINE = 32 * 1024
_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)

# A log line may carry what somebody sent over the network: nothing in it may steer the reader's terminal.
_CONTROLS = [*range(9), *range(10, 32), *range(127, 160)]
_BIDI = [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_VISIBLE = {code: f"\\x{code:02x}" for code in _CONTROLS} | {code: f"\\u{code:04x}" for code in _BIDI}


def visible(line: bytes) -> str:
    """Decode a line, with control characters and direction marks in a visible form."""
    return line.decode(errors="replace").rstrip("\r\n").translate(_VISIBLE)


class Lines:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Take the next bytes and return the lines that they complete; an endless line is cut."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            whole.append(self._rest)
            self._rest = b""
        return [visible(line) for line in whole]

    def finish(self) -> list[str]:
        """Return what is left at the end of the stream."""
        rest, self._rest = self._rest, b""
        return [visible(rest)] if rest else []


class Log:
    """Writes prefixed lines. When the reader has gone (a closed pipe or terminal), `broken` turns true."""

    def __init__(self, out: BinaryIO, *, colour: bool) -> None:
        self._out = out
        self._colour = colour
        self._codes: dict[str, int] = {}
        self.broken = False

    def line(self, name: str, text: str) -> None:
        self._write(f"{self._prefix(name)} {text}\n")

    def plain(self, text: str) -> None:
        """Write a message of the launcher without a prefix."""
        self._write(text + "\n")

    def _prefix(self, name: str) -> str:
        padded = f"{name:<{NAME_WIDTH}} |"
        if not self._colour:
            return padded
        code = self._codes.setdefault(name, _COLOURS[len(self._codes) % len(_COLOURS)])
        return f"\x1b[{code}m{padded}\x1b[0m"

    def _write(self, text: str) -> None:
        if self.broken:
            return
        try:
            self._out.write(text.encode(errors="replace"))
            self._out.flush()
        except OSError:
            self.broken = True


def wants_colour(out: BinaryIO, environment: Mapping[str, str]) -> bool:
    """Colour goes to terminals whose owner has not refused it (NO_COLOR)."""
    return os.isatty(out.fileno()) and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
