"""Choice questions: `answer.yaml` read and checked, and an answer scored by formulas that candidates are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from grader.errors import Problem, QuestionError
from grader.results import Result, TestResult, Verdict, overall
from grader.schemas import schema
from grader.yamlfile import line_of, read_yaml

#: Of `key` it says nothing: its form depends on the part's, see `_key_problems`.
SCHEMA = schema("answer-choice")

#: What a part's key is: an option id; the ids of all right options, or of all options in order; left id to right id.
Key = str | tuple[str, ...] | dict[str, str]


@dataclass(frozen=True)
class Option:
    """Something to pick, to match or to put in order. `because` says why it is right or wrong, in the report."""

    id: str
    text: str
    because: str = ""


@dataclass(frozen=True)
class Target:
    """The right side of a matching part."""

    id: str
    text: str


@dataclass(frozen=True)
class Part:
    """One thing asked. `key` and `explain` are for after the release; `keep_order` shows options as written."""

    id: str
    form: str
    points: float
    prompt: str
    options: tuple[Option, ...]
    targets: tuple[Target, ...]
    key: Key
    explain: str
    keep_order: bool = False


def parse_choice(path: str, content: bytes) -> tuple[Part, ...]:
    """Read `answer.yaml`; a QuestionError names every line that is wrong."""
    parts = read_yaml(path, content, SCHEMA)["parts"]
    problems = [*_repeated_parts(path, content, parts)]
    for index, part in enumerate(parts):
        for key, message, hint in _contradictions(part):
            line = line_of(content, ["parts", index, key])
            problems.append(Problem(path, line, f"part '{part['id']}': {message}", hint))
    if problems:
        raise QuestionError(sorted(problems, key=lambda problem: problem.line))
    return tuple(_part(part) for part in parts)


def _part(document: Mapping[str, Any]) -> Part:
    key = document["key"]
    return Part(
        id=document["id"],
        form=document["form"],
        points=document["points"],
        prompt=document["prompt"],
        options=tuple(Option(**option) for option in document["options"]),
        targets=tuple(Target(**target) for target in document.get("targets", [])),
        key=tuple(key) if isinstance(key, list) else key,
        explain=document["explain"],
        keep_order=document.get("keep_order", False),
    )


def _repeated_parts(path: str, content: bytes, parts: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, part in enumerate(parts):
        if part["id"] in seen:
            line = line_of(content, ["parts", index, "id"])
            yield Problem(path, line, f"a second part is called '{part['id']}'", "ids are unique; rename one")
        seen.add(part["id"])


#: The key of a part that is wrong, what is wrong with it, and what to do.
Complaint = tuple[str, str, str]


def _contradictions(part: Mapping[str, Any]) -> Iterator[Complaint]:
    for side in ("options", "targets"):
        names = [entry["id"] for entry in part.get(side, [])]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield side, f"id '{name}' is used twice", "ids are unique; rename one"
    if part["form"] == "matching" and "targets" not in part:
        yield "form", "a matching part lacks 'targets'", "list the right side: targets: [{id: …, text: …}, …]"
    elif part["form"] != "matching" and "targets" in part:
        yield "targets", "only a matching part has 'targets'", "remove them, or make it form: matching"
    else:
        options = [option["id"] for option in part["options"]]
        targets = [target["id"] for target in part.get("targets", [])]
        yield from (
            ("key", *problem) for problem in _key_problems(part["form"], part["key"], options, targets)
        )


def _key_problems(
    form: str, key: Any, options: Sequence[str], targets: Sequence[str]
) -> Iterator[tuple[str, str]]:
    known = f"options: {', '.join(options)}"
    if form == "single":
        if key not in options:
            yield f"the key {key!r} is not the id of an option", known
    elif form == "matching":
        yield from _pair_problems(key, options, targets)
    elif not isinstance(key, list) or not key:
        yield f"the key of a {form} part is a list of option ids", known
    else:
        for name in key:
            if name not in options:
                yield f"the key names {name!r}, which is not the id of an option", known
        if len({str(name) for name in key}) < len(key):
            yield "the key names an option twice", "name each once"
        if form == "ordering" and len(key) < len(options):
            yield "the key of an ordering part names every option, in the right order", known


def _pair_problems(key: Any, options: Sequence[str], targets: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(key, dict) or set(key) != set(options):
        yield "the key of a matching part names every option once", f"options: {', '.join(options)}"
        return
    for left, right in key.items():
        if right not in targets:
            yield (
                f"the key gives '{left}' the target {right!r}, which is none",
                f"targets: {', '.join(targets)}",
            )


def score(parts: Sequence[Part], answer: Mapping[str, Any]) -> Result:
    """What `answer` is worth: part id to what was picked, in the form that `Part.key` has; parts may be absent.

    Each part becomes a test with the fraction of its points that its form's formula gives: `single_fraction`,
    `multiple_fraction`, `matching_fraction` or `ordering_fraction`. The messages count; they never name the key.
    """
    tests = tuple(_scored(part, answer.get(part.id)) for part in parts)
    return Result(
        verdict=overall(tests),
        score=sum(test.points for test in tests),
        max_score=sum(test.max_points for test in tests),
        seed=0,  # nothing is drawn
        tests=tests,
    )


def _scored(part: Part, picked: Any) -> TestResult:
    fraction, message = _FORMULAS[part.form](part, picked) if picked else (0.0, "Not answered.")
    return TestResult(
        name=part.id,
        verdict=Verdict.ACCEPTED if fraction == 1 else Verdict.WRONG_ANSWER,
        points=part.points * fraction,
        max_points=part.points,
        visible=True,
        reveal="message",
        message=message,
    )


def _single(part: Part, picked: Any) -> tuple[float, str]:
    fraction = single_fraction(str(part.key), picked)
    return fraction, "The right option was picked." if fraction else "Another option was picked."


def _multiple(part: Part, picked: Any) -> tuple[float, str]:
    right = len(set(picked) & set(part.key))
    wrong = len(set(picked)) - right
    message = f"{right} right and {wrong} wrong picked, of {len(part.key)} right options."
    return multiple_fraction(part.key, picked), message


def _matching(part: Part, picked: Any) -> tuple[float, str]:
    key = dict(part.key) if isinstance(part.key, dict) else {}
    fraction = matching_fraction(key, picked)
    return fraction, f"{round(fraction * len(key))} of {len(key)} pairs are right."


def _ordering(part: Part, picked: Any) -> tuple[float, str]:
    right, pairs = _pairs_in_order(tuple(part.key), picked)
    message = f"Of {pairs} pairs {right} stand in the right order and {pairs - right} the other way round."
    return ordering_fraction(tuple(part.key), picked), message


_FORMULAS: dict[str, Callable[[Part, Any], tuple[float, str]]] = {
    "single": _single,
    "multiple": _multiple,
    "matching": _matching,
    "ordering": _ordering,
}


def single_fraction(key: str, picked: str) -> float:
    """All or nothing: 1 for the right option, else 0."""
    return 1.0 if picked == key else 0.0


def multiple_fraction(key: Sequence[str] | Mapping[str, str], picked: Sequence[str]) -> float:
    """max(0, (right picks − wrong picks) / number of right options): ticking everything earns nothing extra."""
    chosen, right = set(picked), set(key)
    return max(0.0, (len(chosen & right) - len(chosen - right)) / len(right))


def matching_fraction(key: Mapping[str, str], picked: Mapping[str, str]) -> float:
    """The share of the left sides that were given their right one; those left open count as wrong."""
    return sum(picked.get(left) == right for left, right in key.items()) / len(key)


def ordering_fraction(key: Sequence[str], picked: Sequence[str]) -> float:
    """max(0, Kendall's tau) = max(0, (concordant − discordant) / all pairs), for orders of the same options.

    Two options are concordant when `picked` has them in the order of `key`. A random order is worth about
    nothing, one swap of neighbours among n options costs 4 / (n (n − 1)).
    """
    right, pairs = _pairs_in_order(key, picked)
    return max(0.0, (2 * right - pairs) / pairs)


def _pairs_in_order(key: Sequence[str], picked: Sequence[str]) -> tuple[int, int]:
    """How many pairs of `key` stand in `picked` in the same order, and how many pairs there are."""
    place = {name: index for index, name in enumerate(picked)}
    pairs = list(combinations(key, 2))
    return sum(place[first] < place[second] for first, second in pairs), len(pairs)
