from interview.models import Event, Interview, Item, User
from interview.models.event import EventKind


def note(
    interview: Interview, kind: EventKind, *, actor: User | None = None, item: Item | None = None
) -> None:
    """Append to the story of `interview`, in the transaction of what happened; stamped by the database."""
    Event.objects.create(interview=interview, kind=kind, actor=actor, item=item)
