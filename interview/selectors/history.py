"""Who did what with a question, and what its files were before and after."""

from django.db.models import QuerySet

from interview.models import Change, Question, WorkingCopy
from interview.models.release import Files, decode_files


def of(question: Question) -> QuerySet[Change]:
    """Newest first, without the contents of files."""
    return question.changes.select_related("actor", "release").defer("before", "release__files")


def around(change: Change) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What the files that `change` changed held before it, and after it."""
    return _decoded(change.before), _decoded(_after(change))


def _after(change: Change) -> Files:
    """A file holds what the next change of it found, or else what the working copy has now."""
    missing = set(change.paths)
    found: Files = {}
    later = Change.objects.filter(
        question=change.question_id, pk__gt=change.pk, paths__overlap=change.paths
    ).order_by("pk")
    for before in later.values_list("before", flat=True).iterator():
        found |= {path: before[path] for path in missing & before.keys()}
        missing -= before.keys()
        if not missing:
            return found
    now = WorkingCopy.objects.get(question=change.question_id).files
    return found | {path: now[path] for path in missing if path in now}


def _decoded(files: Files) -> dict[str, bytes]:
    return decode_files({path: entry for path, entry in files.items() if entry is not None})
