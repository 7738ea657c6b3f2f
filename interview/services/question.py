"""Releases: what a working copy becomes when it is published, and what takes a question out of service again."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from django.db import transaction

from grader import Question as Folder
from grader import QuestionError
from interview.exceptions import InvalidRelease, NotAllowed
from interview.models import Question, Release, User, WorkingCopy
from interview.models.question import QuestionState
from interview.models.release import encode_files
from interview.models.working_copy import ChangeKind
from interview.selectors import question as questions
from interview.selectors.check import is_proven
from interview.services import working_copy
from interview.services.change import record

TAG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TAG_LIMIT = 40  # characters, as the column
TAGS_LIMIT = 20  # of one question


def parsed(files: Mapping[str, bytes]) -> Folder:
    """The folder as the grader reads it. Raises InvalidRelease with file, line and what to mend."""
    try:
        return Folder.from_files(files)
    except QuestionError as error:
        raise InvalidRelease(f"Not published: {error}") from error


@transaction.atomic
def publish(question: Question, user: User, seen: int, note: str = "") -> Release:
    """Make revision `seen` of the working copy the next release, served from now on.

    Raises NotAllowed, Stale, and InvalidRelease for files that do not make a question, belong to another one, are
    those of the newest release, or were never proven.
    """
    refuse_others(user)
    copy = working_copy.lock(question)
    working_copy.refuse_stale(copy, seen)
    folder = parsed(copy.file_contents)
    _refuse_another_uuid(copy.question, folder)
    _refuse_known(copy.question, folder)
    _refuse_unproven(folder)
    return publish_release(copy.question, folder, user, note)


def _refuse_another_uuid(question: Question, folder: Folder) -> None:
    if folder.uuid != str(question.uuid):
        raise InvalidRelease(
            f"Not published: question.yaml names uuid {folder.uuid}, and this question is {question.uuid}. "
            "A question keeps its uuid; put that line back."
        )


def _refuse_known(question: Question, folder: Folder) -> None:
    newest = questions.latest_releases([question.pk]).get(question.pk)
    if newest and newest.content_hash == folder.content_hash:
        raise InvalidRelease(f"Nothing to publish: these are the files of release {newest.number}.")


def _refuse_unproven(folder: Folder) -> None:
    if not is_proven(folder.content_hash):
        raise InvalidRelease(
            "Not published: no check has found exactly these files in order. "
            "Press Check, mend what it finds, and publish then."
        )


@transaction.atomic
def publish_release(question: Question, folder: Folder, author: User | None, note: str = "") -> Release:
    """Make the next release of `question`. Interviews that run or are finished keep the one they pinned.

    Postgres refuses a release whose files were never proven.
    """
    copy = working_copy.lock(question)
    newest = questions.latest_releases([question.pk]).get(question.pk)
    release = Release.objects.create(
        question=copy.question,
        number=newest.number + 1 if newest else 1,
        content_hash=folder.content_hash,
        author=author,
        note=note,
        files=encode_files(folder.files),
        **facts_of(folder),
    )
    _settle(working_copy.write(copy, folder.files, author, ChangeKind.EDITED), release)
    record(copy.question, ChangeKind.PUBLISHED, author, None, copy.revision, note, release)
    return release


def _settle(copy: WorkingCopy, release: Release) -> None:
    """The working copy and its question, after its files became `release`."""
    copy.based_on = release
    copy.save(update_fields=["based_on"])
    question = copy.question
    question.state = QuestionState.PUBLISHED
    question.kind, question.area_id = release.kind, parsed(release.file_contents).area
    question.save(update_fields=["state", "kind", "area"])


def facts_of(folder: Folder) -> dict[str, object]:
    """What pages show of a folder, so that they need not parse it."""
    return {
        "title": folder.title,
        "kind": folder.kind,
        "level": folder.level,
        "minutes": folder.minutes,
        "covers": list(folder.covers),
        "statement": folder.statement,
        "solution": folder.solution or "",
        "device": folder.device,
        "starter": dict(folder.starter),
        "limits": asdict(folder.limits),
        "forbid": {"names": list(folder.forbid), "because": folder.forbid_because} if folder.forbid else {},
        "rubric": asdict(folder.rubric) if folder.rubric else None,
        "choice": [asdict(part) for part in folder.choice] if folder.choice else None,
        "estimate": folder.estimate.to_dict() if folder.estimate else None,
        "automatic_points": folder.max_points,
        "rubric_points": folder.rubric.max_points if folder.rubric else 0,
    }


@transaction.atomic
def retire(question: Question, user: User, note: str = "") -> bool:
    """Serve it no more; interviews that pinned it go on. False when it was not published. Raises NotAllowed."""
    refuse_others(user)
    return _turn(question, user, QuestionState.RETIRED, {QuestionState.PUBLISHED}, note)


@transaction.atomic
def reopen(question: Question, user: User, note: str = "") -> bool:
    """Serve a retired question again, as its newest release says it. False when it was not retired."""
    refuse_others(user)
    return _turn(question, user, QuestionState.PUBLISHED, {QuestionState.RETIRED}, note)


def _turn(
    question: Question, user: User, state: QuestionState, only_from: set[QuestionState], note: str
) -> bool:
    locked = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
    if locked.state not in only_from:
        return False
    locked.state = state
    locked.save(update_fields=["state"])
    kind = ChangeKind.RETIRED if state == QuestionState.RETIRED else ChangeKind.REOPENED
    record(locked, kind, user, note=note)
    return True


@transaction.atomic
def retire_all(chosen: Iterable[Question], user: User, note: str = "") -> int:
    """How many of them were published and are retired now. Raises NotAllowed."""
    return sum(retire(question, user, note) for question in _in_order(chosen))


@transaction.atomic
def tag(chosen: Iterable[Question], user: User, add: Iterable[str] = (), remove: Iterable[str] = ()) -> int:
    """Give tags to questions and take others away; how many were changed. Raises NotAllowed, InvalidRelease."""
    refuse_others(user)
    given, taken = ([_tag(name) for name in names if name.strip()] for names in (add, remove))
    return sum(_retag(question, user, given, taken) for question in _in_order(chosen))


def _retag(question: Question, user: User, add: list[str], remove: list[str]) -> bool:
    locked = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
    tags = sorted({*locked.tags, *add} - set(remove))
    if tags == locked.tags:
        return False
    if len(tags) > TAGS_LIMIT:
        raise InvalidRelease(f"Nothing was tagged: {locked.title} would have more than {TAGS_LIMIT} tags.")
    gone, new = sorted(set(locked.tags) - set(tags)), sorted(set(tags) - set(locked.tags))
    locked.tags = tags
    locked.save(update_fields=["tags"])
    told = [f"+{name}" for name in new] + [f"−{name}" for name in gone]
    record(locked, ChangeKind.TAGGED, user, note=" ".join(told)[:200])
    return True


def _tag(name: str) -> str:
    """A tag in the one form that all tags have."""
    plain = "-".join(name.casefold().split())
    if len(plain) > TAG_LIMIT or not TAG.fullmatch(plain):
        raise InvalidRelease(
            f"Nothing was tagged: “{name.strip()[:TAG_LIMIT]}” is no tag. Write up to {TAG_LIMIT} small letters, "
            "digits and hyphens."
        )
    return plain


def _in_order(chosen: Iterable[Question]) -> list[Question]:
    """By id: two people who change many at once wait for each other instead of locking each other out."""
    return sorted(chosen, key=lambda question: question.pk)


def refuse_others(user: User) -> None:
    if not user.curates:
        raise NotAllowed("Only curators and admins may publish, retire, tag and import questions.")
