"""Claims, fences, leases: a grading is judged by one worker and recorded once, whatever dies meanwhile."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from grader import JudgeError, Progress, SandboxUnavailable, Verdict
from grader.sandbox.supply import Supply
from interview.models import Grading, Item
from interview.models.grading import GradingState
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services import lease
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, judged, result_for


@pytest.fixture
def queued(code_item: Item) -> Grading:
    grading = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item)).current_grading
    assert grading
    return grading


def reread(grading: Grading) -> Grading:
    return Grading.objects.get(pk=grading.pk)


def test_a_claim_raises_the_fence_and_starts_the_clock(queued: Grading) -> None:
    claimed = gradings.claim(queued.pk)
    assert claimed is not None
    assert (claimed.state, claimed.fence, claimed.attempts) == (GradingState.RUNNING, 1, 1)
    assert claimed.started_at >= claimed.queued_at


def test_a_message_delivered_twice_is_judged_once(queued: Grading) -> None:
    assert gradings.claim(queued.pk) is not None
    assert gradings.claim(queued.pk) is None


def test_a_recorded_result_carries_verdict_points_and_times_in_order(queued: Grading) -> None:
    done = judged(queued)
    assert (done.state, done.verdict, done.points) == (GradingState.DONE, "AC", done.release.automatic_points)
    assert done.queued_at <= done.started_at <= done.judged_at <= done.recorded_at


def test_a_result_with_an_old_fence_is_refused(queued: Grading) -> None:
    lost = gradings.claim(queued.pk)
    lease.put_back(lost, "its worker was taken for dead")
    current = gradings.claim(queued.pk)
    assert gradings.record(lost, result_for(lost, Verdict.WRONG_ANSWER)) is False
    assert gradings.record(current, result_for(current)) is True
    assert reread(queued).verdict == "AC"


def test_a_result_is_recorded_once(queued: Grading) -> None:
    claimed = gradings.claim(queued.pk)
    assert gradings.record(claimed, result_for(claimed)) is True
    assert gradings.record(claimed, result_for(claimed, Verdict.WRONG_ANSWER)) is False
    assert reread(queued).verdict == "AC"


def test_a_host_that_cannot_judge_puts_it_back_with_the_reason_and_no_attempt_lost(queued: Grading) -> None:
    lease.put_back(gradings.claim(queued.pk), "user namespaces missing")
    waiting = reread(queued)
    assert (waiting.state, waiting.attempts) == (GradingState.QUEUED, 0)
    assert waiting.waits_because == "user namespaces missing"


def test_a_judge_error_is_tried_again_and_then_recorded_as_ours(queued: Grading) -> None:
    states = []
    for _ in range(3):
        gradings.fail(gradings.claim(queued.pk), JudgeError("the forkserver died"))
        states.append(reread(queued).state)
    assert states == [GradingState.QUEUED, GradingState.QUEUED, GradingState.DONE]
    assert (reread(queued).verdict, reread(queued).points) == ("JE", 0)


def test_the_sweep_takes_back_a_grading_whose_worker_is_gone(queued: Grading) -> None:
    gradings.claim(queued.pk)
    Grading.objects.filter(pk=queued.pk).update(lease_until=Now() - timedelta(seconds=1))
    gradings.sweep()
    assert reread(queued).state == GradingState.QUEUED


def test_the_sweep_leaves_a_grading_alone_whose_lease_runs(queued: Grading) -> None:
    gradings.claim(queued.pk)
    gradings.sweep()
    assert (reread(queued).state, reread(queued).fence) == (GradingState.RUNNING, 1)


def test_the_sweep_rings_again_for_a_message_that_was_lost(
    queued: Grading, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    Grading.objects.filter(pk=queued.pk).update(rung_at=timezone.now() - timedelta(minutes=2))
    with django_capture_on_commit_callbacks() as rings:
        gradings.sweep()
        gradings.sweep()
    assert len(rings) == 1


def test_what_hidden_tests_say_and_print_stays_hidden_from_the_candidate(queued: Grading) -> None:
    done = judged(queued, Verdict.WRONG_ANSWER)
    assert done.result["stdout"] == "printed by the visible test\nprinted by the hidden test\n"
    assert done.shown["stdout"] == "printed by the visible test\n"


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "AC"},
        {"state": GradingState.DONE},
        {"state": GradingState.RUNNING},
        {"state": "lost"},
        {"started_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_the_database_refuses_a_grading_that_contradicts_itself(
    queued: Grading, change: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Grading.objects.filter(pk=queued.pk).update(**change)


CORRECT = """import torch


def softmax(x, dim):
    shifted = (x - x.amax(dim, keepdim=True)).exp()
    return shifted / shifted.sum(dim, keepdim=True)


def logsumexp(x, dim):
    top = x.amax(dim, keepdim=True)
    return (x - top).exp().sum(dim).log() + top.squeeze(dim)
"""


BROKEN = """def softmax(x, dim):
    raise ValueError("not today")


logsumexp = softmax
"""


@pytest.fixture(scope="module")
def warm() -> Iterator[None]:
    """A forkserver of its own for this module, started as a worker starts it."""
    gradings.warm_grader()
    yield
    gradings.close_grader()


@pytest.mark.parametrize(("source", "verdict"), [(CORRECT, "AC"), (BROKEN, "RE"), ("def", "CE")])
def test_a_worker_judges_in_the_sandbox_and_records_the_verdict(
    warm: None, code_item: Item, source: str, verdict: str
) -> None:
    grading = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item, source)).current_grading
    assert grading
    gradings.grade(grading.pk)
    done = reread(grading)
    assert (done.state, done.verdict, done.attempts) == (GradingState.DONE, verdict, 1)
    assert done.result["seed"] == done.seed


def test_a_host_without_a_sandbox_says_so_and_lets_the_grading_wait(
    queued: Grading, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    missing = SandboxUnavailable(["user namespace"], ["Allow user namespaces."])

    def unavailable(self: Supply) -> None:
        raise missing

    gradings.close_grader()
    monkeypatch.setattr(Supply, "_running", unavailable)
    gradings.warm_grader()
    gradings.grade(queued.pk)
    assert "Coding answers will wait" in caplog.text
    assert (reread(queued).state, reread(queued).waits_because) == (GradingState.QUEUED, str(missing))


ENDLESS = {"files": {"solution.py": "def softmax(x, dim):\n    while True: pass\nlogsumexp = softmax\n"}}


def test_a_stopped_run_is_left_by_its_worker_with_nothing_recorded(
    code_item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "TELL_SECONDS", 0.05)
    grading = submit(code_item, SubmissionKind.RUN, ENDLESS).current_grading
    told = lease.teller

    def stop_when_it_is_seen_running(row: Grading) -> Callable[[Progress], None]:
        tell = told(row)

        def tell_and_stop(step: Progress) -> None:
            tell(step)
            if reread(row).progress:
                stop(code_item)

        return tell_and_stop

    monkeypatch.setattr(gradings, "teller", stop_when_it_is_seen_running)
    gradings.grade(grading.pk)
    left = reread(grading)
    assert (left.state, left.verdict, left.result, left.progress) == (GradingState.CANCELLED, "", None, None)
