"""What a level expects: which share of a question's points somebody of that level reaches, and how an answer stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from interview.models import Release
from interview.models.question import Level

AROUND = 5  # percentage points, within which one stands at what is expected
ORDER_TIER = (
    "good"  # who only knows the checks is at the beginning; who orders them by what they rule out is not
)


class Standing(StrEnum):
    """How points stand to what is expected; the value is the word for people."""

    ABOVE = "above"
    AT = "at"
    BELOW = "below"


@dataclass(frozen=True)
class Shares:
    """What a level reaches, in percent: of the points of each tier of a rubric, and of those that tests or a key give.

    Nobody is perfect, so nothing is 100.
    """

    essential: int
    good: int
    strong: int
    automatic: int

    def of_tier(self, tier: str) -> int:
        return {"essential": self.essential, "good": self.good, "strong": self.strong}[tier]


SHARES: Mapping[Level, Shares] = {
    Level.JUNIOR: Shares(essential=80, good=40, strong=10, automatic=70),
    Level.MID: Shares(essential=90, good=70, strong=30, automatic=80),
    Level.SENIOR: Shares(essential=95, good=85, strong=60, automatic=90),
}


@dataclass(frozen=True)
class Expectation:
    """What one level expects."""

    level: Level

    def __str__(self) -> str:
        return f"{self.level.label.lower()} level"

    @property
    def shares(self) -> Shares:
        return SHARES[self.level]

    def points(self, release: Release, rubric: Release | None = None) -> float:
        """How many of the release's points it expects; red flags are expected of nobody.

        `rubric` is the release by whose rubric an answer is marked, where that is another.
        """
        shares, marking = self.shares, rubric or release
        criteria = marking.rubric["criteria"] if marking.rubric else []
        parts: list[tuple[float, int]] = [(release.automatic_points, shares.automatic)]
        parts += [(entry["points"], shares.of_tier(entry["tier"])) for entry in criteria]
        if marking.order:
            parts.append((marking.order["points"], shares.of_tier(ORDER_TIER)))
        return sum(points * percent for points, percent in parts) / 100

    def fraction(self, release: Release, rubric: Release | None = None) -> float:
        """The same as a share of all its points, in 0..1."""
        most = release.automatic_points + (rubric or release).rubric_points
        return self.points(release, rubric) / most if most else 0.0


def expectation(plan: Mapping[str, Any]) -> Expectation | None:
    """What an interview with this plan expects; None where it names no level: made before there were any, or chosen."""
    level = plan.get("level")
    return Expectation(Level(level)) if level in Level.values else None


def levels() -> list[tuple[Level, Shares]]:
    """Every level with its shares, the first one first."""
    return list(SHARES.items())


def standing(percent: int, expected: int) -> Standing:
    """By the figures as people read them, so that nobody finds a difference that the page does not show."""
    if percent > expected + AROUND:
        return Standing.ABOVE
    return Standing.BELOW if percent < expected - AROUND else Standing.AT
