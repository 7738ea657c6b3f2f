"""Trials: an example submission judged against a question's files as they are being edited."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from grader import Question as Folder
from grader import QuestionError, Verdict
from grader.check import PROMISES
from interview.exceptions import InvalidRelease, NotAllowed
from interview.models import Grading, Question, User, WorkingCopy
from interview.models.grading import GradingState
from interview.selectors.trial import trials_of
from interview.services.bell import ring

SEEDS = 2**31


@dataclass(frozen=True)
class Trial:
    """An example submission of a working copy: what its directory promises, and what its last trial said."""

    path: str
    promised: Verdict | None
    grading: Grading | None
    revision: int

    @property
    def is_current(self) -> bool:
        """Whether the files are still those that were tried."""
        return self.grading is not None and self.grading.trial_revision == self.revision

    @property
    def is_kept(self) -> bool:
        """Whether the verdict is the one that the directory promises."""
        return self.grading is not None and self.grading.verdict == self.promised


def trials(copy: WorkingCopy) -> list[Trial]:
    """Every example submission, whether or not the other files make a question now."""
    newest = trials_of(copy.question)
    return [
        Trial(path, PROMISES.get(path.split("/")[1]), newest.get(path), copy.revision)
        for path in sorted(copy.files)
        if is_example(path)
    ]


def is_example(path: str) -> bool:
    parts = path.split("/")
    return len(parts) == 3 and parts[0] == "submissions" and path.endswith(".py")


def try_example(question: Question, user: User, path: str) -> Grading:
    """Judge the example submission at `path` against the files as they are now; an earlier trial of it gives way.

    Raises NotAllowed, or InvalidRelease when the files make no question or have no such example.
    """
    if not user.writes:
        raise NotAllowed("Only authors and curators may run example submissions.")
    copy = WorkingCopy.objects.get(question=question)
    files = copy.file_contents
    folder = _folder(files)
    if not is_example(path) or path not in files:
        raise InvalidRelease(f"Not run: {path} is not an example submission of this question.")
    return _ask(copy, user, path, folder)


def _folder(files: Mapping[str, bytes]) -> Folder:
    try:
        folder = Folder.from_files(files)
    except QuestionError as error:
        raise InvalidRelease(f"Not run: {error}") from error
    if not folder.is_graded:
        raise InvalidRelease("Not run: no tests judge a question of this kind.")
    return folder


@transaction.atomic
def _ask(copy: WorkingCopy, user: User, path: str, folder: Folder) -> Grading:
    # The row of the question keeps two presses apart: each path has one trial.
    question = Question.objects.select_for_update().get(pk=copy.question_id)
    Grading.objects.filter(trial_of=question, trial_path=path).delete()
    source = next(example.source for example in folder.submissions if example.path == path)
    grading = Grading.objects.create(
        trial_of=question,
        trial_path=path,
        trial_revision=copy.revision,
        trial_files=copy.files,
        asked_by=user,
        files=folder.answered(source),
        visible_only=False,
        seed=secrets.randbelow(SEEDS),
        state=GradingState.QUEUED,
        device=folder.device,
    )
    ring(grading)
    return grading
