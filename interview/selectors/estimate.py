"""Estimates: what their candidate may see of the key while answering, and the whole of it afterwards."""

from dataclasses import dataclass
from typing import Any

from interview.models import Grading, Item


@dataclass(frozen=True)
class Reading:
    """How an answer is understood: as `quantity`, or not at all, which `refusal` explains. Both empty: no answer."""

    quantity: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class Asked:
    """An estimate as its candidate answers it: nothing here tells the value."""

    unit: str
    rule: str
    estimate: str
    working: str
    reading: Reading


@dataclass(frozen=True)
class Marked:
    """An estimate beside its value. Only for those who may know the key."""

    estimate: str
    working: str
    reading: Reading
    value: str
    message: str
    points: float
    max_points: float
    rule: str
    explain: str

    @property
    def as_text(self) -> dict[str, str]:
        """How it was worked out, in the form of an answer that is one text."""
        return {"text": self.working}


def reading(item: Item, text: str) -> Reading:
    """How the question of the item understands `text`, before anything of it is saved."""
    key = item.release.estimate_key
    return Reading(*key.reading(text)) if key else Reading()


def asked(item: Item, answer: dict[str, Any]) -> Asked | None:
    """The fields of the answer, how its number is read and how it will be scored; None for other kinds."""
    key = item.release.estimate_key
    if key is None:
        return None
    return Asked(
        unit=key.unit,
        rule=key.rule(),
        estimate=answer["estimate"],
        working=answer["working"],
        reading=reading(item, answer["estimate"]),
    )


def marked(item: Item, answer: dict[str, Any], grading: Grading | None) -> Marked | None:
    """The answer beside the value of the item's variant; None for other kinds."""
    key = item.release.estimate_key
    if key is None:
        return None
    test: dict[str, Any] = grading.tests[0] if grading and grading.tests else {}
    return Marked(
        estimate=answer["estimate"],
        working=answer["working"],
        reading=reading(item, answer["estimate"]),
        value=key.draw(item.interview.seed).answer_shown,
        message=test.get("message", "Not answered."),
        points=test.get("points", 0.0),
        max_points=key.points,
        rule=key.rule(),
        explain=item.release.told(key.explain, item.interview.seed),
    )
