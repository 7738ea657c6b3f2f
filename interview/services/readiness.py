"""The readiness checklist as a file: `bank/readiness.yaml`, every fault of it with its line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from grader import QuestionError
from grader.errors import Problem
from grader.schemas import schema
from grader.yamlfile import line_of, read_yaml, suggestion
from interview.exceptions import InvalidRelease
from interview.models import ReadinessItem, Topic

Place = tuple[str | int, ...]


def load_readiness(path: Path) -> None:
    """Make the checklist what the file says. Nothing hangs on its items, so what the file leaves out goes.

    A bank without the file leaves the checklist as it is. Raises InvalidRelease with every fault, its line and what was
    probably meant.
    """
    if path.is_file():
        _store(_read(path)["items"])


def _read(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    try:
        document = read_yaml(str(path), content, schema("readiness"))
        if faults := list(_faults(document)):
            raise QuestionError(
                [Problem(str(path), line_of(content, place), *words) for place, *words in faults]
            )
    except QuestionError as error:
        raise InvalidRelease(str(error)) from error
    return document


def _faults(document: dict[str, Any]) -> Iterator[tuple[Place, str, str]]:
    """What no schema can know: the place of it, the complaint, and what to do."""
    known = list(Topic.objects.values_list("code", flat=True))
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(document["items"]):
        for name in ("slug", "title"):
            if (name, item[name]) in seen:
                yield ("items", index, name), f"another item has this {name}", "give it one of its own"
            seen.add((name, item[name]))
        for number, code in enumerate(item["topics"]):
            if code not in known:
                hint = suggestion(code, known) or "the topics are listed in areas.yaml"
                yield ("items", index, "topics", number), f"there is no topic '{code}'", hint


@transaction.atomic
def _store(items: list[dict[str, Any]]) -> None:
    ReadinessItem.objects.exclude(slug__in=[item["slug"] for item in items]).delete()
    ReadinessItem.objects.bulk_create(
        (ReadinessItem(position=position, **item) for position, item in enumerate(items)),
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["title", "position", "topics"],
    )
