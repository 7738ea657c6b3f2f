from collections.abc import Iterable

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from interview.models import Question, Release, User


def latest_releases(question_ids: Iterable[int]) -> dict[int, Release]:
    """The newest release of each question, by the question's id; its files are fetched only when asked for."""
    releases = (
        Release.objects.filter(question__in=question_ids).defer("files").order_by("question_id", "-number")
    )
    return {release.question_id: release for release in releases.distinct("question_id")}


def visible_to(user: User) -> QuerySet[Question]:
    """The bank is for those who curate it; everybody else meets questions in an interview."""
    return Question.objects.all() if user.tries else Question.objects.none()


def bank(user: User) -> QuerySet[Question]:
    """Questions with the title, level and number of their newest release, and how often they were served."""
    newest = Release.objects.filter(question=OuterRef("pk")).order_by("-number")
    return (
        visible_to(user)
        .select_related("area")
        .annotate(
            release_number=Subquery(newest.values("number")[:1]),
            released_at=Subquery(newest.values("created_at")[:1]),
            served=Count("releases__items", filter=Q(releases__items__isnull=False)),
        )
    )
