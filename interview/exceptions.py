"""What can go wrong with a wish that was understood.

    InterviewError
    ├── NotAllowed            the person may not do this
    ├── InvalidAnswer         the answer does not have the form that its question asks for
    ├── InterviewClosed       the interview takes no more work, or none while it is paused
    ├── AnswerLocked          the model answer was shown, so this answer takes no more changes
    ├── InterviewInProgress   another strict interview of this candidate is still running
    ├── StaleRevision         somebody saved a newer version
    ├── StillGrading          an earlier submission of this question is still being judged
    ├── PracticeBarred        an interview that counts is running, and practice would show model answers
    ├── NotReviewable         the interview cannot be reviewed now, or not by this person
    ├── IncompleteReview      a review lacks something that a release needs
    ├── InvalidRelease        files that do not make a question
    ├── KnownAddress          the mail address has an account already
    ├── InvalidRoster         a list of people that cannot be read at all
    └── TooManyAttempts       somebody tried too often; has the time to wait

Each message is a sentence for the person who asked: what happened, why, and what to do.
"""

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


class PracticeBarred(InterviewError):
    code = "practice_barred"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Practice shows model answers, and your interview “{title}” is still running. "
            "Hand it in first; everything you practised is kept."
        )


class NotReviewable(InterviewError):
    code = "not_reviewable"


class IncompleteReview(InterviewError):
    code = "incomplete_review"


class InvalidRelease(InterviewError):
    code = "invalid_release"


class KnownAddress(InterviewError):
    code = "known_address"


class InvalidRoster(InterviewError):
    code = "invalid_roster"


class TooManyAttempts(InterviewError):
    code = "too_many_attempts"

    def __init__(self, message: str, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(message)
