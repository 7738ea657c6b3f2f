"""The framing between judge and candidate, from both ends and with everything in between broken."""

import contextlib
import math
import socket
import struct
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import encoding, wire
from grader.encoding import Handle, WireError, encode
from grader.wire import HEADER, Closed, Wire


@pytest.fixture
def ends() -> Iterator[tuple[Wire, socket.socket]]:
    """A reading wire, and the bare socket at its other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Wire(ours), theirs


def received(content: bytes) -> object:
    """What a wire makes of these bytes, followed by the end of the connection."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(content)
        return Wire(ours).receive()


def frame(description: bytes, payload: bytes = b"", *, size: int | None = None) -> bytes:
    return (
        HEADER.pack(b"FP", 1, 2, len(description), len(payload) if size is None else size)
        + description
        + payload
    )


def there_and_back(value: object) -> object:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Wire(theirs).send(2, value)
        return Wire(ours).receive()[1]


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 300), 1 << 300)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain_values)
def test_plain_values_come_back_as_they_were(value: object):
    assert there_and_back(value) == value


@pytest.mark.parametrize("dtype", encoding.DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)], ids=str)
def test_tensors_of_every_dtype_and_shape_come_back_as_they_were(dtype: torch.dtype, shape: tuple[int, ...]):
    tensor = torch.arange(math.prod(shape)).reshape(shape).to(dtype)
    back = there_and_back(tensor)
    assert isinstance(back, torch.Tensor)
    assert (back.dtype, back.shape, torch.equal(back, tensor)) == (dtype, tensor.shape, True)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(3, 4).T,
        torch.ones(1).expand(5),
        torch.ones(8)[::2],
        torch.ones(2, dtype=torch.complex64).conj(),
    ],
)
def test_tensors_that_are_not_contiguous_arrive_contiguous(tensor: torch.Tensor):
    back = there_and_back(tensor)
    assert isinstance(back, torch.Tensor)
    assert (back.is_contiguous(), torch.equal(back, tensor)) == (True, True)


def test_parameters_arrays_dtypes_and_slices_keep_their_kind():
    value = [
        torch.nn.Parameter(torch.ones(2)),
        np.ones((2, 3)),
        torch.float16,
        slice(1, None, 2),
        ...,
        torch.Size([2, 3]),
    ]
    back = there_and_back(value)
    assert isinstance(back, list)
    assert [type(item) for item in back] == [type(item) for item in value]
    assert back[0].requires_grad


def test_numbers_that_are_not_numbers_keep_their_bits():
    back = there_and_back(torch.tensor([math.nan, math.inf, -0.0]))
    assert isinstance(back, torch.Tensor)
    assert back.isnan().tolist() == [True, False, False]


@pytest.mark.parametrize(
    "value",
    [object(), torch.ones(2).to("meta"), torch.ones(2).to_sparse(), print, np.array(["x"])],
    ids=lambda v: type(v).__name__,
)
def test_what_cannot_travel_is_refused_before_anything_is_sent(value: object):
    with pytest.raises(TypeError):
        encode(value)


def test_a_tensor_that_only_claims_to_be_huge_is_refused_by_its_sender():
    with pytest.raises(ValueError, match="too large"):
        encode(torch.ones(1).expand(1 << 40))


BROKEN = {
    "another magic": b"\x80\x04" + bytes(14),
    "another version": HEADER.pack(b"FP", 9, 2, 1, 0) + b"N",
    "a description too long": HEADER.pack(b"FP", 1, 2, wire.MAX_DESCRIPTION + 1, 0),
    "a payload too long": HEADER.pack(b"FP", 1, 2, 1, encoding.MAX_PAYLOAD + 1) + b"N",
    "an unknown tag": frame(b"?"),
    "nothing": frame(b""),
    "more than a value": frame(b"NN"),
    "a payload that nobody described": frame(b"N", b"1234"),
    "a tensor without its payload": frame(b"x" + bytes([8, 0, 0, 1]) + struct.pack(">Q", 4)),
    "a tensor of unknown dtype": frame(b"x" + bytes([99, 0, 0, 0]), b"1234"),
    "a tensor of unknown form": frame(b"x" + bytes([8, 7, 0, 0]), b"1234"),
    "too many dimensions": frame(b"x" + bytes([8, 0, 0, 9]) + bytes(72)),
    "dimensions that overflow": frame(b"x" + bytes([8, 0, 0, 2]) + struct.pack(">2Q", 1 << 63, 1 << 63)),
    "a huge dimension hidden by a zero": frame(b"x" + bytes([8, 0, 0, 2]) + struct.pack(">2Q", 1 << 62, 0)),
    "a list longer than the frame": frame(b"l" + struct.pack(">I", 1 << 31)),
    "text longer than the frame": frame(b"s" + struct.pack(">I", 100) + b"x"),
    "text that is not UTF-8": frame(b"s" + struct.pack(">I", 1) + b"\xff"),
    "an integer without bytes": frame(b"i\x00"),
    "an integer of many bytes": frame(b"i\xff" + bytes(255)),
    "a deep nest": frame((b"l" + struct.pack(">I", 1)) * 100 + b"N"),
    "a list as a key": frame(b"d" + struct.pack(">I", 1) + b"l" + bytes(4) + b"N"),
    "a tensor as a key": frame(b"d" + struct.pack(">I", 1) + b"x" + bytes([1, 0, 0, 0]) + b"N", b"1"),
    "a tensor in a set": frame(b"S" + struct.pack(">I", 1) + b"x" + bytes([1, 0, 0, 0]), b"1"),
    "an unknown dtype": frame(b"Ds" + struct.pack(">I", 3) + b"int"),
    "a shape with text in it": frame(b"z" + struct.pack(">I", 1) + b"s" + bytes(4)),
    "a handle that is none": frame(b"hNNN"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_frame_is_an_error_of_the_framing(name: str):
    with pytest.raises(WireError):
        received(BROKEN[name])


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 20])
def test_a_frame_that_ends_early_is_a_closed_connection(cut: int):
    whole = frame(b"l" + struct.pack(">I", 4) + b"NNNN")
    with pytest.raises(Closed):
        received(whole[:cut])


@settings(max_examples=500)
@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_break_the_framing(content: bytes):
    with contextlib.suppress(WireError, Closed):
        received(content)


@settings(max_examples=500)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_no_description_does_more_than_break_the_framing(description: bytes, payload: bytes):
    with contextlib.suppress(WireError, Closed):
        received(frame(description, payload))


@settings(max_examples=300)
@given(plain_values, st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_does_no_more_than_break_the_framing(value: object, place: int, byte: int):
    description, _ = encode(value)
    whole = bytearray(frame(description))
    whole[place % len(whole)] = byte
    with contextlib.suppress(WireError, Closed):
        received(bytes(whole))


def test_bytes_that_nobody_asked_for_are_noticed(ends: tuple[Wire, socket.socket]):
    reader, other = ends
    assert reader.is_quiet()
    other.send(b"x")
    assert not reader.is_quiet()


def test_a_bool_that_is_neither_is_made_true():
    _, value = received(frame(b"x" + bytes([0, 0, 0, 1]) + struct.pack(">Q", 2), b"\x07\x00"))  # type: ignore[misc]  # a pair
    assert value.tolist() == [True, False]


def test_handles_carry_numbers_and_names():
    handle = Handle(3, "Net", ("torch.nn.modules.module.Module",))
    assert there_and_back(handle) == handle
