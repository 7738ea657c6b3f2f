"""Scoring answers by a key: no sandbox is needed, so the grading is done when it is made."""

from django.db.models.functions import Now

from grader import Question, Result
from grader.choice import score as score_parts
from grader.estimate import score as score_estimate
from interview.models import Grading, Submission
from interview.models.grading import GradingState


def score(submission: Submission) -> Submission:
    """Give the submission a finished grading, by the formulas of `grader.choice` or of `grader.estimate`."""
    release = submission.item.release
    result = _result(submission)
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


def _result(submission: Submission) -> Result:
    """One test for each part of a choice; one for an estimate, against the variant that its interview has drawn."""
    item = submission.item
    if key := item.release.estimate_key:
        return score_estimate(key, item.interview.seed, submission.answer["estimate"])
    parts = Question.from_files(item.release.file_contents).choice or ()
    return score_parts(parts, submission.answer["choices"])
