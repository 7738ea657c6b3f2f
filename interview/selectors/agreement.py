"""Which criteria two reviewers read alike, over all answers that both of them marked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from interview import agreement
from interview.models import Mark, Release
from interview.models.review import ReviewState
from interview.selectors import question as questions
from interview.selectors.assignment import BOTH

SINCE = timedelta(days=365)
FEW = 10  # answers below which alpha swings with every single one
RELIABLE, TENTATIVE = 0.8, 0.667  # where Krippendorff draws the lines

Votes = dict[int, int]  # how many answers had a criterion met by nobody (0), one (1) or both (2)


@dataclass(frozen=True)
class CriterionAgreement:
    """How two reviewers read one criterion."""

    describe: str
    pairs: list[tuple[bool, bool]]

    @property
    def answers(self) -> int:
        return len(self.pairs)

    @property
    def differ(self) -> int:
        return sum(one != other for one, other in self.pairs)

    @property
    def percent(self) -> int:
        return round(100 * agreement.observed(self.pairs))

    @property
    def alpha(self) -> float | None:
        return agreement.alpha(self.pairs)

    @property
    def word(self) -> str:
        """What its figure is good for."""
        if self.answers < FEW:
            return "Too few to say"
        if self.alpha is None:
            return "All the same"
        if self.alpha >= RELIABLE:
            return "Read alike"
        return "Roughly alike" if self.alpha >= TENTATIVE else "Read differently"


@dataclass(frozen=True)
class QuestionAgreement:
    """One question's criteria, the most disputed first."""

    slug: str
    title: str
    criteria: list[CriterionAgreement]

    @property
    def answers(self) -> int:
        return max(criterion.answers for criterion in self.criteria)

    @property
    def whole(self) -> CriterionAgreement:
        """All of its criteria together."""
        return CriterionAgreement(
            self.title, [pair for criterion in self.criteria for pair in criterion.pairs]
        )


def by_question(now: datetime | None = None) -> list[QuestionAgreement]:
    """Every question with answers that two marked in the last year, the most disputed first. Three queries."""
    votes = _votes((now or timezone.now()) - SINCE)
    releases = questions.latest_releases(votes)
    slugs = dict(Release.objects.filter(question__in=votes).values_list("question_id", "question__slug"))
    found = [
        QuestionAgreement(slugs[question], releases[question].title, _criteria(releases[question], counted))
        for question, counted in votes.items()
    ]
    return sorted(found, key=lambda one: (one.whole.percent, one.title))


def _votes(since: datetime) -> dict[int, dict[str, Votes]]:
    """By question and criterion. Only criteria that both of the two marked."""
    rows = (
        Mark.objects.filter(review__state=ReviewState.HANDED_OVER, review__handed_over_at__gte=since)
        .order_by()
        .values_list("item__release__question_id", "criterion", "item_id")
        .annotate(met=Count("pk", filter=Q(met=True)), marked=Count("pk"))
        .filter(marked=BOTH)
    )
    votes: dict[int, dict[str, Votes]] = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(range(3), 0)))
    for question, criterion, _, met, _ in rows.iterator():
        votes[question][criterion][met] += 1
    return votes


def _criteria(release: Release, counted: dict[str, Votes]) -> list[CriterionAgreement]:
    words = {entry["id"]: entry["describe"] for entry in release.rubric_entries()}
    found = [
        CriterionAgreement(words.get(criterion, criterion), list(_pairs(votes)))
        for criterion, votes in counted.items()
    ]
    return sorted(found, key=lambda one: (one.percent, one.describe))


def _pairs(votes: Votes) -> Iterable[tuple[bool, bool]]:
    """Alpha pools both observers, so which of the two said yes does not matter."""
    yield from [(False, False)] * votes[0]
    yield from [(True, False)] * votes[1]
    yield from [(True, True)] * votes[2]
