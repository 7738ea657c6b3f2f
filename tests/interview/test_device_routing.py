"""Work goes to workers that have the device that it needs, and its page is honest where there is none."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from grader import DeviceUnavailable, Grader
from interview.models import Grading, Item, Question, Release, User, Worker
from interview.models.grading import GradingState
from interview.models.release import Device
from interview.models.submission import SubmissionKind
from interview.models.user import Role
from interview.selectors.worker import SILENCE, gpu_is_connected
from interview.services import bell, check, grading, worker
from interview.services.submission import submit
from interview.services.trial import try_example
from interview.services.working_copy import create, save_files
from tests.interview.conftest import code_answer


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every bell that is rung: task, and the queue if it is named. Nothing commits in these tests, so at once."""
    rung: list[str] = []
    monkeypatch.setattr(
        "interview.queue.current_app.send_task",
        lambda task, args, **where: rung.append(f"{task} on {where.get('queue', 'its own queue')}"),
    )
    monkeypatch.setattr("interview.queue.transaction.on_commit", lambda action: action())
    return rung


def needing(item: Item, device: str) -> Item:
    """The item, served from another release of its question, which runs on `device`."""
    release = Release.objects.get(pk=item.release_id)
    release.pk, release.number, release.device = None, release.number + 1, device
    release.save(force_insert=True)
    Item.objects.filter(pk=item.pk).update(release=release)
    return Item.objects.get(pk=item.pk)


def handed_over(item: Item, device: str) -> Grading:
    submission = submit(needing(item, device), SubmissionKind.RUN, code_answer(item))
    assert submission.current_grading is not None
    return Grading.objects.get(pk=submission.current_grading.pk)


@pytest.mark.parametrize("device", [Device.CPU, Device.EITHER])
def test_without_a_gpu_everything_that_can_goes_to_the_processor(
    code_item: Item, sent: list[str], device: str
) -> None:
    waiting = handed_over(code_item, device)
    assert (waiting.device, waiting.waits_because) == (device, "")
    assert sent == ["interview.grade on its own queue"]


@pytest.mark.parametrize("device", [Device.GPU, Device.EITHER])
def test_with_a_gpu_what_may_use_it_goes_there(code_item: Item, sent: list[str], device: str) -> None:
    worker.note_worker("gpu@here", ["gpu"])
    handed_over(code_item, device)
    assert sent == ["interview.grade on gpu"]


def test_a_gpu_is_not_for_what_runs_on_a_processor(code_item: Item, sent: list[str]) -> None:
    worker.note_worker("gpu@here", ["gpu"])
    handed_over(code_item, Device.CPU)
    assert sent == ["interview.grade on its own queue"]


def test_what_needs_a_gpu_waits_with_the_reason_and_is_told_to_nobody(
    code_item: Item, sent: list[str]
) -> None:
    waiting = handed_over(code_item, Device.GPU)
    assert (waiting.state, waiting.waits_because) == (GradingState.QUEUED, bell.NO_GPU)
    assert sent == []


def test_it_is_judged_as_soon_as_a_worker_has_one(code_item: Item, sent: list[str]) -> None:
    waiting = handed_over(code_item, Device.GPU)
    Grading.objects.filter(pk=waiting.pk).update(rung_at=timezone.now() - timedelta(seconds=10))
    worker.note_worker("gpu@here", ["gpu"])
    grading.sweep()
    assert sent == ["interview.grade on gpu"]


def test_while_there_is_none_the_sweep_fills_no_queue(code_item: Item, sent: list[str]) -> None:
    waiting = handed_over(code_item, Device.GPU)
    Grading.objects.filter(pk=waiting.pk).update(rung_at=timezone.now() - timedelta(minutes=5))
    grading.sweep()
    assert sent == []


def test_a_worker_that_fell_silent_is_no_longer_connected(db: None) -> None:
    worker.note_worker("gpu@here", ["gpu"])
    assert gpu_is_connected()
    Worker.objects.update(seen_at=timezone.now() - SILENCE)
    assert not gpu_is_connected()


def test_a_worker_is_noted_for_as_long_as_it_lives(db: None) -> None:
    done = threading.Event()
    keeper = threading.Thread(target=worker.keep_noted, args=("gpu@here", done))
    keeper.start()
    while not gpu_is_connected():
        keeper.join(0.01)
    done.set()
    keeper.join()
    assert not Worker.objects.exists()


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("ann", Role.AUTHOR)


@pytest.fixture
def for_a_gpu(bank: None, author: User) -> Question:
    """A coding question as it is begun, whose author wants it on a GPU."""
    question = create(author, "optimizers", "on-a-gpu", "coding", "On a GPU")
    copy = question.working_copy
    front = copy.file_contents["question.yaml"] + b"device: gpu\n"
    save_files(question, author, {"question.yaml": front}, copy.revision)
    return question


def test_a_worker_without_a_gpu_puts_back_what_needs_one(
    for_a_gpu: Question, author: User, sent: list[str], monkeypatch: pytest.MonkeyPatch, grader: Grader
) -> None:
    monkeypatch.setattr(grading, "grader", lambda: grader)
    example = next(path for path in for_a_gpu.working_copy.files if path.startswith("submissions/"))
    waiting = try_example(for_a_gpu, author, example)
    assert (waiting.device, waiting.waits_because) == (Device.GPU, bell.NO_GPU)
    grading.grade(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (GradingState.QUEUED, 0)
    assert waiting.waits_because.startswith("It needs a GPU, and none is used here.")


@pytest.fixture
def grader() -> Grader:
    """Never started: what needs a GPU is refused at the door."""
    return Grader(spares=0)


def test_a_grader_whose_gpus_are_all_out_of_service_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Grader(spares=0, device="cuda:99")
    with pytest.raises(DeviceUnavailable):
        lost._fleet.start()
    monkeypatch.setattr(grading, "_grader", lost)
    assert grading.gpu_is_lost()
    lost.close()


def test_a_check_of_a_question_for_a_gpu_waits_for_one(
    for_a_gpu: Question, author: User, sent: list[str]
) -> None:
    waiting = check.request(for_a_gpu, author)
    assert (waiting.device, waiting.waits_because, sent) == (Device.GPU, bell.NO_GPU, [])
    worker.note_worker("gpu@here", ["gpu"])
    bell.ring(waiting)
    assert sent == ["interview.run_check on gpu"]


def test_files_that_make_no_question_need_no_gpu() -> None:
    assert check._device({"question.yaml": b"device: gpu"}) == Device.CPU


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Queues that a worker was told to leave."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr("interview.queue.stop_consuming", lambda queue, node: told.append((queue, node)))
    return told


def test_a_worker_whose_gpu_does_not_work_takes_no_work_and_is_noted_for_none(
    db: None, left: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "warm_grader", lambda: False)
    keeper = worker.Keeper()
    keeper.start_for("gpu@here", has_gpu=True)
    keeper.stop()
    assert (left, gpu_is_connected()) == ([("gpu", "gpu@here")], False)


def test_a_worker_whose_gpu_breaks_leaves_once(
    left: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "warm_grader", lambda: True)
    monkeypatch.setattr(worker, "keep_noted", lambda node, done: None)
    monkeypatch.setattr(grading, "gpu_is_lost", lambda: True)
    keeper = worker.Keeper()
    keeper.start_for("gpu@here", has_gpu=True)
    keeper.look()
    keeper.look()
    assert left == [("gpu", "gpu@here")]
