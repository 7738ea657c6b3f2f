from collections.abc import Iterable

from django.db.models import QuerySet

from interview.models import Check, Proof, Question, User


def visible_to(user: User) -> QuerySet[Check]:
    """Checks are for those who may see questions before they are published."""
    return Check.objects.select_related("question") if user.tries else Check.objects.none()


def latest(question: Question) -> Check | None:
    """The check of this question that was asked for last, its files left where they are."""
    return question.checks.defer("files").order_by("-queued_at").first()


def of_content(question: Question, content_hash: str) -> Check | None:
    """The latest check of exactly these files of the question."""
    found = question.checks.defer("files").filter(content_hash=content_hash)
    return found.order_by("-queued_at").first()


def is_proven(content_hash: str) -> bool:
    """Whether files with this content hash may be published."""
    return Proof.objects.filter(content_hash=content_hash).exists()


def proven(content_hashes: Iterable[str]) -> set[str]:
    """Which of these contents may be published."""
    return set(Proof.objects.filter(content_hash__in=content_hashes).values_list("content_hash", flat=True))
