import os
import select
import signal
import subprocess
import sys
import time

import pytest

from launcher.child import Child, Program, end_in_order
from launcher.identity import NOBODY, Identity, Myself, Nobody, NobodyInside, choose_identity, hand_over
from launcher.paths import CHECKOUT
from launcher.postgres import binaries

from .conftest import PATIENCE, all_end, talking

# An ordinary user can only be itself; root has two ways to be somebody else.
IDENTITIES: list[Identity] = [Myself(), *([NobodyInside(), Nobody()] if os.geteuid() == 0 else [])]


def python(program: str, **changes) -> Program:
    return Program("trial", (sys.executable, "-c", program), **changes)


def start(program: Program) -> tuple[Child, int]:
    reading, writing = os.pipe()
    child = Child(program, writing)
    os.close(writing)
    return child, reading


def read_line(descriptor: int) -> str:
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([descriptor], [], [], PATIENCE)[0]
        data = os.read(descriptor, 1)
        assert data, line
        line += data
    return line.decode().strip()


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: type(identity).__name__)
def test_a_child_dies_with_its_parent_whoever_it_has_become(identity):
    parent = (
        "import os, sys\n"
        "from launcher.child import Child, Program\n"
        "from launcher.identity import Myself, Nobody, NobodyInside\n"
        f"child = Child(Program('x', ('sleep', '600'), identity={identity!r}), sys.stdout.fileno())\n"
        "print(child.pid, flush=True)\n"
        "child.ended(within=600)\n"
    )
    with talking([sys.executable, "-c", parent], dict(os.environ)) as it:
        child = int(it.read_until("\n"))
        with all_end({child}):
            it.process.send_signal(signal.SIGKILL)


def test_a_program_that_leaves_the_processor_to_others_is_nice_from_the_start():
    child, reading = start(python("import os; print(os.nice(0), flush=True)", nice=7))
    assert read_line(reading) == str(os.nice(0) + 7)
    child.reap()
    os.close(reading)


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: type(identity).__name__)
def test_every_identity_can_run_postgres_and_none_is_root(identity):
    reading, writing = os.pipe()
    child = Child(Program("x", (str(binaries() / "postgres"), "--version"), identity=identity), writing)
    os.close(writing)
    assert read_line(reading).startswith("postgres (PostgreSQL)")
    assert child.reap() == 0
    os.close(reading)
    asked = subprocess.run(
        ["id", "-u"], preexec_fn=identity.enter, capture_output=True, text=True
    ).stdout.strip()
    assert asked == (str(os.geteuid()) if identity == Myself() else str(NOBODY))


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: type(identity).__name__)
def test_every_identity_reaches_its_data_below_a_closed_home(identity, tmp_path):
    """Postgres asks access(2), which is stricter with those who were root."""
    data = tmp_path / "home" / "checkout" / "data"
    hand_over(data, identity)
    (tmp_path / "home").chmod(0o700)
    question = f"import os, sys; sys.exit(not os.access({str(data)!r}, os.R_OK | os.W_OK | os.X_OK))"
    assert subprocess.run([sys.executable, "-c", question], preexec_fn=identity.enter).returncode == 0


def test_the_chosen_identity_is_never_root():
    chosen = choose_identity(binaries() / "postgres")
    assert (chosen == Myself()) == (os.geteuid() != 0)


def test_a_folder_is_handed_over_with_what_lies_in_it(tmp_path):
    folder = tmp_path / "data"
    (folder / "base").mkdir(parents=True)
    (folder / "base" / "1").write_text("x")
    for identity in IDENTITIES:
        hand_over(folder, identity)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_uid for path in (folder, *folder.rglob("*"))} == {identity.owner}


def test_a_child_has_a_process_group_of_its_own():
    child, reading = start(Program("x", ("sleep", "600")))
    assert os.getpgid(child.pid) == child.pid != os.getpgrp()
    end_in_order([child])
    os.close(reading)


def test_what_a_child_leaves_in_its_group_ends_with_it():
    leaving = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True)"
    child, reading = start(python(leaving))
    with all_end({int(read_line(reading))}):
        assert child.reap() == 0
    os.close(reading)


def test_a_child_is_asked_to_end_in_its_own_way():
    polite = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(3))\n"
        "print(1, flush=True)\n"
        "signal.pause()"
    )
    child, reading = start(python(polite, stop_with=signal.SIGINT))
    read_line(reading)
    end_in_order([child])
    assert child.reap() == 3
    os.close(reading)


def test_a_child_that_does_not_listen_is_ended_by_force():
    deaf = (
        "import signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(1, flush=True)\n"
        "while True: signal.pause()"
    )
    child, reading = start(python(deaf, stop_seconds=0.05))
    read_line(reading)
    began = time.monotonic()
    end_in_order([child])
    assert child.reap() == -signal.SIGKILL
    assert time.monotonic() - began < PATIENCE / 2
    os.close(reading)


def test_a_child_gets_no_terminal_and_none_of_our_files():
    listing = (
        "import os\n"
        "print(sorted(int(name) for name in os.listdir('/proc/self/fd'))[:-1], os.read(0, 1), flush=True)"
    )
    with open(CHECKOUT / "Makefile") as kept_open:
        child, reading = start(python(listing))
        assert read_line(reading) == "[0, 1, 2] b''"
        assert kept_open.fileno() > 2
    child.reap()
    os.close(reading)
