from django.db.models import Q, QuerySet

from interview.models import Release, User


def visible_to(user: User) -> QuerySet[Release]:
    """Releases that were served to this person, or that their role may read."""
    if user.reviews or user.tries:
        return Release.objects.all()
    return Release.objects.filter(Q(items__interview__candidate=user)).distinct()


def figure(release: Release, name: str) -> bytes | None:
    """A picture of the statement; no other file of the folder can be asked for by this name."""
    return release.file_contents.get(f"figures/{name}") if name.endswith(".svg") else None
