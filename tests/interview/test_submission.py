"""Run and Submit: one in flight for each question, the draft saved with it, a grading asked for after commit."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from grader import Verdict
from interview.exceptions import InterviewClosed, InvalidAnswer, StillGrading
from interview.models import Draft, Grading, Interview, Item, Submission, User
from interview.models.event import EventKind
from interview.models.grading import GradingState
from interview.models.snapshot import SnapshotReason
from interview.models.submission import SubmissionKind
from interview.selectors import item as items
from interview.selectors.submission import queue_position
from interview.services import grading as gradings
from interview.services.draft import save_draft
from interview.services.interview import hand_in
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, judged, result_for

RUN, SUBMIT = SubmissionKind.RUN, SubmissionKind.SUBMIT


def test_a_run_asks_for_the_visible_tests_and_a_submit_for_all(code_item: Item) -> None:
    first = submit(code_item, RUN, code_answer(code_item))
    judged(first.current_grading)
    second = submit(code_item, SUBMIT, code_answer(code_item))
    assert [first.current_grading.visible_only, second.current_grading.visible_only] == [True, False]


def test_a_grading_carries_the_files_the_release_and_a_seed(code_item: Item) -> None:
    grading = submit(code_item, SUBMIT, code_answer(code_item)).current_grading
    assert grading.files == code_answer(code_item)["files"]
    assert grading.release == code_item.release
    assert 0 <= grading.seed < 2**32
    assert grading.state == GradingState.QUEUED


def test_a_worker_is_told_only_after_the_row_is_there(
    code_item: Item, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        submit(code_item, SUBMIT, code_answer(code_item))
    assert len(callbacks) == 1


def test_submitting_saves_the_draft_and_a_point_of_the_timeline(code_item: Item) -> None:
    submit(code_item, RUN, code_answer(code_item))
    assert Draft.objects.get(item=code_item).answer == code_answer(code_item)
    assert [snapshot.reason for snapshot in code_item.snapshots.all()] == [SnapshotReason.RUN]
    assert [event.kind for event in code_item.events.all()] == [EventKind.RAN_CODE]


def test_a_second_press_while_one_is_judged_is_refused(code_item: Item) -> None:
    submit(code_item, RUN, code_answer(code_item))
    with pytest.raises(StillGrading):
        submit(code_item, SUBMIT, code_answer(code_item))
    assert Submission.objects.count() == 1


def test_text_is_not_submitted(text_item: Item) -> None:
    with pytest.raises(InvalidAnswer, match="saves itself"):
        submit(text_item, SUBMIT, {"text": "An answer."})


def test_nothing_is_taken_after_the_deadline_not_even_in_the_grace(
    running: Interview, code_item: Item
) -> None:
    with pytest.raises(InterviewClosed):
        submit(code_item, SUBMIT, code_answer(code_item), running.deadline_at)


def test_the_last_submit_counts_not_the_best(code_item: Item) -> None:
    best = submit(code_item, SUBMIT, code_answer(code_item, "best = 1\n"))
    judged(best.current_grading)
    last = submit(code_item, SUBMIT, code_answer(code_item, "last = 1\n"))
    judged(last.current_grading, Verdict.WRONG_ANSWER)
    assert items.counting_submission(code_item) == last


def test_a_run_never_counts(running: Interview, candidate: User, code_item: Item) -> None:
    run = submit(code_item, RUN, code_answer(code_item))
    judged(run.current_grading)
    assert items.counting_submission(code_item) is None
    hand_in(running, candidate)
    assert items.counting_submission(code_item).kind == SubmissionKind.FINAL


def test_work_after_the_last_submit_stays_visible_as_unsubmitted(code_item: Item) -> None:
    submit(code_item, SUBMIT, code_answer(code_item))
    save_draft(code_item, code_answer(code_item, "newer = 1\n"), 1)
    assert items.unsubmitted_work(Item.objects.get(pk=code_item.pk)) == code_answer(code_item, "newer = 1\n")


def test_a_submission_never_changes(code_item: Item) -> None:
    submission = submit(code_item, SUBMIT, code_answer(code_item))
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot"), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(answer={})


def test_the_queue_counts_those_ahead(code_item: Item, bank: None, admin: User) -> None:
    first = submit(code_item, RUN, code_answer(code_item)).current_grading
    second = Grading.objects.create(
        release=first.release, asked_by=admin, files={}, visible_only=True, seed=1
    )
    assert [queue_position(grading) for grading in (first, second)] == [1, 2]
    judged(first)
    assert [queue_position(Grading.objects.get(pk=grading.pk)) for grading in (first, second)] == [None, 1]


def test_what_waits_for_another_device_is_not_ahead_in_line(code_item: Item) -> None:
    waiting = submit(code_item, RUN, code_answer(code_item)).current_grading
    Grading.objects.filter(pk=waiting.pk).update(device="gpu")
    other = Grading.objects.create(
        release=waiting.release, asked_by=waiting.asked_by, files={}, visible_only=True, seed=1
    )
    assert [queue_position(Grading.objects.get(pk=one.pk)) for one in (waiting, other)] == [1, 1]


def test_a_run_that_takes_too_long_can_be_stopped_and_run_again(code_item: Item) -> None:
    run = submit(code_item, SubmissionKind.RUN, code_answer(code_item))
    claimed = gradings.claim(run.current_grading.pk)
    assert stop(code_item) is True
    assert Grading.objects.get(pk=claimed.pk).state == GradingState.CANCELLED
    assert gradings.record(claimed, result_for(claimed)) is False
    again = submit(code_item, SubmissionKind.RUN, code_answer(code_item))
    assert again.current_grading.state == GradingState.QUEUED


def test_a_submit_that_is_stopped_is_kept_and_does_not_count(code_item: Item, candidate: User) -> None:
    first = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item, "first = 1"))
    judged(first.current_grading)
    second = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item, "second = 2"))
    assert stop(code_item) is True
    second.refresh_from_db()
    assert (second.counts, second.current_grading.state) == (False, GradingState.CANCELLED)
    assert items.counting_submission(items.with_answer(code_item)) == first
    assert items.draft_of(items.with_answer(code_item)).answer == second.answer
    assert code_item.events.filter(kind=EventKind.WITHDREW_CODE).count() == 1


def test_where_the_only_submit_was_stopped_the_draft_counts_at_the_end(
    code_item: Item, running: Interview, candidate: User
) -> None:
    submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item, "only = 1"))
    stop(code_item)
    assert items.state(items.with_answer(code_item)) == items.ItemState.DRAFT
    hand_in(running, candidate)
    final = items.counting_submission(items.with_answer(code_item))
    assert (final.kind, final.answer) == (SubmissionKind.FINAL, code_answer(code_item, "only = 1"))


def test_after_closing_nothing_is_stopped_since_what_counts_is_fixed(
    code_item: Item, running: Interview, candidate: User
) -> None:
    submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item))
    hand_in(running, candidate)
    assert stop(code_item) is False
    assert (Submission.objects.get().counts, Grading.objects.get().state) == (True, GradingState.QUEUED)


def test_a_run_is_never_withdrawn(code_item: Item) -> None:
    submit(code_item, SubmissionKind.RUN, code_answer(code_item))
    with pytest.raises(IntegrityError, match="submission_withdrawn_is_no_run"):
        Submission.objects.update(withdrawn_at=timezone.now())
