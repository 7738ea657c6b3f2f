"""Estimates: `answer.yaml` read and checked, a variant drawn from a seed, an answer scored on a logarithmic scale."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from grader.errors import Problem, QuestionError
from grader.formula import FormulaError, evaluate
from grader.results import Result, TestResult, Verdict
from grader.schemas import schema
from grader.units import Unreadable, parse_unit, read_quantity, show_number
from grader.yamlfile import line_of, read_yaml

SCHEMA = schema("answer-estimate")

#: What stands between double braces in a text: a variable, or a formula of the variables.
PLACEHOLDER = re.compile(r"\{\{(?P<inside>[^{}]*)\}\}")
#: In texts for after the answer, the value with its unit.
ANSWER = "answer"
#: A factor that is exactly the bound may come out of two roundings a little above it.
SLACK = 1e-9


@dataclass(frozen=True)
class Shown:
    """A value of a variable, and how the texts show it."""

    value: float
    show: str


@dataclass(frozen=True)
class Variant:
    """One row of the variants with the value that it leads to, in the unit of the question."""

    variables: Mapping[str, Shown]
    answer: float
    answer_shown: str

    @property
    def names(self) -> dict[str, float]:
        """The variables as a formula uses them."""
        return {name: shown.value for name, shown in self.variables.items()}


@dataclass(frozen=True)
class Estimate:
    """What `answer.yaml` says. All `points` within the factor `full`, none from the factor `none` on."""

    unit: str
    value: str
    points: float
    full: float
    none: float
    explain: str
    rows: tuple[Mapping[str, Shown], ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        rows = [{name: [shown.value, shown.show] for name, shown in row.items()} for row in self.rows]
        return {**vars(self), "rows": rows}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Estimate:
        """The inverse of `to_dict`."""
        rows = tuple({name: Shown(*pair) for name, pair in row.items()} for row in document["rows"])
        return cls(**{**document, "rows": rows})

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Every variant; one where nothing varies."""
        return tuple(self._variant(row) for row in self.rows or ({},))

    def draw(self, seed: int) -> Variant:
        """The variant that a seed stands for, the same each time."""
        rows = self.rows or ({},)
        drawn = int.from_bytes(sha256(str(seed).encode()).digest()[:8], "big")
        return self._variant(rows[drawn % len(rows)])

    def _variant(self, row: Mapping[str, Shown]) -> Variant:
        answer = evaluate(self.value, {name: shown.value for name, shown in row.items()})
        return Variant(row, answer, f"{show_number(answer)} {self.unit}")

    def fraction(self, factor: float) -> float:
        """The share of the points for being off by `factor`, which is at least 1.

        1 up to `full`, 0 from `none` on, in between (log none − log factor) / (log none − log full).
        """
        if factor <= self.full * (1 + SLACK):
            return 1.0
        if factor >= self.none:
            return 0.0
        return math.log(self.none / factor) / math.log(self.none / self.full)

    def read(self, text: str) -> float:
        """The quantity that an answer says, in the unit of the question. Raises Unreadable."""
        return read_quantity(text, self.unit)

    def reading(self, text: str) -> tuple[str, str]:
        """How an answer is understood, for the person who wrote it: the quantity, or why it is none; one is empty."""
        if not text.strip():
            return "", ""
        try:
            return f"{show_number(self.read(text))} {self.unit}", ""
        except Unreadable as error:
            return "", str(error)

    def rule(self) -> str:
        """How it is scored, for people who answer it."""
        return (
            f"All points within a factor of {self.full:g} of the value, above or below; none from a factor of "
            f"{self.none:g} on; in between they fall with the logarithm of the factor."
        )


def parse_estimate(path: str, content: bytes) -> Estimate:
    """Read `answer.yaml`; a QuestionError names every line that is wrong."""
    document = read_yaml(path, content, SCHEMA)
    problems = list(_contradictions(document))
    if problems:
        raise QuestionError(
            [Problem(path, line_of(content, place), what, hint) for place, what, hint in problems]
        )
    return Estimate(
        unit=document["unit"],
        value=str(document["value"]),
        points=document["points"],
        full=document["credit"]["full"],
        none=document["credit"]["none"],
        explain=document["explain"],
        rows=tuple(_row(row) for row in document.get("variants", [])),
    )


#: Where in the file, what is wrong, and what to do.
Complaint = tuple[Sequence[str | int], str, str]


def _contradictions(document: Mapping[str, Any]) -> Iterator[Complaint]:
    credit = document["credit"]
    if credit["none"] <= credit["full"]:
        yield ["credit", "none"], "'none' has to be above 'full'", "such as full: 1.25, none: 10"
    try:
        parse_unit(document["unit"])
    except Unreadable as error:
        yield ["unit"], str(error), "such as GB, ms, TFLOP/s or parameters"
    rows = document.get("variants", [])
    yield from _row_problems(rows)
    yield from _value_problems(document["value"], rows)


def _row_problems(rows: Sequence[Mapping[str, Any]]) -> Iterator[Complaint]:
    for index, row in enumerate(rows):
        if set(row) != set(rows[0]):
            hint = f"as in the first: {', '.join(rows[0])}"
            yield ["variants", index], "each variant gives the same variables", hint
        for name, value in row.items():
            if name == ANSWER:
                yield ["variants", index], f"'{ANSWER}' is what the value is called", "rename the variable"
            try:
                _number(value)
            except Unreadable as error:
                yield ["variants", index, name], f"'{name}' is not a number: {error}", "such as 7e9"


def _value_problems(value: Any, rows: Sequence[Mapping[str, Any]]) -> Iterator[Complaint]:
    for row in rows or [{}]:
        try:
            answer = evaluate(str(value), {name: shown.value for name, shown in _row(row).items()})
        except (FormulaError, Unreadable) as error:
            yield ["value"], str(error), "a number, or a formula of the variables"
            return
        if answer <= 0:
            yield (
                ["value"],
                f"{value} is {show_number(answer)}",
                "an estimate is above zero: its scale is a factor",
            )
            return


def _row(row: Mapping[str, Any]) -> dict[str, Shown]:
    return {name: _shown(value) for name, value in row.items()}


def _shown(value: Any) -> Shown:
    if isinstance(value, dict):
        return Shown(_number(value), str(value["show"]))
    number = _number(value)
    return Shown(number, value if isinstance(value, str) else show_number(number))


def _number(value: Any) -> float:
    given = value["value"] if isinstance(value, dict) else value
    return read_quantity(given, "1") if isinstance(given, str) else float(given)


def fill(text: str, variant: Variant) -> str:
    """The text with every placeholder replaced. One that cannot be computed stays as it is: check refuses it."""

    def shown(found: re.Match[str]) -> str:
        inside = found["inside"].strip()
        if inside == ANSWER:
            return variant.answer_shown
        if inside in variant.variables:
            return variant.variables[inside].show
        try:
            return show_number(evaluate(inside, variant.names))
        except FormulaError:
            return found.group()

    return PLACEHOLDER.sub(shown, text)


def text_problems(path: str, text: str, estimate: Estimate, *, tells_answer: bool) -> Iterator[Problem]:
    """Placeholders that stand for nothing, and those that would give the answer away."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in PLACEHOLDER.finditer(line):
            inside = found["inside"].strip()
            if inside == ANSWER and not tells_answer:
                yield Problem(
                    path, number, "{{ answer }} gives the answer away", "solution.md and explain may tell it"
                )
            elif inside != ANSWER and (why := _cannot_show(inside, estimate)):
                hint = "a variable of answer.yaml, or a formula of them; for maths write { { … } }"
                yield Problem(path, number, f"{found.group()} cannot be shown: {why}", hint)


def _cannot_show(inside: str, estimate: Estimate) -> str:
    try:
        for variant in estimate.variants:
            evaluate(inside, variant.names)
    except FormulaError as error:
        return str(error)
    return ""


def score(estimate: Estimate, seed: int, text: str) -> Result:
    """What the answer `text` is worth against the variant of `seed`. The messages are for after the release."""
    fraction, message = _judged(estimate, estimate.draw(seed), text)
    test = TestResult(
        name="estimate",
        verdict=Verdict.ACCEPTED if fraction == 1 else Verdict.WRONG_ANSWER,
        # Rounded: points are read by people, and 0.8250000000000001 is none that they would write.
        points=round(estimate.points * fraction, 2),
        max_points=estimate.points,
        visible=True,
        reveal="message",
        message=message,
    )
    return Result(test.verdict, test.points, test.max_points, seed, (test,))


def _judged(estimate: Estimate, variant: Variant, text: str) -> tuple[float, str]:
    if not text.strip():
        return 0.0, "Not answered."
    try:
        given = estimate.read(text)
    except Unreadable as error:
        return 0.0, f"It could not be read as a number: {error}"
    factor = max(given / variant.answer, variant.answer / given)
    return estimate.fraction(factor), _distance(given, variant.answer, factor)


def _distance(given: float, answer: float, factor: float) -> str:
    if factor < 1.005:
        return "Right on the value."
    if factor < 2:
        return f"{100 * abs(given / answer - 1):.0f} % {'above' if given > answer else 'below'} the value."
    return (
        f"Too {'large' if given > answer else 'small'} by a factor of {show_number(float(f'{factor:.2g}'))}."
    )
