"""A report as one reader gets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from interview.models import Interview
from interview.models.presence import Recorded
from interview.pdf.bounds import share
from interview.selectors.report import Report

Figures = Mapping[int, Mapping[str, str]]


def figure_key(release: int, name: str) -> str:
    """What a figure of a release is called in the document."""
    return f"{release}/{name}"


@dataclass(frozen=True)
class Edition:
    """The report, and what hangs on who reads it.

    `outcomes` are by position what a result says in one line. `notes` are None to everybody but their writer. `figures`
    are the pictures of statements and model answers, by release and name. `opened` are hints of practice, by position.
    """

    report: Report
    outcomes: Mapping[int, str]
    recorded: Sequence[Recorded] = ()
    notes: str | None = None
    figures: Figures = field(default_factory=dict)
    opened: Sequence[tuple[int, int]] = ()

    @property
    def interview(self) -> Interview:
        return self.report.interview

    @property
    def is_practice(self) -> bool:
        return self.interview.is_practice

    @property
    def made_at(self) -> datetime:
        """When what it says was settled, to the second."""
        settled = self.interview.released_at or self.interview.finalised_at or self.interview.created_at
        return settled.astimezone(UTC).replace(microsecond=0)

    @property
    def most(self) -> int:
        """How many characters of one answer go on paper."""
        return share(len(self.report.items))
