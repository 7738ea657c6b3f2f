"""Comparing printed text: as numbers where it is numbers, as nested groups where it has brackets, as words elsewhere.

    expect(same_print(printed(candidate, "print(softmax([1, 2]))"), "[0.2689, 0.7311]"))

What a list, a NumPy array and a tensor print counts as the same when the numbers and the nesting are: separators,
line breaks, `array(...)`, `tensor(...)`, `np.float64(...)` and remarks such as `dtype=float32` are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.beside import beside, travels
from grader.candidate import Candidate
from grader.checks import PASSED, Check

#: A number apart from its rounding: relative, and absolute where nothing was rounded away.
RTOL, ATOL = 1e-5, 1e-6
#: From so many decimals on, a difference of one in the last one printed is a matter of rounding.
ROUNDED_DECIMALS = 4

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_WRAPPER = re.compile(
    r"(?:(?:np|numpy)\.(?:array|bool_?|(?:u?int|float|complex)\d+|longdouble|str_)|array|tensor|torch\.tensor)\Z"
)
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|(?i:nan|inf(?:inity)?)\b)"
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<numpy>np\.(?:True|False)_)
      | (?P<number>(?<![\w.])(?:{_NUMBER})(?![\w.])|(?<=[\d.])[-+](?:{_NUMBER})(?=j))
      | (?P<word>[^\W\d][\w.]*|[\w.]+)
      | (?P<text>(?<!\w)'(?:[^'\\]|\\.)*'|(?<!\w)"(?:[^"\\]|\\.)*")
      | (?P<remark><[^<>]*>)
      | (?P<sign>\S)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Number:
    """A number as it was printed."""

    text: str

    @property
    def value(self) -> float:
        """Its value; integers too large for a float come out as infinity."""
        try:
            return float(self.text)
        except OverflowError:
            return math.inf

    @property
    def is_whole(self) -> bool:
        """Printed as an integer, without a point or an exponent."""
        return bool(re.fullmatch(r"[-+]?\d+", self.text))

    @property
    def decimals(self) -> int:
        """Digits after the point; those of a number with an exponent say nothing about rounding."""
        return 0 if re.search("[eE]", self.text) else len(self.text.partition(".")[2])


@dataclass(frozen=True)
class Group:
    """What stands between brackets, separators left out. `name` is the word before them: `Size` in `Size([2])`."""

    bracket: str
    items: tuple[Item, ...]
    name: str = ""


Item = Number | Group | str


def printed(candidate: Candidate, script: str) -> str:
    """What `script` prints when it runs among the names of the submission, in its process.

    Every script sees the names as the submission left them, whatever an earlier script has bound. The submission
    can read the script; what it should print stays here.
    """
    answer = beside(candidate, run_and_catch)(script, candidate.module_())
    return answer if isinstance(answer, str) else ""


@travels
def run_and_catch(script: str, module: object) -> str:
    """Run a script in a copy of the module's names and return what it printed. Self-contained: it runs elsewhere."""
    import contextlib
    import io

    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(script, "the test", "exec"), dict(vars(module)))  # noqa: S102 - beside the submission
    return stream.getvalue()


def same_print(actual: str, expected: str, *, rtol: float = RTOL, atol: float = ATOL) -> Check:
    """Whether two printed texts say the same.

    Whole numbers must be equal; others may differ by `atol + rtol * |expected|`, and by one in the last decimal when
    the expected text is rounded to four or more. NaN equals NaN. The order within `{...}` does not count.
    """
    left, right = parse(actual), parse(expected)
    bound = Bound(rtol, atol, max([0, *(number.decimals for number in _numbers(right))]))
    remark = _sequence(left, right, bound)
    return Check(False, remark, actual.strip(), expected.strip()) if remark else PASSED


@dataclass(frozen=True)
class Bound:
    """How far numbers may be apart; `decimals` is the finest rounding in the expected text."""

    rtol: float
    atol: float
    decimals: int

    def allows(self, actual: Number, expected: Number) -> bool:
        """Whether the two numbers count as the same."""
        if actual.is_whole and expected.is_whole:
            return int(actual.text) == int(expected.text)
        left, right = actual.value, expected.value
        if math.isnan(left) or math.isnan(right) or math.isinf(left) or math.isinf(right):
            return left == right or (math.isnan(left) and math.isnan(right))
        # A hair more than one unit: the difference of two rounded decimals is itself inexact.
        unit = 1.001 * 10.0**-self.decimals if self.decimals >= ROUNDED_DECIMALS else 0.0
        return abs(left - right) <= max(self.atol, unit) + self.rtol * abs(right)


def parse(text: str) -> tuple[Item, ...]:
    """Numbers, words and groups of a printed text, in order."""
    tokens = list(_tokens(text))
    items: list[Item] = []
    position = 0
    while position < len(tokens):
        item, position = _item(tokens, position)
        items.append(item)
    return tuple(_merged(items))


Token = tuple[str, str]


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind, content = match.lastgroup or "", match.group(match.lastgroup or 0).strip()
        if kind == "numpy":
            yield "word", content.removeprefix("np.").removesuffix("_")
        elif kind == "text":
            yield "text", content[1:-1]
        elif content:
            yield kind, content


def _item(tokens: Sequence[Token], position: int) -> tuple[Item, int]:
    kind, content = tokens[position]
    if kind == "number":
        return Number(content), position + 1
    if kind == "sign" and content in _CLOSING:
        return _group(tokens, position, "")
    if kind == "word" and position + 1 < len(tokens) and tokens[position + 1] == ("sign", "("):
        group, after = _group(tokens, position + 1, content)
        return (_unwrapped(group) if _WRAPPER.match(content) else group), after
    return content, position + 1


def _group(tokens: Sequence[Token], position: int, name: str) -> tuple[Group, int]:
    """From an opening bracket to its closing one, or to the end of a text that was cut off."""
    bracket = tokens[position][1]
    position += 1
    items: list[Item] = []
    while position < len(tokens) and tokens[position] != ("sign", _CLOSING[bracket]):
        if tokens[position] == ("sign", ","):
            position += 1
            continue
        item, position = _item(tokens, position)
        items.append(item)
    return Group(bracket, tuple(_merged(items)), name), position + 1


def _unwrapped(group: Group) -> Item:
    """What `array(...)` and its like hold; `dtype=` and what follows it are remarks."""
    return group.items[0] if group.items else Group("[", ())


def _merged(items: Sequence[Item]) -> Iterator[Item]:
    """Separators between values go; a dictionary's colons stay, as they part keys from values."""
    yield from (item for item in items if item != ",")


def _numbers(items: Sequence[Item]) -> Iterator[Number]:
    for item in items:
        if isinstance(item, Number):
            yield item
        elif isinstance(item, Group):
            yield from _numbers(item.items)


def _sequence(left: Sequence[Item], right: Sequence[Item], bound: Bound) -> str:
    """What is different, in words, or nothing."""
    if len(left) != len(right):
        return f"{_count(left)} printed where {_count(right)} {'is' if len(right) == 1 else 'are'} expected."
    for position, (one, other) in enumerate(zip(left, right, strict=True)):
        remark = _difference(one, other, bound)
        if remark:
            return remark if position == 0 and len(right) == 1 else f"At position {position}: {remark}"
    return ""


def _difference(left: Item, right: Item, bound: Bound) -> str:
    if isinstance(left, Number) and isinstance(right, Number):
        return "" if bound.allows(left, right) else f"{left.text} is printed where {right.text} is expected."
    if isinstance(left, Group) and isinstance(right, Group):
        if (left.bracket, left.name) != (right.bracket, right.name):
            return f"{_shown(left)} is printed where {_shown(right)} is expected."
        if left.bracket == "{":
            return _unordered(left, right, bound)
        return _sequence(left.items, right.items, bound)
    return "" if left == right else f"{_shown(left)} is printed where {_shown(right)} is expected."


def _unordered(left: Group, right: Group, bound: Bound) -> str:
    """A set or a dictionary: the entries of one are found among those of the other, each once."""
    rest = list(_entries(left.items))
    for entry in _entries(right.items):
        match = next((other for other in rest if not _sequence(other, entry, bound)), None)
        if match is None:
            return f"nothing is printed that matches {' '.join(map(_shown, entry))}."
        rest.remove(match)
    return f"{' '.join(map(_shown, rest[0]))} is printed and not expected." if rest else ""


def _entries(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """`key : value` of a dictionary, single items of a set."""
    position = 0
    while position < len(items):
        width = 3 if position + 1 < len(items) and items[position + 1] == ":" else 1
        yield tuple(items[position : position + width])
        position += width


def _count(items: Sequence[Item]) -> str:
    return f"{len(items)} value{'' if len(items) == 1 else 's'}" if items else "nothing"


def _shown(item: Item) -> str:
    if isinstance(item, Number):
        return item.text
    if isinstance(item, Group):
        return f"{item.name}{item.bracket}…{_CLOSING[item.bracket]}"
    return repr(item)
