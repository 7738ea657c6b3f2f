"""The rubric of a question: what a reviewer looks for, in layers, and what costs points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.errors import Problem, QuestionError
from grader.yamlfile import read_yaml

TIERS = ("essential", "good", "strong")

_TEXT = {"type": "string", "minLength": 1}
_ID = {"type": "string", "pattern": "^[a-z][a-z0-9-]*$", "description": "small letters, digits and hyphens"}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["criteria"],
    "properties": {
        "criteria": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "tier", "points", "describe", "explain"],
                "properties": {
                    "id": _ID,
                    "tier": {"enum": list(TIERS)},
                    "points": {"type": "number", "exclusiveMinimum": 0},
                    "describe": _TEXT,
                    "explain": _TEXT,
                    "reviewer_note": _TEXT,
                },
            },
        },
        "red_flags": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "points", "describe", "explain"],
                "properties": {
                    "id": _ID,
                    "points": {
                        "type": "number",
                        "exclusiveMaximum": 0,
                        "description": "a red flag takes points away: write a number below zero",
                    },
                    "describe": _TEXT,
                    "explain": _TEXT,
                },
            },
        },
        "follow_ups": {"type": "array", "items": _TEXT},
    },
}


@dataclass(frozen=True)
class Criterion:
    """One thing that a good answer has. `reviewer_note` is for the reviewer's eyes only."""

    id: str
    tier: str
    points: float
    describe: str
    explain: str
    reviewer_note: str = ""


@dataclass(frozen=True)
class RedFlag:
    """One thing that a good answer never has; `points` is negative."""

    id: str
    points: float
    describe: str
    explain: str


@dataclass(frozen=True)
class Rubric:
    """Criteria and red flags together; whatever adds up, an answer never scores below zero."""

    criteria: tuple[Criterion, ...]
    red_flags: tuple[RedFlag, ...] = ()
    follow_ups: tuple[str, ...] = ()

    @property
    def max_points(self) -> float:
        """The sum of what the criteria give."""
        return sum(criterion.points for criterion in self.criteria)


def parse_rubric(path: str, content: bytes) -> Rubric:
    """Read `rubric.yaml`; a QuestionError names every line that is wrong."""
    document = read_yaml(path, content, SCHEMA)
    entries = [*document["criteria"], *document.get("red_flags", [])]
    ids = [entry["id"] for entry in entries]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    if repeated:
        raise QuestionError(
            [Problem(path, 0, f"id '{name}' is used twice", "ids are unique") for name in repeated]
        )
    return Rubric(
        criteria=tuple(Criterion(**entry) for entry in document["criteria"]),
        red_flags=tuple(RedFlag(**entry) for entry in document.get("red_flags", [])),
        follow_ups=tuple(document.get("follow_ups", [])),
    )
