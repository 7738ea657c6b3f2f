"""Publishing: a question's folder becomes an immutable release."""

from collections.abc import Mapping
from dataclasses import asdict

from django.db import transaction

from grader import Question as Folder
from grader import QuestionError
from interview.exceptions import InvalidRelease, NotAllowed
from interview.models import Question, Release, User
from interview.models.question import QuestionState
from interview.models.release import encode_files
from interview.models.working_copy import ChangeKind
from interview.selectors import question as questions
from interview.services import working_copy
from interview.services.change import record


def parsed(files: Mapping[str, bytes]) -> Folder:
    """The folder as the grader reads it. Raises InvalidRelease with file, line and what to mend."""
    try:
        return Folder.from_files(files)
    except QuestionError as error:
        raise InvalidRelease(f"Not published: {error}") from error


@transaction.atomic
def publish_release(question: Question, folder: Folder, author: User | None, note: str = "") -> Release:
    """Make the next release of `question`. Interviews that run or are finished keep the one they pinned."""
    locked = Question.objects.select_for_update().get(pk=question.pk)
    newest = questions.latest_releases([locked.pk]).get(locked.pk)
    release = Release.objects.create(
        question=locked,
        number=newest.number + 1 if newest else 1,
        content_hash=folder.content_hash,
        author=author,
        note=note,
        files=encode_files(folder.files),
        **_read_out(folder),
    )
    locked.state = QuestionState.PUBLISHED
    locked.save(update_fields=["state"])
    copy = working_copy.lock(locked)
    copy.based_on = release
    copy.save(update_fields=["based_on"])
    working_copy.write(copy, folder.files, author, ChangeKind.EDITED)
    record(locked, ChangeKind.PUBLISHED, author, None, copy.revision, note, release)
    return release


def _read_out(folder: Folder) -> dict[str, object]:
    """What pages show of a folder, so that they need not parse it."""
    return {
        "title": folder.title,
        "kind": folder.kind,
        "level": folder.level,
        "minutes": folder.minutes,
        "covers": list(folder.covers),
        "statement": folder.statement,
        "solution": folder.solution or "",
        "starter": dict(folder.starter),
        "limits": asdict(folder.limits),
        "rubric": asdict(folder.rubric) if folder.rubric else None,
        "choice": [asdict(part) for part in folder.choice] if folder.choice else None,
        "automatic_points": folder.max_points,
        "rubric_points": folder.rubric.max_points if folder.rubric else 0,
    }


def publish_statement(question: Question, statement: str, author: User, seen: int, note: str = "") -> Release:
    """Publish a release that differs from release number `seen` in its statement alone.

    Raises NotAllowed, or InvalidRelease when another release came first, nothing changed, or the text is empty.
    """
    if not author.curates:
        raise NotAllowed("Only an admin may publish questions.")
    with transaction.atomic():
        locked = Question.objects.select_for_update().get(pk=question.pk)
        newest = questions.latest_releases([locked.pk])[locked.pk]
        if newest.number != seen:
            raise InvalidRelease(
                f"Not published: release {newest.number} appeared while you edited release {seen}. "
                "Your text is kept below; compare it with the new release and publish again."
            )
        text = statement.replace("\r\n", "\n").strip() + "\n"
        if not text.strip():
            raise InvalidRelease("Not published: the statement is empty. Write what the candidate is asked.")
        if text.strip() == newest.statement.strip():
            raise InvalidRelease(f"Nothing to publish: the statement is that of release {newest.number}.")
        files = newest.file_contents | {"statement.md": text.encode()}
        return publish_release(locked, parsed(files), author, note)
