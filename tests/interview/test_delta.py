"""Texts stored as what they add to another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interview.delta import pack, unpack


@given(content=st.binary(max_size=300), base=st.binary(max_size=300))
def test_what_is_packed_comes_back_whatever_the_base(content: bytes, base: bytes) -> None:
    assert unpack(pack(content, base), base) == content


@given(text=st.text(max_size=80), place=st.integers(0, 80), added=st.text(max_size=20))
def test_an_edit_anywhere_comes_back(text: str, place: int, added: str) -> None:
    base, content = text.encode(), (text[:place] + added + text[place:]).encode()
    assert unpack(pack(content, base), base) == content


@pytest.mark.parametrize("place", [0, 100_000, 200_000])
def test_a_line_more_in_a_long_file_costs_about_its_own_length(place: int) -> None:
    base = b"".join(b"x_%d = %d\n" % (number, number * number) for number in range(12_000))
    content = base[:place] + b"y = 1\n" + base[place:]
    assert len(pack(content, base)) < 40


def test_the_same_again_costs_next_to_nothing() -> None:
    assert len(pack(b"the same" * 1000, b"the same" * 1000)) <= 10
