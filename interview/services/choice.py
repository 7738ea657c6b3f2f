"""Scoring answers to choice questions: no sandbox is needed, so the grading is done when it is made."""

from django.db.models.functions import Now

from grader import Question
from grader.choice import score as score_parts
from interview.models import Grading, Submission
from interview.models.grading import GradingState


def score(submission: Submission) -> Submission:
    """Give the submission a finished grading: one test for each part, by the formulas of `grader.choice`."""
    release = submission.item.release
    parts = Question.from_files(release.file_contents).choice or ()
    result = score_parts(parts, submission.answer["choices"])
    submission.current_grading = Grading.objects.create(
        release=release,
        submission=submission,
        asked_by=submission.item.interview.candidate,
        files={},
        visible_only=False,
        seed=result.seed,
        state=GradingState.DONE,
        verdict=result.verdict.value,
        result=result.to_dict(),
        started_at=Now(),
        judged_at=Now(),
        recorded_at=Now(),
    )
    submission.save(update_fields=["current_grading"])
    submission.current_grading.refresh_from_db()  # the database has stamped it
    return submission
