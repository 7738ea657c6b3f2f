"""The parts of a choice question: as their candidate answers them, and as a report shows them beside the key."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from interview.models import Grading, Item, Release

RULES = {
    "single": "One option is right: all points or none.",
    "multiple": (
        "The points are shared among the right options; each wrong pick takes back a right one, never below zero."
    ),
    "matching": "Each right pair earns its share of the points; a wrong pair costs nothing.",
    "ordering": (
        "Every pair of lines that stands in the right order counts for you, every other pair against you: "
        "points × (right pairs − wrong pairs) / all pairs, never below zero."
    ),
}


@dataclass(frozen=True)
class Line:
    """An option as the page shows it. `picked`: chosen or, in a matching part, the id of the chosen target."""

    id: str
    text: str
    picked: bool | str


@dataclass(frozen=True)
class Part:
    """A part without its key. In an ordering part the lines stand in the answer's order once it has one."""

    id: str
    form: str
    points: float
    prompt: str
    rule: str
    lines: list[Line]
    targets: list[dict[str, Any]]
    is_answered: bool


def parts(item: Item, answer: dict[str, Any]) -> list[Part]:
    """The parts of the item's question with what `answer` picks, and nothing that tells what is right."""
    seed = str(item.interview.seed)
    return [_part(part, answer["choices"].get(part["id"]), seed) for part in item.release.choice or []]


def _part(part: dict[str, Any], picked: Any, seed: str) -> Part:
    options = part["options"] if part["keep_order"] else drawn(part["options"], f"{seed}/{part['id']}")
    if part["form"] == "ordering" and picked:
        options = sorted(options, key=lambda option: picked.index(option["id"]))
    return Part(
        id=part["id"],
        form=part["form"],
        points=part["points"],
        prompt=part["prompt"],
        rule=RULES[part["form"]],
        lines=[
            Line(option["id"], option["text"], _picked(part["form"], picked, option["id"]))
            for option in options
        ],
        targets=drawn(part["targets"], f"{seed}/{part['id']}/targets"),
        is_answered=bool(picked),
    )


def _picked(form: str, picked: Any, option: str) -> bool | str:
    if form == "matching":
        return str((picked or {}).get(option, ""))
    return bool(picked) and (picked == option if form == "single" else option in picked)


def drawn(options: Iterable[dict[str, Any]], seed: str) -> list[dict[str, Any]]:
    """The options in an order that depends on `seed` alone: the same at each reload, another for other candidates."""
    return sorted(options, key=lambda option: sha256(f"{seed}/{option['id']}".encode()).digest())


@dataclass(frozen=True)
class MarkedLine:
    """An option beside the key: `picked` and `right` are words to read, empty where there is nothing to say."""

    text: str
    because: str
    picked: str
    right: str
    is_right: bool


@dataclass(frozen=True)
class MarkedPart:
    """A part as it was answered, what it earned and why. Only for those who may know the key."""

    form: str
    prompt: str
    explain: str
    rule: str
    lines: list[MarkedLine]
    is_answered: bool
    points: float
    max_points: float
    message: str


def marked_parts(release: Release, answer: dict[str, Any], grading: Grading | None) -> list[MarkedPart]:
    """The parts with key, explanations and the points of `grading`."""
    tests = {test["name"]: test for test in grading.tests} if grading else {}
    choices = answer.get("choices", {})
    return [
        _marked(part, choices.get(part["id"]), tests.get(part["id"], {})) for part in release.choice or []
    ]


def _marked(part: dict[str, Any], picked: Any, test: dict[str, Any]) -> MarkedPart:
    return MarkedPart(
        form=part["form"],
        prompt=part["prompt"],
        explain=part["explain"],
        rule=RULES[part["form"]],
        lines=_MARKED[part["form"]](part, picked),
        is_answered=bool(picked),
        points=test.get("points", 0.0),
        max_points=part["points"],
        message=test.get("message", "Not answered."),
    )


def _marked_picks(part: dict[str, Any], picked: Any) -> list[MarkedLine]:
    right = {part["key"]} if part["form"] == "single" else set(part["key"])
    chosen = {picked} if part["form"] == "single" else set(picked or [])
    return [
        MarkedLine(
            text=option["text"],
            because=option["because"],
            picked="picked" if option["id"] in chosen else "",
            right="right" if option["id"] in right else "",
            is_right=(option["id"] in chosen) == (option["id"] in right),
        )
        for option in part["options"]
    ]


def _marked_pairs(part: dict[str, Any], picked: Any) -> list[MarkedLine]:
    texts = {target["id"]: target["text"] for target in part["targets"]}
    chosen = picked or {}
    return [
        MarkedLine(
            text=option["text"],
            because=option["because"],
            picked=texts.get(chosen.get(option["id"]), ""),
            right=texts[part["key"][option["id"]]],
            is_right=chosen.get(option["id"]) == part["key"][option["id"]],
        )
        for option in part["options"]
    ]


def _marked_order(part: dict[str, Any], picked: Any) -> list[MarkedLine]:
    """In the right order, each with the place that the answer gave it."""
    options = {option["id"]: option for option in part["options"]}
    places = {name: place for place, name in enumerate(picked or [], start=1)}
    return [
        MarkedLine(
            text=options[name]["text"],
            because=options[name]["because"],
            picked=str(places.get(name, "")),
            right=str(place),
            is_right=places.get(name) == place,
        )
        for place, name in enumerate(part["key"], start=1)
    ]


_MARKED = {
    "single": _marked_picks,
    "multiple": _marked_picks,
    "matching": _marked_pairs,
    "ordering": _marked_order,
}
