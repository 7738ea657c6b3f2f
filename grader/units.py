"""Units of measure and the ways in which people write a quantity: 2.5 GB, 7e9, 1,000, 3 × 10^8 FLOP/s, 7 billion.

A unit is a product of powers of base dimensions with a factor. Words that are no known unit count things
(parameters, tokens): each is a dimension of its own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

#: Longer than any number with a unit.
MAX_LENGTH = 100

_LARGE = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
_SMALL = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "n": 1e-9, "p": 1e-12}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}
#: The same as they are written out: gigabytes, mebibytes, milliseconds.
_LARGE_WORDS = {"kilo": 1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12, "peta": 1e15, "exa": 1e18}
_BINARY_WORDS = {"kibi": 2.0**10, "mebi": 2.0**20, "gibi": 2.0**30, "tebi": 2.0**40, "pebi": 2.0**50}
_SMALL_WORDS = {"milli": 1e-3, "micro": 1e-6, "nano": 1e-9}
#: Alone where bytes are asked, as listings of files and memory have them: 3.2G.
_SIZES = {"k": 1e3, **{name: times for name, times in (_LARGE | _BINARY).items() if name}}
_SIZES["K"] = 1e3

Dimension = tuple[tuple[str, int], ...]


class Unreadable(ValueError):
    """A text that is not one quantity; the message says what to write instead."""


@dataclass(frozen=True)
class Unit:
    """`factor` times the base unit of its dimension."""

    dimension: Dimension
    factor: float


def _family(
    dimension: str, names: str, prefixes: dict[str, float], factor: float = 1.0
) -> Iterator[tuple[str, Unit]]:
    """The units that the prefixes make of the first name, and the other names, which stand alone."""
    first, *others = names.split()
    for prefix, times in prefixes.items():
        yield prefix + first, Unit(((dimension, 1),), factor * times)
    for name in others:
        yield name, Unit(((dimension, 1),), factor)


_PER_SECOND: Dimension = (("time", -1),)
_FLOP: Dimension = (("FLOP", 1),)
_FLOPS: Dimension = (("FLOP", 1), ("time", -1))
_WATT: Dimension = (("energy", 1), ("time", -1))

UNITS: dict[str, Unit] = dict(
    [
        *_family("size", "B byte bytes", _LARGE | _BINARY),
        *_family("size", "bit bits", _LARGE | _BINARY, 1 / 8),
        *_family("size", "byte", _LARGE_WORDS | _BINARY_WORDS),
        *_family("size", "bit", _LARGE_WORDS | _BINARY_WORDS, 1 / 8),
        *_family("time", "s sec secs second seconds", _SMALL),
        *_family("time", "sec", _SMALL),
        *_family("time", "second", _SMALL_WORDS),
        *_family("time", "min mins minute minutes", {"": 1.0}, 60.0),
        *_family("time", "h hr hrs hour hours", {"": 1.0}, 3600.0),
        *_family("time", "d day days", {"": 1.0}, 86400.0),
        *_family("time", "week weeks", {"": 1.0}, 7 * 86400.0),
        *_family("time", "year years yr", {"": 1.0}, 365.25 * 86400.0),
        *_family("FLOP", "FLOP", _LARGE),
        *_family("FLOP", "FLOPs", _LARGE),
        *_family("energy", "J joule joules", _LARGE),
        *_family("energy", "Wh", _LARGE, 3600.0),
        *_family("mass", "g gram grams", {"": 1.0, "k": 1e3}),
        *_family("mass", "t tonne tonnes", {"": 1.0}, 1e6),
        *_family("USD", "USD $ dollar dollars", {"": 1.0}),
        *_family("EUR", "EUR € euro euros", {"": 1.0}),
        *((prefix + "FLOPS", Unit(_FLOPS, times)) for prefix, times in _LARGE.items()),
        *((prefix + "W", Unit(_WATT, times)) for prefix, times in (_LARGE | {"m": 1e-3}).items()),
        *((prefix + "watt", Unit(_WATT, times)) for prefix, times in ({"": 1.0} | _LARGE_WORDS).items()),
        *((prefix + "Hz", Unit(_PER_SECOND, times)) for prefix, times in _LARGE.items()),
        ("%", Unit((), 0.01)),
        ("percent", Unit((), 0.01)),
    ]
)

#: Where capitals are all that differs, people mean the only unit there is: gb is GB.
_ANY_CASE: dict[str, str] = {}
for _name in UNITS:
    _ANY_CASE[_name.lower()] = "" if _name.lower() in _ANY_CASE else _name

SCALES = {
    "k": 1e3, "thousand": 1e3,
    "m": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6,
    "b": 1e9, "bn": 1e9, "g": 1e9, "billion": 1e9, "billions": 1e9,
    "t": 1e12, "tn": 1e12, "trillion": 1e12, "trillions": 1e12,
}  # a table, read across  # fmt: skip

_MEASURES = {
    "size": "a size",
    "time": "a time",
    "FLOP": "a number of operations",
    "energy": "an energy",
    "mass": "a mass",
}


def parse_unit(text: str) -> Unit:
    """The unit that an author names: a known one, a word for what is counted, or one of them per another."""
    sides = [_known(side) or _noun(side) for side in _sides(text)]
    if not all(_sides(text)):
        raise Unreadable(f"“{text}” is not a unit")
    return _quotient(sides)


def _sides(text: str) -> list[str]:
    """Numerator and denominators: tokens per second, tokens/s."""
    return [side.strip() for side in re.sub(r"\bper\b", "/", text).split("/")]


def _noun(word: str) -> Unit:
    return Unit(((_singular(word), 1),), 1.0)


def _singular(word: str) -> str:
    plain = " ".join(word.lower().split())
    return plain[:-1] if len(plain) > 3 and plain.endswith("s") else plain


def _known(word: str) -> Unit | None:
    forms = (word, word.removesuffix("s"))
    found = (UNITS.get(form) or UNITS.get(_ANY_CASE.get(form.lower(), "")) for form in forms)
    return next(filter(None, found), None)


def _quotient(sides: list[Unit]) -> Unit:
    exponents: Counter[str] = Counter()
    factor = 1.0
    for place, side in enumerate(sides):
        sign = 1 if place == 0 else -1
        factor *= side.factor**sign
        for name, exponent in side.dimension:
            exponents[name] += sign * exponent
    dimension = tuple(sorted((name, exponent) for name, exponent in exponents.items() if exponent))
    return Unit(dimension, factor)


def read_quantity(text: str, unit: str) -> float:
    """The quantity that `text` says, counted in `unit`. Raises Unreadable with what to write instead.

    A number alone is in `unit`; any other unit of the same dimension is converted.
    """
    if len(text) > MAX_LENGTH:
        raise Unreadable(f"That is {len(text)} characters long. Write one number with its unit.")
    number, rest = _number(_plain(text))
    wanted = parse_unit(unit)
    value = number * _times(rest, unit, wanted)
    if not math.isfinite(value) or not 1e-300 < abs(value) < 1e300:
        raise Unreadable("The number is too large or too small." if number else "An estimate is above zero.")
    if value < 0:
        raise Unreadable("An estimate is above zero.")
    return value


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SIGNS = str.maketrans(
    {"×": "*", "·": "*", "⋅": "*", "∙": "*", "−": "-", "–": "-", "’": "'", "μ": "µ", "\u00a0": " "}
)
_SPACES = re.compile(r"[\s\u2000-\u200a\u202f]+")
_END = re.compile(r"[ .,;]+$")
_ABOUT = re.compile(r"^(≈|~|=|about|approximately|approx\.?|around|roughly|ca\.?|circa)\s*", re.IGNORECASE)
_CURRENCY = re.compile(r"^([$€])\s*(.+)$")


def _plain(text: str) -> str:
    """The text with one spelling for each sign, without the words that only say “about”."""
    powers = re.sub(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found.group().translate(_SUPERSCRIPTS), text)
    plain = _END.sub("", _ABOUT.sub("", _SPACES.sub(" ", powers.translate(_SIGNS)).strip()))
    currency = _CURRENCY.match(plain)
    return f"{currency[2]} {currency[1]}" if currency else plain


# Digits in groups of three by one kind of separator, or digits as they come; then a point and an exponent.
_DECIMAL = re.compile(
    r"[+-]?(?:(?:\d{1,3}(?P<by>[,_' ])\d{3}(?:(?P=by)\d{3})*(?!\d)|\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?"
)
_POWER = re.compile(r" ?(?:\^|\*\*) ?\{?(?P<exponent>[+-]?\d{1,4})\}?")
_JOIN = re.compile(r" ?(?P<sign>[*/]|[xX](?= ?[\d.])) ?(?=[\d.+-])")


def _number(text: str) -> tuple[float, str]:
    """The number at the beginning, factors and powers multiplied out, and what follows it."""
    if not text:
        raise Unreadable("Write a number.")
    value, rest = _factor(text)
    while join := _JOIN.match(rest):
        factor, rest = _factor(rest[join.end() :])
        if join["sign"] == "/" and not factor:
            raise Unreadable("This divides by zero.")
        value = value / factor if join["sign"] == "/" else value * factor
    _refuse_more(rest)
    return value, rest.strip()


def _factor(text: str) -> tuple[float, str]:
    found = _DECIMAL.match(text)
    if found is None:
        raise Unreadable("Write a number first, such as 2.5 GB, 7e9 or 3 × 10^8.")
    digits, rest = found.group(), text[found.end() :]
    _refuse_ambiguous(digits, rest)
    value = float(re.sub(r"[,_' ]", "", digits))
    power = _POWER.match(rest)
    if not power:
        return value, rest
    try:
        return value ** int(power["exponent"]), rest[power.end() :]
    except (OverflowError, ZeroDivisionError):
        raise Unreadable("The number is too large or too small.") from None


def _refuse_ambiguous(digits: str, rest: str) -> None:
    if re.match(r"[,.]\d", rest):
        written = digits + rest.split(" ")[0]
        raise Unreadable(
            f"“{written[:20]}” can be read in two ways. A point stands before decimals, commas between groups of "
            "three digits: 1.5, 1,500, 1,500,000."
        )


def _refuse_more(rest: str) -> None:
    if re.match(r" ?(-|to\b|\.\.|…)", rest):
        raise Unreadable("That reads like a range. Write one number: your best guess.")
    if re.match(r" ?[+(*^]", rest) or re.match(r" \d", rest):
        raise Unreadable("Write one number; products and powers such as 3 × 10^8 are fine, sums are not.")


def _times(words: str, unit: str, wanted: Unit) -> float:
    """By what the number before `words` is multiplied to be in `unit`."""
    if not words:
        return 1.0
    for scale, rest in _scaled(words, wanted):
        if not rest:
            return scale
        for reading in _readings(rest, wanted):
            if reading.dimension == wanted.dimension and reading.factor:
                return scale * reading.factor / wanted.factor
    raise Unreadable(_other_dimension(words, unit))


def _scaled(words: str, wanted: Unit) -> Iterator[tuple[float, str]]:
    """The words as a unit alone, and as “million” or “M” before one. A single letter counts only what is counted."""
    yield 1.0, words
    first, _, rest = words.partition(" ")
    head, slash, tail = first.partition("/")
    counts = not any(name in _MEASURES for name, exponent in wanted.dimension if exponent > 0)
    if head.lower() in SCALES and (counts or len(head) > 1):
        yield SCALES[head.lower()], (slash + tail + " " + rest).strip()


def _readings(words: str, wanted: Unit) -> Iterator[Unit]:
    """What a unit may mean here: FLOPS are operations per second, but operations where those are asked."""
    sides = _sides(words)
    units = [_abbreviated(sides, wanted) or _counted(sides[0], wanted)]
    units += [_counted(side, wanted) for side in sides[1:]]
    found = [unit for unit in units if unit]
    if len(found) == len(units):
        yield _quotient(found)
    if words in _SIZES and wanted.factor in _SIZES.values():
        yield Unit((("size", 1),), _SIZES[words])
    if words.lower().endswith("flops"):
        prefix = words[: -len("flops")]
        times = _LARGE.get(prefix.upper()) or _LARGE_WORDS.get(prefix.lower(), 0.0)
        yield Unit(wanted.dimension if wanted.dimension in (_FLOP, _FLOPS) else _FLOPS, times)


def _abbreviated(sides: list[str], wanted: Unit) -> Unit | None:
    """What is counted by its first letter, as in 30 t/s where tokens/s are asked: a trillion is a capital there."""
    nouns = [name for name, exponent in wanted.dimension if exponent > 0]
    is_short = len(sides) > 1 and len(sides[0]) == 1 and nouns and nouns[0].startswith(sides[0])
    return Unit(((nouns[0], 1),), 1.0) if is_short and nouns[0] not in _MEASURES else None


def _counted(word: str, wanted: Unit) -> Unit | None:
    """A unit, or what is counted, which may be cut short (params) or left out (30/s)."""
    nouns = [name for name, exponent in wanted.dimension if exponent > 0]
    plain = _singular(word)
    if not plain and nouns:
        return Unit(((nouns[0], 1),), 1.0)
    cut = [name for name in nouns if name == plain or (len(plain) >= 3 and name.startswith(plain))]
    return Unit(((cut[0], 1),), 1.0) if cut and not _known(word) else _known(word)


def _other_dimension(words: str, unit: str) -> str:
    meant = [_known(side) for side in _sides(words)]
    if None in meant:
        return f"“{words[:40]}” is not a unit that is known here. Answer in {unit}."
    measures = [_MEASURES[name] for one in meant if one for name, _ in one.dimension if name in _MEASURES]
    measured = measures[0] if len(measures) == len(meant) == 1 else "something else"
    return f"{words[:40]} measures {measured}; this asks for {unit}."


def show_number(value: float) -> str:
    """Four significant digits, in a form that people read and that can be typed as an answer."""
    if not value or not 1e-3 <= abs(value) < 1e7:
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        short = mantissa.rstrip("0").rstrip(".")
        return f"{short}e{int(exponent)}" if value else "0"
    rounded = float(f"{value:.4g}")
    return f"{rounded:,.10f}".rstrip("0").rstrip(".")
