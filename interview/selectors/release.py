from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from interview.models import Release, User


def visible_to(user: User) -> QuerySet[Release]:
    """Releases that were served to this person, or that their role may read."""
    if user.reviews or user.tries:
        return Release.objects.all()
    return Release.objects.filter(Q(items__interview__candidate=user)).distinct()


def figure(release: Release, name: str) -> bytes | None:
    """A picture of the statement; no other file of the folder can be asked for by this name."""
    return release.file_contents.get(f"figures/{name}") if name.endswith(".svg") else None


def figures(named: Mapping[int, Iterable[str]]) -> dict[int, dict[str, str]]:
    """The pictures of several releases by these names, as text, without the rest of their folders; one query."""
    names = sorted({name for wanted in named.values() for name in wanted if name.endswith(".svg")})
    if not names:
        return {}
    columns = {f"figure_{at}": _text_of(f"figures/{name}") for at, name in enumerate(names)}
    found = Release.objects.filter(pk__in=named).annotate(**columns).values_list("pk", *columns)
    return {pk: {name: svg for name, svg in zip(names, drawn, strict=True) if svg} for pk, *drawn in found}


def _text_of(path: str) -> KeyTextTransform:
    return KeyTextTransform("text", KeyTransform(path, "files"))
