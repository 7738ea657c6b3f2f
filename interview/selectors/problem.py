"""Reported problems: a person's own, and the inbox of those who look after the questions."""

from collections.abc import Iterable

from django.db.models import Count, F, Prefetch, Q, QuerySet, prefetch_related_objects

from interview.models import Item, Problem, Question, Release, User
from interview.models.problem import ProblemState

_STATES = {
    ProblemState.OPEN: Q(answered_at=None),
    ProblemState.ANSWERED: Q(answered_at__isnull=False),
}


def visible_to(user: User) -> QuerySet[Problem]:
    """All of them for those who write questions, everybody else's own; each with what a line of a list shows."""
    shown = Problem.objects.select_related("question", "release", "answered_in", "answered_by").defer(
        "release__files", "answered_in__files"
    )
    return shown if user.writes else shown.filter(reporter=user)


def inbox(user: User, state: str = "", area: str = "", search: str = "") -> QuerySet[Problem]:
    """What was reported: open ones first come first served, others the latest first. Empty words let all through."""
    found = visible_to(user).select_related("question__area", "reporter")
    if area:
        found = found.filter(question__area=area)
    if search:
        found = found.filter(
            Q(body__icontains=search) | Q(question__title__icontains=search) | Q(question__slug=search)
        )
    if not state:
        return found.order_by(F("answered_at").desc(nulls_first=True), "-reported_at", "-pk")
    order = ("reported_at", "pk") if state == ProblemState.OPEN else ("-answered_at", "-pk")
    return found.filter(_STATES[ProblemState(state)]).order_by(*order)


def counts(user: User) -> dict[str, int]:
    """How many problems there are in each state."""
    numbers = {state.value: Count("pk", filter=which) for state, which in _STATES.items()}
    return visible_to(user).order_by().aggregate(**numbers)


def reported_by(user: User) -> QuerySet[Problem]:
    """A person's own reports with their answers, the latest first."""
    return visible_to(user).filter(reporter=user).order_by("-reported_at", "-pk")


def open_ones(user: User) -> QuerySet[Problem]:
    """A person's own reports that nobody has answered yet."""
    return Problem.objects.filter(_STATES[ProblemState.OPEN], reporter=user)


def attach(items: Iterable[Item], user: User) -> None:
    """Give each item `own_problems`: what this person reported of it, in one query."""
    prefetch_related_objects(
        list(items), Prefetch("problems", reported_by(user).order_by("reported_at"), to_attr="own_problems")
    )


def releases_to_name(question: Question) -> QuerySet[Release]:
    """Releases that an answer can name, the newest first."""
    return question.releases.defer("files").order_by("-number")
