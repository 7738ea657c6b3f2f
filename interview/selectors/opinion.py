"""What two reviewers make of the same interview, each without the other: where they differ, and where they agree."""

from collections.abc import Iterable
from dataclasses import dataclass

from interview.models import Interview, Review, User
from interview.models.review import ReviewState
from interview.selectors.assignment import BOTH
from interview.selectors.report import Entry, ItemReport, Report, report

WHOSE = ("First", "Second")


@dataclass(frozen=True)
class Voice:
    """What one of the two says of a criterion; `whose` is First or Second, never a name.

    `met` is None where they say nothing: the rubric changed after they had handed over.
    """

    whose: str
    met: bool | None
    reason: str
    entry: int | None


@dataclass(frozen=True)
class Opinion:
    """A criterion as both read it."""

    entry: Entry
    voices: tuple[Voice, Voice]

    @property
    def differs(self) -> bool:
        """What one of them was never asked is not agreed on either, so a third decides it."""
        first, second = self.voices
        return None in (first.met, second.met) or (first.met, first.entry) != (second.met, second.entry)

    @property
    def is_agreed(self) -> bool:
        return not self.differs


@dataclass(frozen=True)
class ItemOpinions:
    """One answer as both marked it."""

    first: ItemReport
    second: ItemReport

    @property
    def named(self) -> list[tuple[str, ItemReport]]:
        return list(zip(WHOSE, (self.first, self.second), strict=True))

    @property
    def opinions(self) -> list[Opinion]:
        pairs = zip(self.first.entries, self.second.entries, strict=True)
        return [Opinion(one, (_voice(WHOSE[0], one), _voice(WHOSE[1], other))) for one, other in pairs]

    @property
    def differs(self) -> bool:
        """Whether a criterion, or the points in place of the judge's, are not the same."""
        return self.first.automatic != self.second.automatic or any(
            opinion.differs for opinion in self.opinions
        )

    @property
    def agreements(self) -> int:
        return sum(one.is_agreed for one in self.opinions)

    @property
    def agreed(self) -> list[str]:
        """The criteria that both call met."""
        return [one.entry.id for one in self.opinions if one.is_agreed and one.voices[0].met]


def _voice(whose: str, entry: Entry) -> Voice:
    return Voice(whose, entry.met, entry.reason, entry.entry)


@dataclass(frozen=True)
class Opinions:
    """A whole interview as both marked it; the first is who handed over first."""

    first: Report
    second: Report

    @property
    def reports(self) -> list[tuple[str, Report]]:
        return list(zip(WHOSE, (self.first, self.second), strict=True))

    @property
    def items(self) -> list[ItemOpinions]:
        return [
            ItemOpinions(one, other) for one, other in zip(self.first.items, self.second.items, strict=True)
        ]

    @property
    def criteria(self) -> int:
        return sum(len(item.opinions) for item in self.items)

    @property
    def agreed(self) -> int:
        return sum(item.agreements for item in self.items)

    def of(self, position: int) -> ItemOpinions | None:
        return next((item for item in self.items if item.first.item.position == position), None)


def opinions_of(interview: Interview) -> Opinions | None:
    """Both markings, once both are in. Expects `selectors.interview.with_items`."""
    handed = [one for one in interview.reviews.all() if one.state == ReviewState.HANDED_OVER]
    if len(handed) != BOTH:
        return None
    first, second = sorted(handed, key=_handed_over_at)
    return Opinions(report(interview, first), report(interview, second))


def _handed_over_at(review: Review) -> float:
    return review.handed_over_at.timestamp() if review.handed_over_at else 0.0


def are_both_in(interview: Interview) -> bool:
    """Whether two reviewers have handed over, so that their differences can be settled."""
    return interview.marked_twice and _handed_over(interview.reviews.all()) == BOTH


def has_handed_over(interview: Interview, user: User) -> bool:
    return _handed_over(one for one in interview.reviews.all() if one.reviewer_id == user.pk) > 0


def _handed_over(reviews: Iterable[Review]) -> int:
    return sum(one.state == ReviewState.HANDED_OVER for one in reviews)
