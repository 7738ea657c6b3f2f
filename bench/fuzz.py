"""Feeds whatever it can think of to what reads the bytes of jailed processes, led by coverage.

    python -m bench.fuzz SECONDS CORPUS_DIR

Two readers: `Wire`, where the judge listens to the candidate, and `Channel`, where the parent listens to the judge.
An exception other than their own, a frame that takes longer than ten seconds or memory above 2 GB ends it with a
status other than 0, and leaves the bytes in a file beside the corpus.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["grader.channel", "grader.encoding", "grader.wire"]):
    from grader import channel, encoding, wire

#: What a socket takes without a reader at its other end.
MOST_BYTES = 64 << 10


def feed(content: bytes) -> None:
    """One round: the first byte chooses the reader and whether the rest is put into a valid frame."""
    mode, rest = content[:1], content[1:]
    if mode < b"\x60":
        _read_wire(_framed(rest))
    elif mode < b"\xa0":
        _read_wire(rest)
    else:
        _read_channel(channel.HEADER.pack(len(rest), 0) + rest if mode < b"\xf0" else rest)


def _framed(content: bytes) -> bytes:
    """A frame whose header tells the truth: the description's length comes from the first two bytes."""
    length = min(int.from_bytes(content[:2], "big"), len(content[2:]))
    description, payload = content[2 : 2 + length], content[2 + length :]
    header = wire.HEADER.pack(wire.MAGIC, wire.VERSION, 2, len(description), len(payload))
    return header + description + payload


def _read_wire(content: bytes) -> None:
    with _arrived(content) as end, contextlib.suppress(encoding.WireError, wire.Closed):
        _, value = wire.Wire(end).receive()
        with contextlib.suppress(TypeError, ValueError):
            # What was read must also be fit to be written again.
            encoding.encode(value)


def _read_channel(content: bytes) -> None:
    with _arrived(content) as end, contextlib.suppress(channel.ChannelClosed):
        channel.Channel(end).receive()


@contextlib.contextmanager
def _arrived(content: bytes) -> Iterator[socket.socket]:
    """The reading end of a connection over which this came before it was closed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(content[:MOST_BYTES])
        theirs.shutdown(socket.SHUT_WR)
        yield ours


def seeds() -> list[bytes]:
    """Values of every kind as frames, for the fuzzer to begin with."""
    import numpy as np
    import torch

    values = [
        None,
        True,
        3,
        -(2**70),
        0.5,
        1j,
        "text",
        b"bytes",
        ...,
        slice(1, None),
        torch.float32,
        torch.Size((2, 3)),
    ]
    values += [[1, (2, {3})], {"a": [None]}, encoding.Handle(1, "Net", ("torch.nn.Module",))]
    values += [
        torch.ones(2, 3),
        torch.ones(1, dtype=torch.bool),
        torch.nn.Parameter(torch.ones(1)),
        np.ones(2),
    ]
    framed = []
    for value in values:
        description, tensors = encoding.encode(value)
        payload = b"".join(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() for tensor in tensors)
        framed.append(b"\x00" + len(description).to_bytes(2, "big") + description + payload)
    return [*framed, b'\xb0{"event": "tested", "position": 1}']


def main() -> None:
    """Fuzz until the time is over or something breaks; does not return."""
    seconds, corpus = int(sys.argv[1]), Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(content)
    options = [
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={corpus}/found-",
    ]
    atheris.Setup([sys.argv[0], *options, "-max_len=4096", "-print_final_stats=1", os.fspath(corpus)], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
