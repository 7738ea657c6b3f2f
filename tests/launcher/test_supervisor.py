import io
import os
import signal
import sys
import threading

import pytest

from launcher.child import Program
from launcher.logs import Log
from launcher.supervisor import StopAsked, Supervisor
from launcher.trouble import Trouble

from .conftest import PATIENCE, all_end, descendants, talking

FOREVER = "import signal; print('up', flush=True); signal.pause()"


def python(name: str, program: str, **changes) -> Program:
    return Program(name, (sys.executable, "-c", program), **changes)


class Screen(io.BytesIO):
    @property
    def lines(self) -> list[str]:
        return self.getvalue().decode().splitlines()


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def supervisor(screen):
    with Supervisor(Log(screen, colour=False)) as it:
        yield it


def said(screen: Screen, line: str):
    return lambda: line in screen.lines


def test_lines_of_all_programs_come_with_their_names(supervisor, screen):
    supervisor.start(python("web", "print('hello')\n" + FOREVER), python("beat", FOREVER))
    assert supervisor.wait_until(lambda: screen.getvalue().count(b"up") == 2, PATIENCE)
    assert sorted(screen.lines) == ["beat     | up", "web      | hello", "web      | up"]


def test_a_step_runs_to_its_end(supervisor, screen):
    supervisor.run_once(python("setup", "print('migrated')"))
    assert screen.lines == ["setup    | migrated"]


def test_a_step_that_fails_is_shown_with_its_last_lines(supervisor):
    with pytest.raises(Trouble, match=r"failed \(exit status 3\). Its last lines:\n    no such table"):
        supervisor.run_once(python("setup", "print('no such table'); raise SystemExit(3)"))


def test_a_full_disk_in_a_step_is_no_riddle(supervisor):
    program = "open('/dev/full', 'w', buffering=1).write('x\\n')"
    with pytest.raises(Trouble, match="The disk is full"):
        supervisor.run_once(python("setup", program))


def test_what_runs_aside_ends_by_itself_and_is_not_started_again(supervisor, screen):
    supervisor.start(python("web", FOREVER))
    supervisor.start_aside(python("demo", "print('made')"))
    assert supervisor.wait_until(lambda: supervisor._groups[1][0].status == 0, PATIENCE)
    assert sorted(screen.lines) == ["demo     | made", "web      | up"]


def test_what_fails_aside_is_one_line_and_not_the_end(supervisor, screen):
    supervisor.start_aside(python("demo", "raise SystemExit(3)"))
    wanted = "launcher | demo failed (exit status 3); everything else works. The next start tries again."
    assert supervisor.wait_until(said(screen, wanted), PATIENCE)
    supervisor.start(python("web", FOREVER))
    assert supervisor.wait_until(said(screen, "web      | up"), PATIENCE)
    assert screen.lines == [wanted, "web      | up"]


def test_what_still_runs_aside_is_ended_with_the_rest(screen):
    with Supervisor(Log(screen, colour=False)) as supervisor:
        supervisor.start_aside(python("demo", FOREVER))
        supervisor.wait_until(said(screen, "demo     | up"), PATIENCE)
    assert screen.lines[1:] == [
        "launcher | stopping demo (Ctrl-C again to force)",
        "launcher | stopped",
    ]


def test_a_program_that_crashes_is_started_again_and_that_is_said(supervisor, screen, tmp_path):
    once = f"import os, pathlib, signal\nmark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
    once += "if not mark.exists():\n  mark.touch()\n  os.kill(os.getpid(), signal.SIGSEGV)\n" + FOREVER
    supervisor.start(python("worker", once))
    assert supervisor.wait_until(said(screen, "worker   | up"), PATIENCE)
    assert screen.lines == ["launcher | worker ended (SIGSEGV); starting it again in 0.5 s.", "worker   | up"]


def test_a_program_that_cannot_start_ends_the_start_with_its_last_lines(supervisor):
    supervisor.start(python("web", "raise SystemExit('address in use')"))
    with pytest.raises(Trouble, match=r"web keeps ending \(exit status 1\).*\n    address in use"):
        supervisor.wait_until(lambda: False, PATIENCE)


def test_once_it_serves_a_program_that_keeps_ending_is_told_of_and_tried_on(supervisor, screen):
    supervisor.start(python("web", "raise SystemExit('no memory')"))
    supervisor._patient = True  # as serve() has it, which would not return
    wanted = "launcher | web keeps ending. Its last lines:"
    assert supervisor.wait_until(said(screen, wanted), PATIENCE)
    assert screen.lines[screen.lines.index(wanted) + 1] == "launcher |     no memory"


def test_a_program_that_announces_itself_is_waited_for(supervisor):
    supervisor.start(
        python("worker", "print('cpu@host ready.', flush=True)\n" + FOREVER, ready_line=" ready.")
    )
    assert not supervisor.all_announced_ready()
    assert supervisor.wait_until(supervisor.all_announced_ready, PATIENCE)


def test_what_does_not_come_in_time_is_not_waited_for_for_ever(supervisor):
    assert supervisor.wait_until(lambda: False, 0.0) is False


def test_the_last_started_ends_first(screen):
    telling = (
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit()))\n" + FOREVER
    )
    with Supervisor(Log(screen, colour=False)) as supervisor:
        for name in ("postgres", "redis", "web"):
            supervisor.start(python(name, telling))
        supervisor.wait_until(lambda: screen.getvalue().count(b"up") == 3, PATIENCE)
    assert screen.lines[3:] == [
        "launcher | stopping web, redis, postgres (Ctrl-C again to force)",
        "web      | bye",
        "redis    | bye",
        "postgres | bye",
        "launcher | stopped",
    ]


@pytest.mark.parametrize("asked_with", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_service(supervisor, screen, asked_with):
    supervisor.start(python("web", FOREVER))
    supervisor.wait_until(said(screen, "web      | up"), PATIENCE)
    os.kill(os.getpid(), asked_with)
    with pytest.raises(StopAsked):
        supervisor.serve()


def test_a_signal_wakes_a_sleeping_supervisor(supervisor, screen):
    supervisor.start(python("web", FOREVER))
    supervisor.wait_until(said(screen, "web      | up"), PATIENCE)
    threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(StopAsked):
        supervisor.serve()


def test_a_reader_who_has_gone_ends_the_service():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as out, Supervisor(Log(out, colour=False)) as supervisor:
        os.close(reading)
        supervisor.start(python("web", FOREVER))
        with pytest.raises(StopAsked):
            supervisor.serve()


SUPERVISING = """
import sys
from launcher.child import Program
from launcher.logs import Log
from launcher.supervisor import StopAsked, Supervisor
with Supervisor(Log(sys.stdout.buffer, colour=False)) as supervisor:
    supervisor.start(Program("trial", (sys.executable, "-c", sys.argv[1]), stop_seconds=600))
    try:
        supervisor.serve()
    except StopAsked:
        pass
"""


def test_asking_twice_does_not_wait_for_those_who_do_not_listen():
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\n"
    deaf += "while True: signal.pause()"
    with talking([sys.executable, "-c", SUPERVISING, deaf], dict(os.environ)) as it:
        it.read_until("trial    | up")
        it.process.send_signal(signal.SIGINT)
        it.read_until("stopping trial")
        it.process.send_signal(signal.SIGINT)
        assert it.read_to_end() == 0
        assert it.said.endswith("launcher | stopped\n")


def test_a_second_sigterm_does_not_cut_an_orderly_end_short():
    slow = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('closing', flush=True))\n"
        "signal.signal(signal.SIGUSR1, lambda *_: sys.exit(print('closed in order')))\n"
        "print('up', flush=True)\n"
        "while True: signal.pause()"
    )
    with talking([sys.executable, "-c", SUPERVISING, slow], dict(os.environ)) as it:
        it.read_until("trial    | up")
        [child] = descendants(it.process.pid)
        it.process.terminate()
        it.read_until("trial    | closing")
        it.process.terminate()
        os.kill(child, signal.SIGUSR1)
        assert it.read_to_end() == 0
        assert "trial    | closed in order" in it.said


def test_a_killed_supervisor_takes_its_programs_along():
    telling = "import os, signal\nprint(os.getpid(), flush=True)\nsignal.pause()"
    with talking([sys.executable, "-c", SUPERVISING, telling], dict(os.environ)) as it:
        child = int(it.read_until("\n").split("|")[1])
        with all_end({child}):
            it.process.kill()
