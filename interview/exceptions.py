"""What can go wrong with a wish that was understood.

    InterviewError
    ├── NotAllowed            the person may not do this
    ├── InvalidAnswer         the answer does not have the form that its question asks for
    ├── InterviewClosed       the interview takes no more work, or none while it is paused
    ├── AnswerLocked          the model answer was shown, so this answer takes no more changes
    ├── QuestionPassed        a question of a one-way section was left, or its time is over: no more changes
    ├── QuestionAhead         a one-way section does not show this question yet
    ├── InterviewInProgress   another strict interview of this candidate is still running
    ├── StaleRevision         somebody saved a newer version
    ├── StillGrading          an earlier submission of this question is still being judged
    ├── TooManyRuns           one person has too many runs in flight, or had too many in a minute; says when again
    ├── SelfAssessmentClosed  the candidate cannot mark the interview themselves: not yet, not now, or not any more
    ├── StaleMarks            a self-assessment was saved elsewhere after it was read; has the revision stored now
    ├── PracticeBarred        an interview that counts is running, and practice would show model answers
    ├── NotReviewable         the interview cannot be reviewed now, or not by this person
    ├── IncompleteReview      a review lacks something that a release needs
    ├── InvalidRelease        files that do not make a question, or cannot be published
    ├── InvalidFiles          files that a question folder cannot hold; has each with its reason
    ├── InvalidArchive        an archive or folder that cannot be imported; has the reasons
    ├── Stale                 somebody changed a working copy after it was read; has what was changed
    ├── InvalidTemplate       a template cannot be composed or offered like that; may have the reasons
    ├── NotOffered            a template is not on offer, or not in this way, or not again for this person
    ├── TemplateShort         there are not enough questions to fill a template; has the reasons
    ├── InvalidAppointment    a window or template for which no appointment can be made; has the field
    ├── RubricRefused         an answer, or all of them, cannot be marked by a newer rubric now
    ├── InvalidProblem        a report of a problem, or its answer, that cannot be taken as it is
    ├── InvalidTime           extra time that changes nothing, or cannot be granted now
    ├── KnownAddress          the mail address has an account already
    ├── InvalidRoster         a list of people that cannot be read at all
    └── TooManyAttempts       somebody tried too often; has the time to wait

Each message is a sentence for the person who asked: what happened, why, and what to do.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID


class InterviewError(Exception):
    """A wish that cannot be granted; `str()` of it is shown to the person."""

    code = "refused"


class NotAllowed(InterviewError):
    code = "not_allowed"


class InvalidAnswer(InterviewError):
    code = "invalid_answer"


class InterviewClosed(InterviewError):
    code = "interview_closed"


class AnswerLocked(InterviewError):
    code = "answer_locked"


class QuestionPassed(InterviewError):
    code = "question_passed"

    def __init__(self, position: int) -> None:
        super().__init__(
            f"You went on from question {position}, or the time of its section was over: "
            "its answer stays as it was saved."
        )


class QuestionAhead(InterviewError):
    code = "question_ahead"

    def __init__(self, position: int) -> None:
        super().__init__(
            f"Question {position} is not open yet: this interview goes one way. "
            "Go on from the question that you are at, and you will come to it."
        )


class InterviewInProgress(InterviewError):
    code = "interview_in_progress"

    def __init__(self, interview_id: UUID, title: str) -> None:
        self.interview_id = interview_id
        super().__init__(
            f"You are in the middle of “{title}”. "
            "Its clock is running; hand it in before you start another interview."
        )


class StaleRevision(InterviewError):
    code = "stale_revision"

    def __init__(self, revision: int, answer: dict[str, Any]) -> None:
        self.revision = revision
        self.answer = answer
        super().__init__(
            "A newer version of this answer was saved from another tab or device. "
            "Nothing was overwritten; reload to go on from that version."
        )


class StillGrading(InterviewError):
    code = "still_grading"


class TooManyRuns(InterviewError):
    """`seconds` after which it is worth trying again."""

    code = "too_many_runs"

    def __init__(self, message: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)


class PracticeBarred(InterviewError):
    code = "practice_barred"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Practice shows model answers, and your interview “{title}” is still running. "
            "Hand it in first; everything you practised is kept."
        )


class SelfAssessmentClosed(InterviewError):
    code = "self_assessment_closed"


class StaleMarks(InterviewError):
    code = "stale_marks"

    def __init__(self, revision: int) -> None:
        self.revision = revision
        super().__init__(
            "Your marks were saved from another tab or device after this page was opened, and nothing was overwritten. "
            "Those of this page are below: save them again to put them in place of the others."
        )


class NotReviewable(InterviewError):
    code = "not_reviewable"


class IncompleteReview(InterviewError):
    code = "incomplete_review"


class InvalidRelease(InterviewError):
    code = "invalid_release"


class InvalidFiles(InterviewError):
    """`reasons` is one sentence for each file that was refused."""

    code = "invalid_files"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("Nothing was stored. " + " ".join(self.reasons))


class InvalidArchive(InterviewError):
    """`reasons` is one sentence for each thing that was refused."""

    code = "invalid_archive"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("Nothing was imported. " + " ".join(self.reasons))


class Stale(InterviewError):
    """`revision` is the one that is stored now, `paths` what was changed since the one that was seen."""

    code = "stale"

    def __init__(self, revision: int, seen: int, paths: Sequence[str], by: str) -> None:
        self.revision = revision
        self.paths = tuple(paths)
        changed = f" Changed since: {', '.join(self.paths)}." if self.paths else ""
        super().__init__(
            f"{by} saved revision {revision} while you worked on revision {seen}, so nothing was overwritten."
            f"{changed} Your text is kept; look at theirs, bring both together and save again."
        )


class InvalidTemplate(InterviewError):
    """`reasons` is one sentence for each fault."""

    code = "invalid_template"

    def __init__(self, message: str, reasons: Sequence[str] = ()) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join([message, *self.reasons]))


class NotOffered(InterviewError):
    code = "not_offered"


class TemplateShort(InterviewError):
    """`reasons` are for those who compose: which slots, and how many questions each filter left."""

    code = "template_short"

    def __init__(self, message: str, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(message)


class InvalidAppointment(InterviewError):
    """`field` of the form is what is wrong; empty where it is the appointment as a whole."""

    code = "invalid_appointment"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class InvalidMark(InterviewError):
    code = "invalid_mark"


class RubricRefused(InterviewError):
    code = "rubric_refused"


class InvalidProblem(InterviewError):
    code = "invalid_problem"


class InvalidTime(InterviewError):
    code = "invalid_time"


class KnownAddress(InterviewError):
    code = "known_address"


class InvalidRoster(InterviewError):
    code = "invalid_roster"


class TooManyAttempts(InterviewError):
    code = "too_many_attempts"

    def __init__(self, message: str, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(message)
