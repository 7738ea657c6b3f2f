"""One-way sections: how far a candidate has gone, and what lies behind and before them.

An interview falls into stages. Free sections that follow one another are a stage together, in which one moves freely;
in a one-way section every question is a stage of its own. Going on to the next stage locks the present one.
"""

from dataclasses import dataclass

from django.db import models

from interview.models import Interview
from interview.models.template import Navigation


class Standing(models.TextChoices):
    """Where a question lies from the present stage."""

    BEHIND = "behind", "Locked"
    HERE = "here", "Open"
    AHEAD = "ahead", "Not open yet"


@dataclass(frozen=True)
class Stage:
    """Positions `first` to `last`, which are open; `last` is None where nothing follows."""

    first: int
    last: int | None

    def standing(self, position: int) -> Standing:
        if position < self.first:
            return Standing.BEHIND
        return Standing.AHEAD if self.last and position > self.last else Standing.HERE


def goes_one_way(interview: Interview) -> bool:
    """Whether any section of it is one-way."""
    return any(section["navigation"] == Navigation.ONE_WAY for section in interview.plan["sections"])


def present(interview: Interview) -> Stage:
    """Where the candidate is. One query where a section is one-way and the items are not there yet, else none."""
    if not goes_one_way(interview):
        return Stage(1, None)
    later = [start for start in _starts(interview) if start > interview.reached]
    return Stage(interview.reached, later[0] - 1 if later else None)


def _starts(interview: Interview) -> list[int]:
    """The positions at which stages begin."""
    sections = interview.plan["sections"]
    starts, follows_one_way = [], True
    for item in sorted(interview.items.all(), key=lambda item: item.position):
        one_way = sections[item.section]["navigation"] == Navigation.ONE_WAY
        if one_way or follows_one_way:
            starts.append(item.position)
        follows_one_way = one_way
    return starts
