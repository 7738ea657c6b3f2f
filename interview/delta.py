"""One text stored as what it adds to another: an answer's timeline is a thousand texts that hardly differ."""

import struct
import zlib
from bisect import bisect_left

HEAD = struct.Struct(">II")  # how many bytes are shared at the start, and at the end
RAW = -zlib.MAX_WBITS  # without zlib's own header and checksum


def pack(content: bytes, base: bytes = b"") -> bytes:
    """`content` in as few bytes as `base` allows; without a base it is only compressed.

    What both share at their start and end is counted, and the middle compressed with that of `base` as its dictionary:
    zlib looks back 32 KiB alone, and the shared ends of a long file would use them up.
    """
    start = _shared(content, base)
    end = _shared(content[start:][::-1], base[start:][::-1])
    known = base[start : len(base) - end]
    compressor = zlib.compressobj(level=9, wbits=RAW, zdict=known)
    middle = compressor.compress(content[start : len(content) - end]) + compressor.flush()
    return HEAD.pack(start, end) + middle


def unpack(packed: bytes, base: bytes = b"") -> bytes:
    """What `pack` was given; `base` has to be the same."""
    start, end = HEAD.unpack_from(packed)
    known = base[start : len(base) - end]
    middle = zlib.decompressobj(wbits=RAW, zdict=known).decompress(packed[HEAD.size :])
    return base[:start] + middle + base[len(base) - end :]


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes both begin with. Halving compares slices at the speed of memory, a loop would not."""
    longest = min(len(one), len(other))
    return bisect_left(range(longest), True, key=lambda length: one[: length + 1] != other[: length + 1])
