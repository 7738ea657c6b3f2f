"""The order of things on a device between two submissions, and what takes it out of service."""

import threading
from collections.abc import Callable

import pytest

from grader import DeviceUnavailable, SandboxUnavailable
from grader.sandbox import slot as slots
from grader.sandbox.fleet import Fleet
from grader.sandbox.owner import ForkserverLost
from grader.sandbox.slot import IDLE_SLACK, Slot

CONTEXT = 500 << 20


class Process:
    """Stands for a candidate's process: takes memory of the bench's device until it is discarded."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench
        bench.taken += CONTEXT

    def discard(self) -> None:
        self._bench.note("ended")
        self._bench.taken -= CONTEXT


class Bench:
    """Keeps a device's books and the order of what is done on it: gauge and hands at once."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.taken = 30 << 20
        self.on_clean: Callable[[], None] = lambda: None

    def note(self, what: str) -> None:
        self.done.append(what)

    def used(self) -> int:
        return self.taken

    def clean(self) -> int:
        self.note("cleaned")
        self.on_clean()
        return 0

    def candidate(self, scratch_mb: int) -> Process:
        self.note(f"started with {scratch_mb} MB")
        return Process(self)

    def close(self) -> None:
        self.note("closed")


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def slot(bench: Bench) -> Slot:
    return Slot("a device", bench, bench)  # type: ignore[arg-type]  # its processes are no real ones


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(slots, "LOOK_SECONDS", 0.0)


def fail(error: Exception) -> Callable[[], None]:
    def action() -> None:
        raise error

    return action


def test_a_device_is_cleaned_before_the_first_process_that_waits_for_a_submission(slot: Slot, bench: Bench):
    slot.make_ready()
    assert bench.done == ["cleaned", "started with 64 MB"]


def test_a_submission_takes_the_process_that_waits(slot: Slot, bench: Bench):
    slot.make_ready()
    slot.take(64)
    assert bench.done == ["cleaned", "started with 64 MB"]


def test_between_two_submissions_it_is_cleaned_again(slot: Slot, bench: Bench):
    slot.make_ready()
    slot.take(64).discard()
    slot.make_ready()
    assert bench.done == ["cleaned", "started with 64 MB", "ended", "cleaned", "started with 64 MB"]


def test_after_a_crash_the_same_submission_gets_another_process_and_keeps_its_device(
    slot: Slot, bench: Bench
):
    slot.make_ready()
    slot.take(64).discard()
    slot.take(64)
    assert bench.done == ["cleaned", "started with 64 MB", "ended", "started with 64 MB"]


def test_a_process_with_another_scratch_is_made_when_it_is_asked_for(slot: Slot, bench: Bench):
    slot.make_ready()
    slot.take(128)
    assert bench.done[1:] == ["started with 64 MB", "ended", "started with 128 MB"]


def test_what_cuda_took_to_start_is_not_the_submissions(slot: Slot, bench: Bench):
    slot.make_ready()
    slot.take(64)
    assert slot.used() == 0
    bench.taken += 7 << 20
    assert slot.used() == 7 << 20


def test_memory_that_does_not_come_back_takes_the_device_out_of_service(slot: Slot, bench: Bench):
    slot.make_ready()
    slot.take(64)
    slot.make_ready()
    assert slot.fault.startswith("a device was taken out of service: 530 MB are still taken 0 seconds after")
    assert bench.done[-1] == "closed"


def test_a_little_memory_may_stay_with_the_driver(slot: Slot, bench: Bench):
    slot.make_ready()
    slot.take(64).discard()
    bench.taken += IDLE_SLACK
    slot.make_ready()
    assert slot.fault == ""


@pytest.mark.parametrize(
    "error",
    [
        SandboxUnavailable(["GPU"], ["CUDA error 999"]),
        ForkserverLost("a child said nothing"),
        OSError("no node"),
    ],
)
def test_a_check_that_fails_takes_the_device_out_of_service(slot: Slot, bench: Bench, error: Exception):
    bench.on_clean = fail(error)
    slot.make_ready()
    assert slot.fault == f"a device was taken out of service: {error}"
    assert bench.done == ["cleaned", "closed"]


def test_a_device_out_of_service_is_not_touched_again(slot: Slot, bench: Bench):
    bench.on_clean = fail(OSError("no node"))
    slot.make_ready()
    slot.make_ready()
    assert bench.done == ["cleaned", "closed"]


@pytest.fixture
def fleet(slot: Slot) -> Fleet:
    return Fleet(lambda: [slot])


def test_one_grading_at_a_time_has_a_device(fleet: Fleet):
    inside, most = 0, 0

    def judge() -> None:
        nonlocal inside, most
        for _ in range(20):
            with fleet.lease() as leased:
                inside += 1
                most = max(most, inside)
                leased.take(64).discard()
                inside -= 1

    threads = [threading.Thread(target=judge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fleet.close()
    assert most == 1


def test_two_devices_have_two_gradings_at_once():
    benches = [Bench(), Bench()]
    fleet = Fleet(lambda: [Slot(f"device {n}", b, b) for n, b in enumerate(benches)])  # type: ignore[arg-type]  # as above
    with fleet.lease() as one, fleet.lease() as other:
        assert {one.name, other.name} == {"device 0", "device 1"}
    fleet.close()


def test_who_waits_for_a_device_that_breaks_is_told_why(fleet: Fleet, bench: Bench):
    with fleet.lease() as leased:
        bench.on_clean = fail(OSError("Xid 79"))
        leased.take(64).discard()
    with pytest.raises(DeviceUnavailable, match="a device was taken out of service: Xid 79"), fleet.lease():
        pass
    assert fleet.faults() == ["a device was taken out of service: Xid 79"]
    fleet.close()


def test_a_device_that_breaks_leaves_the_others_at_work():
    broken, sound = Bench(), Bench()
    broken.on_clean = fail(OSError("Xid 79"))
    fleet = Fleet(lambda: [Slot("broken", broken, broken), Slot("sound", sound, sound)])  # type: ignore[arg-type]  # as above
    for _ in range(3):
        with fleet.lease() as leased:
            assert leased.name == "sound"
            leased.take(64).discard()
    assert fleet.faults() == []
    fleet.close()


def test_closing_ends_what_waits(fleet: Fleet, bench: Bench):
    with fleet.lease() as leased:
        leased.take(64).discard()
    fleet.close()
    assert bench.done[-2:] == ["ended", "closed"]
