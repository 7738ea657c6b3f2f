from collections.abc import Mapping
from typing import Any

from interview.models import Change, Question, Release, User
from interview.models.release import encode_files
from interview.models.working_copy import ChangeKind


def record(
    question: Question,
    kind: ChangeKind,
    actor: User | None,
    before: Mapping[str, bytes | None] | None = None,
    revision: int | None = None,
    note: str = "",
    release: Release | None = None,
) -> Change:
    """Add to a question's history; `before` has what the files held that were changed, None where there was none."""
    held = dict(before or {})
    there = encode_files({path: content for path, content in held.items() if content is not None})
    entries: dict[str, Any] = {path: there.get(path) for path in sorted(held)}
    return Change.objects.create(
        question=question,
        actor=actor,
        kind=kind,
        paths=list(entries),
        before=entries,
        revision=revision,
        note=note,
        release=release,
    )
