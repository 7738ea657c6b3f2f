"""The timeline of an answer: what it was before, and why that moment was kept."""

from django.db.models import QuerySet

from interview.models import Item, Snapshot, User
from interview.models.snapshot import SnapshotReason


def of(item: Item) -> QuerySet[Snapshot]:
    """The points of an item, newest first, ready to tell their answers."""
    return item.snapshots.select_related("base").order_by("-taken_at", "-id")


def marked(item: Item) -> QuerySet[Snapshot]:
    """Those that were kept for a reason of their own."""
    return of(item).exclude(reason=SnapshotReason.STEP)


def of_candidate(user: User) -> QuerySet[Snapshot]:
    """The one door through which a candidate's requests reach a point of a timeline."""
    return Snapshot.objects.filter(item__interview__candidate=user).select_related(
        "base", "item__interview", "item__release"
    )


def last(item: Item) -> Snapshot | None:
    return of(item).first()


def last_whole(item: Item) -> Snapshot | None:
    return of(item).filter(base=None).first()
