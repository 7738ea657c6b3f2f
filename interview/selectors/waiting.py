"""What awaits review, whole interviews or the answers to one question, in an order of each reviewer's own."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import MD5, Cast, Coalesce, Concat
from django.utils import timezone

from interview.models import Interview, Item, Mark, Review, RubricChange, User
from interview.models.question import Kind
from interview.models.review import ReviewState
from interview.selectors import assignment
from interview.selectors.item import has_rubric

#: How many days something waits at least, and how people say that.
AGES = {"1": "A day or longer", "3": "Three days or longer", "7": "A week or longer"}


@dataclass(frozen=True)
class Asked:
    """What of the queue is wanted; an empty word lets all through. `age` is a number of days."""

    template: str = ""
    area: str = ""
    kind: str = ""
    age: str = ""
    question: str = ""

    @property
    def query(self) -> dict[str, str]:
        """Only what is set, as the query of an address has it."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


ANYTHING = Asked()


@dataclass(frozen=True)
class Facet:
    """One filter: its name and words, its values with theirs, and the one that is set."""

    name: str
    label: str
    everything: str
    choices: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class WaitingQuestion:
    """A question with `waiting` answers that this person has not marked, the `oldest` handed in then."""

    slug: str
    title: str
    area: str
    kind: Kind
    waiting: int
    oldest: datetime


def queue(user: User, asked: Asked = ANYTHING, now: datetime | None = None) -> QuerySet[Interview]:
    """What awaits this person's review: what they began, then the rest in an order that is theirs and stays.

    Two reviewers meet different interviews first, and nobody's marks drift with the time of handing in.
    Each has `to_mark` (answers that have a rubric), `marked` (those this person has marked) and `lease_until` of this
    person's own claim and the `release_at` of its schedule, None without one.
    """
    own = _own(user).filter(interview=OuterRef("pk")).order_by("-settles")
    with_rubric = Item.objects.filter(has_rubric(), interview=OuterRef("pk"))
    marked = with_rubric.filter(_marked_by(user))
    found = _filtered(assignment.awaiting_review(user, now), user, asked, now)
    return found.annotate(
        to_mark=_count(with_rubric),
        marked=_count(marked),
        lease_until=Subquery(own.values("lease_until")[:1]),
        release_at=Subquery(own.values("release_at")[:1]),
        place=MD5(Concat(Cast("pk", CharField()), Value(str(user.pk)))),
    ).order_by(F("lease_until").asc(nulls_last=True), "place")


def questions(user: User, asked: Asked = ANYTHING, now: datetime | None = None) -> list[WaitingQuestion]:
    """The questions whose answers await this person's marks, in the order of the syllabus."""
    waiting = _filtered(assignment.awaiting_review(user, now), user, replace(asked, area="", kind=""), now)
    wanted = _answers(user, asked).filter(interview__in=waiting.order_by().values("pk")).order_by()
    question = "release__question__"
    rows = (
        wanted.values_list(f"{question}slug", f"{question}title", f"{question}area__title", f"{question}kind")
        .annotate(waiting=Count("pk"), oldest=Min("interview__closed_at"))
        .order_by(f"{question}area__position", f"{question}title")
    )
    return [WaitingQuestion(slug, title, area, Kind(kind), *more) for slug, title, area, kind, *more in rows]


def facets(user: User, asked: Asked, now: datetime | None = None) -> list[Facet]:
    """Every filter with the values that occur in what waits."""
    waiting = assignment.awaiting_review(user, now).order_by()
    items = Item.objects.filter(has_rubric(), interview__in=waiting.values("pk")).order_by()
    templates = (
        waiting.order_by("template__title").values_list("template__slug", "template__title").distinct()
    )
    areas = items.order_by("release__question__area__position").values_list(
        "release__question__area__slug", "release__question__area__title"
    )
    kinds = set(items.values_list("release__kind", flat=True).distinct())
    return [
        Facet("template", "Interview", "All interviews", list(templates), asked.template),
        Facet("area", "Area", "All areas", list(areas.distinct()), asked.area),
        Facet("kind", "Kind", "All kinds", [pair for pair in Kind.choices if pair[0] in kinds], asked.kind),
        Facet("age", "Waiting", "However long", list(AGES.items()), asked.age),
    ]


def _filtered(
    found: QuerySet[Interview], user: User, asked: Asked, now: datetime | None
) -> QuerySet[Interview]:
    if asked.template:
        found = found.filter(template__slug=asked.template)
    if asked.age:
        found = found.filter(closed_at__lte=(now or timezone.now()) - timedelta(days=int(asked.age)))
    if asked.question:
        return found.filter(Exists(_answers(user, asked).filter(interview=OuterRef("pk"))))
    if asked.area or asked.kind:
        found = found.filter(Exists(_with_rubric(asked).filter(interview=OuterRef("pk"))))
    return found


def _with_rubric(asked: Asked) -> QuerySet[Item]:
    """Answers that a person marks, of the area, kind and question that are asked for."""
    lookups = {
        "release__question__area__slug": asked.area,
        "release__kind": asked.kind,
        "release__question__slug": asked.question,
    }
    wanted = {lookup: value for lookup, value in lookups.items() if value}
    return Item.objects.filter(has_rubric(), **wanted)


def _answers(user: User, asked: Asked) -> QuerySet[Item]:
    """Those of them that this person has not marked."""
    return _with_rubric(asked).exclude(_marked_by(user))


def _marked_by(user: User) -> Exists:
    """Whether this person marked an item, and its rubric asked for nothing new since."""
    later = RubricChange.objects.filter(
        item=OuterRef("item"), to_release__number__gt=Coalesce(OuterRef("rubric_release__number"), 0)
    )
    own = Mark.objects.filter(review__in=_own(user), item=OuterRef("pk"))
    return Exists(own.exclude(Exists(later.exclude(anew=[]))))


def _own(user: User) -> QuerySet[Review]:
    """This person's reviews that can still be changed: what was handed over is done, also when they settle it later."""
    return Review.objects.filter(reviewer=user).exclude(state=ReviewState.HANDED_OVER)


def _count(items: QuerySet[Item]) -> Coalesce:
    # A subquery and not a join: two joined counts would multiply each other's rows.
    counted = items.order_by().values("interview").annotate(found=Count("pk", distinct=True))
    return Coalesce(Subquery(counted.values("found"), output_field=IntegerField()), 0)
