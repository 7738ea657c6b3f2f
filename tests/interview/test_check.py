"""Checks on a worker: asked for, claimed, recorded once, and the proofs without which nothing is published."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, ProgrammingError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from grader import Grader, JudgeError, Problem, SandboxUnavailable
from grader.proof import Report, Step
from interview.exceptions import NotAllowed
from interview.models import Check, Proof, Question, User
from interview.models.check import CheckState
from interview.models.user import Role
from interview.selectors import check as selectors
from interview.services import check as checks
from interview.services import grading as gradings
from interview.services import lease
from interview.services.working_copy import create, save_files


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("anna", Role.AUTHOR)


@pytest.fixture
def question(bank: None, author: User) -> Question:
    """A coding question that works, as it is begun; nobody has checked it."""
    return create(author, "optimizers", "a-new-one", "coding", "A new one")


@pytest.fixture
def queued(question: Question, author: User) -> Check:
    return checks.request(question, author)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were put on a queue, by name and argument."""
    sent: list[str] = []
    monkeypatch.setattr(
        "interview.queue.current_app.send_task", lambda task, args: sent.append(f"{task} {args[0]}")
    )
    return sent


def reread(check: Check) -> Check:
    return Check.objects.get(pk=check.pk)


def claimed(check: Check) -> Check:
    ours = checks.claim(check.pk)
    assert ours
    return ours


def green(check: Check) -> Report:
    return Report("a-new-one", kind="coding", content_hash=check.content_hash)


def red(check: Check) -> Report:
    problem = Problem("statement.md", 3, "a formula has 1 { and 0 }")
    return Report("a-new-one", kind="coding", content_hash=check.content_hash, problems=(problem,))


# Asking


def test_a_check_is_of_the_files_as_they_are_now(question: Question, queued: Check, author: User) -> None:
    copy = question.working_copy
    assert (queued.state, queued.asked_by, queued.content_hash) == (
        CheckState.QUEUED,
        author,
        copy.content_hash,
    )
    assert queued.file_contents == copy.file_contents


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER])
def test_who_may_not_write_questions_may_not_have_them_checked(
    question: Question, person: Callable[..., User], role: Role
) -> None:
    with pytest.raises(NotAllowed, match="Only authors, curators and admins may have questions checked"):
        checks.request(question, person("kim", role))
    assert not Check.objects.exists()


def test_asking_twice_for_the_same_files_is_asking_once(
    question: Question, queued: Check, author: User
) -> None:
    assert checks.request(question, author) == queued


def test_files_that_were_found_in_order_are_not_checked_again(
    question: Question, queued: Check, author: User
) -> None:
    checks.record(claimed(queued), green(queued))
    again = checks.request(question, author)
    assert (again, again.state, again.ok) == (queued, CheckState.DONE, True)


def test_files_that_were_not_in_order_may_be_checked_again(
    question: Question, queued: Check, author: User
) -> None:
    checks.record(claimed(queued), red(queued))
    assert checks.request(question, author).state == CheckState.QUEUED


def test_a_check_of_older_files_is_cancelled_by_the_next(
    question: Question, queued: Check, author: User
) -> None:
    save_files(question, author, {"statement.md": b"Other words.\n"}, seen=1)
    newer = checks.request(question, author)
    assert (reread(queued).state, newer.state) == (CheckState.CANCELLED, CheckState.QUEUED)
    assert newer.content_hash != queued.content_hash


def test_a_question_has_one_unfinished_check(queued: Check) -> None:
    with pytest.raises(IntegrityError, match="check_one_at_a_time"), transaction.atomic():
        Check.objects.create(question=queued.question, content_hash=queued.content_hash, files={})


def test_asking_rings_the_queue_for_long_work(
    question: Question,
    author: User,
    rung: list[str],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # a context manager
        check = checks.request(question, author)
    assert rung == [f"interview.run_check {check.pk}"]


def test_long_work_has_a_queue_of_its_own(settings: LazySettings) -> None:
    routes = {task: route["queue"] for task, route in settings.CELERY_TASK_ROUTES.items()}
    assert (routes["interview.run_check"], routes["interview.grade"]) == ("bulk", "cpu")


# Running


def test_a_claim_raises_the_fence_and_a_second_message_finds_nothing(queued: Check) -> None:
    ours = claimed(queued)
    assert (ours.state, ours.fence, ours.attempts) == (CheckState.RUNNING, 1, 1)
    assert checks.claim(queued.pk) is None


def test_a_new_question_is_proven_by_the_real_grader(question: Question, queued: Check) -> None:
    try:
        checks.run(queued.pk)
    finally:
        gradings.close_grader()
    done = reread(queued)
    assert (done.state, done.ok, done.percent) == (CheckState.DONE, True, 100)
    report = Report.from_dict(done.report)
    assert (report.ok, report.content_hash, report.seeds) == (True, queued.content_hash, 20)
    assert checks.is_proven(queued.content_hash)
    assert question.changes.first().kind == "checked"


def test_progress_is_kept_where_pages_read_it(queued: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "TELL_SECONDS", 0)
    ours = claimed(queued)
    lease.teller(ours)(Step(3, 12, "mutant 3 of 8"))
    assert reread(queued).progress == {"done": 3, "total": 12, "label": "mutant 3 of 8"}
    assert reread(queued).percent == 25


def test_a_check_that_was_cancelled_ends_at_its_next_step(
    queued: Check, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "TELL_SECONDS", 0)
    ours = claimed(queued)
    checks.cancel(queued, author)
    with pytest.raises(lease.ClaimLost):
        lease.teller(ours)(Step(1, 2, "it"))
    assert reread(queued).state == CheckState.CANCELLED


def test_a_finished_check_cannot_be_cancelled(queued: Check, author: User) -> None:
    checks.record(claimed(queued), green(queued))
    checks.cancel(queued, author)
    assert reread(queued).state == CheckState.DONE


def test_who_may_not_write_questions_may_not_stop_a_check(queued: Check, candidate: User) -> None:
    with pytest.raises(NotAllowed, match="may stop a check"):
        checks.cancel(queued, candidate)


def test_files_that_are_no_question_are_reported_and_not_judged(
    question: Question, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_files(question, author, {"question.yaml": b"titel: Misspelt\n"}, seen=1)
    monkeypatch.setattr(Grader, "judge", None)
    check = checks.request(question, author)
    checks.run(check.pk)
    done = reread(check)
    assert (done.state, done.ok) == (CheckState.DONE, False)
    assert "unknown key 'titel'" in done.report["problems"][0]["message"]


def test_a_host_that_cannot_judge_puts_it_back_with_the_reason(
    queued: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> Report:
        raise SandboxUnavailable(["user namespaces"])

    monkeypatch.setattr(checks, "check_question", unavailable)
    checks.run(queued.pk)
    waiting = reread(queued)
    assert (waiting.state, waiting.attempts) == (CheckState.QUEUED, 0)
    assert "user namespaces missing" in waiting.waits_because


def test_our_own_failure_is_tried_again_and_then_told_as_ours(queued: Check) -> None:
    states = []
    for _ in range(3):
        checks.fail(claimed(queued), JudgeError("the forkserver died"))
        states.append(reread(queued).state)
    assert states == [CheckState.QUEUED, CheckState.QUEUED, CheckState.DONE]
    done = reread(queued)
    assert (done.ok, checks.is_proven(queued.content_hash)) == (False, False)
    assert "says nothing about the question" in done.report["problems"][0]["message"]


def test_a_report_that_comes_after_the_claim_was_lost_is_refused(queued: Check) -> None:
    lost = claimed(queued)
    lease.put_back(lost, "its worker was taken for dead")
    ours = claimed(queued)
    assert checks.record(lost, green(lost)) is False
    assert checks.is_proven(queued.content_hash) is False
    assert checks.record(ours, red(ours)) is True


# A worker that dies


def test_a_check_whose_worker_is_gone_is_run_again(queued: Check, rung: list[str]) -> None:
    claimed(queued)
    Check.objects.filter(pk=queued.pk).update(lease_until=Now() - timedelta(seconds=1))
    checks.sweep()
    waiting = reread(queued)
    assert (waiting.state, waiting.attempts, waiting.lease_until) == (CheckState.QUEUED, 1, None)


def test_a_check_whose_worker_answers_is_left_alone(queued: Check) -> None:
    claimed(queued)
    checks.sweep()
    assert reread(queued).state == CheckState.RUNNING


def test_a_lost_message_is_sent_again_after_a_minute(
    queued: Check, rung: list[str], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    Check.objects.filter(pk=queued.pk).update(rung_at=Now() - timedelta(minutes=2))
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # a context manager
            checks.sweep()
    assert rung == [f"interview.run_check {queued.pk}"]


def test_a_lease_is_held_by_the_latest_claim_alone(queued: Check) -> None:
    first = claimed(queued)
    lease.put_back(first, "lost")
    second = claimed(queued)
    assert (lease.held(first).exists(), lease.held(second).exists()) == (False, True)


# Proofs


def test_a_green_check_leaves_a_proof_and_a_red_one_does_not(
    question: Question, queued: Check, author: User
) -> None:
    checks.record(claimed(queued), red(queued))
    assert not checks.is_proven(queued.content_hash)
    again = checks.request(question, author)
    checks.record(claimed(again), green(again))
    assert Proof.objects.get(content_hash=again.content_hash).found_by == again


@pytest.mark.parametrize("ok", [False, None])
def test_the_database_takes_no_proof_from_a_check_that_is_not_green(queued: Check, ok: bool | None) -> None:
    if ok is False:
        checks.record(claimed(queued), red(queued))
    with (
        pytest.raises(ProgrammingError, match="A proof needs a finished check"),
        transaction.atomic(),
    ):
        Proof.objects.create(content_hash=queued.content_hash, found_by=queued)


def test_the_database_takes_no_proof_of_other_files_than_were_checked(queued: Check) -> None:
    checks.record(claimed(queued), red(queued))
    with pytest.raises(ProgrammingError, match="of these very files"), transaction.atomic():
        Proof.objects.create(content_hash="0" * 64, found_by=queued)


def test_a_proof_never_changes(queued: Check) -> None:
    checks.record(claimed(queued), green(queued))
    proof = Proof.objects.get(content_hash=queued.content_hash)
    with (
        pytest.raises(ProgrammingError, match="Cannot update or delete"),
        transaction.atomic(),
    ):
        proof.delete()
    with (
        pytest.raises(ProgrammingError, match="Cannot update or delete"),
        transaction.atomic(),
    ):
        Proof.objects.filter(pk=proof.pk).update(recorded_at=timezone.now())


@pytest.mark.parametrize("name", ["", "not a hash", "A" * 64])
def test_a_proof_names_a_content(db: None, name: str) -> None:
    with pytest.raises(IntegrityError, match="proof_names_a_content"), transaction.atomic():
        Proof.objects.create(content_hash=name)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "lost"}, "check_state_is_known"),
        ({"ok": True}, "check_report_exactly_when_done"),
        ({"state": "done"}, "check_report_exactly_when_done"),
        ({"state": "running"}, "check_started_when_running"),
        ({"started_at": timezone.now() - timedelta(days=1)}, "check_times_in_order"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_database_refuses_a_check_that_cannot_be(
    queued: Check, fields: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Check.objects.filter(pk=queued.pk).update(**fields)


# Reading


def test_checks_are_seen_by_those_who_see_drafts(
    queued: Check, author: User, person: Callable[..., User], candidate: User, interviewer: User
) -> None:
    seen = {user: list(selectors.visible_to(user)) for user in (author, person("tess", Role.TESTER))}
    assert list(seen.values()) == [[queued], [queued]]
    assert not selectors.visible_to(candidate).exists()
    assert not selectors.visible_to(interviewer).exists()


def test_the_latest_check_and_that_of_some_files_are_found(
    question: Question, queued: Check, author: User
) -> None:
    save_files(question, author, {"statement.md": b"Other words.\n"}, seen=1)
    newer = checks.request(question, author)
    assert selectors.latest(question) == newer
    assert selectors.of_content(question, queued.content_hash) == queued
    assert selectors.proven([queued.content_hash, newer.content_hash]) == set()
