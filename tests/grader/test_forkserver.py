"""The forkserver's life: how it starts, is replaced, and never outlives its owner."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader import Grader, JudgeError, Verdict
from grader.harness import HEADROOM_MB
from grader.results import Progress
from grader.sandbox import owner
from grader.sandbox.jail import Cell
from grader.sandbox.memory import tree
from grader.sandbox.owner import Forkserver, ForkserverLost
from tests.grader.workshop import question

TESTS = "@test('answers')\ndef answers(candidate):\n    assert candidate.solve() == 1\n"
RIGHT = {"solution.py": "def solve(): return 1"}


SLOW = {"solution.py": "import time\ndef solve():\n    time.sleep(0.5)\n    return 1"}


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Poll a fact of the operating system that announces itself to nobody."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        os.sched_yield()
    return True


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_importing_the_grader_does_not_import_torch():
    code = "import sys, grader; assert not {'torch', 'numpy', 'django'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture(scope="module")
def victim() -> Iterator[Grader]:
    """A grader of these tests' own: it recovers from whatever they do to it."""
    with Grader(spares=1) as grader:
        yield grader


def running(grader: Grader) -> int:
    """The process id of its forkserver's keeper, after a first grading."""
    grader.judge(question(TESTS), RIGHT)
    return running_pid(grader)


def test_a_killed_forkserver_is_replaced_and_nothing_is_lost(victim: Grader):
    os.kill(running(victim), signal.SIGKILL)
    assert victim.judge(question(TESTS), RIGHT).verdict is Verdict.ACCEPTED


def test_a_grading_whose_forkserver_is_killed_in_the_middle_is_judged_again(victim: Grader):
    kills = []

    def kill_once(_: object) -> None:
        if not kills:
            kills.append(running_pid(victim))
            os.kill(kills[0], signal.SIGKILL)

    result = victim.judge(question(TESTS), SLOW, on_progress=kill_once)
    assert (result.verdict, len(kills)) == (Verdict.ACCEPTED, 1)


def test_a_forkserver_that_dies_without_its_keeper_is_replaced_as_well(victim: Grader):
    kills = []

    def kill_once(_: object) -> None:
        if not kills:
            keeper = running_pid(victim)
            kills.append(next(pid for pid in tree(keeper) if pid != keeper))
            os.kill(kills[0], signal.SIGKILL)

    result = victim.judge(question(TESTS), SLOW, on_progress=kill_once)
    assert (result.verdict, len(kills)) == (Verdict.ACCEPTED, 1)


def test_a_hung_forkserver_is_noticed_and_replaced(victim: Grader, monkeypatch: pytest.MonkeyPatch):
    keeper = running(victim)
    monkeypatch.setattr("grader.sandbox.owner.SPAWN_SECONDS", 3.0)
    os.kill(next(pid for pid in tree(keeper) if pid != keeper), signal.SIGSTOP)
    assert victim.judge(question(TESTS), RIGHT).verdict is Verdict.ACCEPTED


def test_a_forkserver_that_is_lost_every_time_is_a_judge_error(
    victim: Grader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("grader.judge.ATTEMPTS", 1)
    with pytest.raises(JudgeError, match="was lost 1 times"):
        victim.judge(
            question(TESTS), SLOW, on_progress=lambda _: os.kill(running_pid(victim), signal.SIGKILL)
        )


def running_pid(grader: Grader) -> int:
    assert grader.forkserver_pid is not None
    return grader.forkserver_pid


def test_closing_leaves_no_process_behind(victim: Grader):
    pids = list(tree(running(victim)))
    victim.close()
    assert len(pids) >= 2
    assert all(is_gone(pid) for pid in pids)


def test_nothing_outlives_an_owner_that_is_killed_outright():
    code = """
import os, sys
from grader import Grader
from tests.grader.workshop import question
tests = "@test('hangs')\\ndef hangs(candidate):\\n    candidate.solve()\\n"
grader = Grader(spares=0)
show = lambda _: print(grader.forkserver_pid, flush=True)
grader.judge(question(tests, wall_seconds=60), {"solution.py": "def solve():\\n    while True: pass"}, on_progress=show)
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert owner.stdout is not None
    pids = list(tree(int(owner.stdout.readline())))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    # Keeper, forkserver, judge, reaper and candidate.
    assert len(pids) == 5
    assert wait_until(lambda: all(is_gone(pid) for pid in pids))


def test_a_closed_forkserver_spawns_nothing():
    forkserver = Forkserver(warm=False)
    forkserver.close()
    with pytest.raises(ForkserverLost):
        forkserver.spawn("probe", Cell(1, 8), 1 << 26, 0, 1, 2)


def footprint(grader: Grader) -> tuple[int, int, set[str]]:
    """Descriptors of this process, processes of the sandbox, cgroups of either."""
    gc.collect()  # what earlier tests dropped may still hold descriptors, and would let go of them in between
    groups = {path.name for path in Path("/sys/fs/cgroup").glob(f"**/forwardpass-{os.getpid()}-*")}
    return len(os.listdir("/proc/self/fd")), len(list(tree(running_pid(grader)))), groups


@pytest.mark.parametrize(
    "source", ["def solve(): return 1", "import os\ndef solve(): os._exit(3)", "syntax error", "solve = 1"]
)
def test_a_grading_leaves_no_descriptor_process_or_cgroup_behind(grader: Grader, source: str):
    grader.judge(question(TESTS), RIGHT)
    before = footprint(grader)
    grader.judge(question(TESTS), {"solution.py": source})
    assert footprint(grader) == before


class Cancelled(Exception):
    """What the caller of a grading raises to be rid of it."""


@pytest.mark.parametrize(
    ("source", "position"),
    [
        ("while True: pass", 0),
        ("def solve():\n    while True: pass", 1),
        ("import os, time\ndef solve():\n    os.fork()\n    os.fork()\n    time.sleep(60)", 1),
    ],
    ids=["while it is imported", "in a test", "with children of its own"],
)
def test_a_grading_is_cancelled_at_any_moment_and_nothing_of_it_is_left(
    grader: Grader, source: str, position: int
):
    grader.judge(question(TESTS), RIGHT)
    before = footprint(grader)
    seen = []

    def cancel_at_second_sight(progress: Progress) -> None:
        seen.append(progress.position)
        if seen.count(position) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        grader.judge(
            question(TESTS, wall_seconds=60), {"solution.py": source}, on_progress=cancel_at_second_sight
        )
    assert footprint(grader) == before


def test_spares_are_made_again_and_judge_as_well_as_fresh_processes():
    with Grader(spares=1) as grader:
        for _ in range(3):
            assert grader.judge(question(TESTS), RIGHT).verdict is Verdict.ACCEPTED
            assert wait_until(lambda: grader.spares_ready == 1)


def test_a_spare_keeps_the_limits_of_the_question_that_it_is_given():
    source = "import torch\ndef solve():\n    kept = []\n    while True: kept.append(torch.ones(1 << 18))"
    with Grader(spares=1) as grader:
        grader.judge(question(TESTS), RIGHT)
        assert wait_until(lambda: grader.spares_ready == 1)
        result = grader.judge(question(TESTS, memory_mb=48), {"solution.py": source})
    # Watched memory may pass its limit between two looks, by no more than a process may reserve.
    most = 48 + HEADROOM_MB + 32
    assert (result.verdict, result.usage.peak_memory_mb < most) == (Verdict.MEMORY_LIMIT, True)


def test_starting_ahead_makes_the_first_grading_meet_a_warm_forkserver():
    with Grader(spares=0) as grader:
        grader.start()
        ahead = grader.forkserver_pid
        grader.judge(question(TESTS), RIGHT)
        assert ahead is not None
        assert ahead == grader.forkserver_pid


#: A forkserver that keeps something of every request.
LEAKS = {
    "memory": "kept.append(b'x' * (8 << 20))",
    "descriptors": "kept.extend(os.dup(0) for _ in range(16))",
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_a_leaking_forkserver_is_replaced_while_gradings_go_on(leak: str, monkeypatch: pytest.MonkeyPatch):
    leaky = f"""
import os
from grader.sandbox.forkserver import Forkserver
kept, answer = [], Forkserver._answer
def leaking(self):
    {leak}
    answer(self)
Forkserver._answer = leaking
"""
    monkeypatch.setattr(owner, "BOOT", owner.BOOT.replace("main(int", leaky + "main(int"))
    with Grader(spares=0) as grader:
        first = running(grader)
        verdicts = {grader.judge(question(TESTS), RIGHT).verdict for _ in range(8)}
        assert wait_until(lambda: running_pid(grader) != first and is_gone(first), 30)
        assert verdicts | {grader.judge(question(TESTS), RIGHT).verdict} == {Verdict.ACCEPTED}


def test_a_grading_under_way_keeps_the_forkserver_that_is_being_replaced(monkeypatch: pytest.MonkeyPatch):
    with Grader(spares=0) as grader:
        first = running(grader)
        monkeypatch.setattr(owner, "GROWTH_BYTES", -(1 << 40))
        during = []

        def finish_another(_: object) -> None:
            if during:
                return
            grader.judge(question(TESTS), RIGHT)
            monkeypatch.undo()
            assert wait_until(lambda: running_pid(grader) != first, 30)
            during.append(is_gone(first))

        result = grader.judge(question(TESTS, wall_seconds=60), RIGHT, on_progress=finish_another)
        assert (result.verdict, during) == (Verdict.ACCEPTED, [False])
        assert wait_until(lambda: is_gone(first))
