"""Every layer is asserted by itself: taken away, the doctor names it and no grading starts."""

import json
import shutil
from pathlib import Path

import pytest

import grader
from grader import SandboxUnavailable, diagnose
from grader.__main__ import main
from grader.sandbox import accounting, linux
from grader.sandbox.jail import Cell
from grader.sandbox.owner import Forkserver

PACKAGE = Path(grader.__file__).parent

#: The layer, the file that brings it up, the line that does, and what stands there when it is gone.
REMOVALS = [
    ("user namespace", "jail.py", 'linux.CLONE_NEWUSER, "user', '0, "user'),
    ("mount namespace", "jail.py", 'linux.CLONE_NEWNS, "mount', '0, "mount'),
    ("net namespace", "jail.py", 'linux.CLONE_NEWNET, "net', '0, "net'),
    ("ipc namespace", "jail.py", 'linux.CLONE_NEWIPC, "ipc', '0, "ipc'),
    ("uts namespace", "jail.py", 'linux.CLONE_NEWUTS, "uts', '0, "uts'),
    ("pid namespace", "forkserver.py", 'linux.unshare(linux.CLONE_NEWPID, "pid namespace")', "pass"),
    ("private root", "forkserver.py", "linux.pivot_root(root.PLACE)", "pass"),
    ("read-only root", "root.py", "linux.MOUNT_ATTR_RDONLY |", "0 |"),
    ("resource limits", "jail.py", "        lower(kind, value)\n", "        pass\n"),
    ("no capabilities", "jail.py", "    linux.drop_bounding_set()\n", ""),
    ("no capabilities", "jail.py", "    linux.set_capabilities(0)\n", ""),
    ("landlock", "jail.py", "landlock.restrict(device.nodes if device else ())", "pass"),
    ("seccomp", "jail.py", "linux.install_filter(seccomp_program)", "pass"),
]

# Once set it stays for ever: where a container started us with it, its loss cannot be played.
if linux.prctl(linux.PR_GET_NO_NEW_PRIVS) == 0:
    setting = 'linux.PR_SET_NO_NEW_PRIVS, 1, protection="no_new_privs"'
    REMOVALS.append(("no_new_privs", "jail.py", setting, "linux.PR_GET_DUMPABLE"))


@pytest.fixture(
    params=REMOVALS, ids=[f"{layer}, {path}, {n}" for n, (layer, path, _, _) in enumerate(REMOVALS)]
)
def removed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a layer that the sandbox's own code, in a copy, no longer brings up."""
    layer, file, line, instead = request.param
    package = shutil.copytree(PACKAGE, tmp_path / "grader")
    source = (package / "sandbox" / file).read_text()
    assert line in source
    (package / "sandbox" / file).write_text(source.replace(line, instead))
    monkeypatch.setattr("grader.sandbox.owner.PACKAGE", package)
    return layer


def spawn_judge() -> None:
    """What every grading begins with."""
    forkserver = Forkserver(warm=False)
    try:
        forkserver.spawn("judge", Cell(1, 8), 1 << 26, 0, 1, 2).bury()
    finally:
        forkserver.close()


def test_a_layer_that_is_taken_away_is_named_by_the_doctor_and_no_grading_starts(removed: str):
    assert next(layer.name for layer in diagnose().missing) == removed
    with pytest.raises(SandboxUnavailable) as refusal:
        spawn_judge()
    assert refusal.value.missing == (removed,)


def test_all_layers_hold_on_this_host():
    diagnosis = diagnose()
    assert diagnosis.ok, diagnosis.missing
    assert all(layer.ok for layer in diagnosis.protections if layer.required)


def test_without_a_cgroup_nothing_is_judged_unless_watching_was_chosen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(accounting, "find", lambda: accounting.Cgroups(False, "taken away"))
    monkeypatch.delenv("GRADER_MEMORY", raising=False)
    with pytest.raises(SandboxUnavailable, match="GRADER_MEMORY=watched") as refusal:
        spawn_judge()
    assert refusal.value.missing == ("cgroup",)
    assert [layer.name for layer in diagnose().missing] == ["cgroup"]


def test_where_watching_was_chosen_the_doctor_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(accounting, "find", lambda: accounting.Cgroups(False, "taken away"))
    monkeypatch.setenv("GRADER_MEMORY", "watched")
    diagnosis = diagnose()
    assert diagnosis.ok
    assert "watched memory" in {layer.name for layer in diagnosis.protections}


def test_the_doctor_speaks_json(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert {
        "name": "seccomp",
        "required": True,
        "ok": True,
        "detail": "tried, and it holds",
        "fix": "",
    } in document["protections"]


def test_a_doctor_with_bad_news_exits_with_status_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(accounting, "find", lambda: accounting.Cgroups(False, "taken away"))
    monkeypatch.delenv("GRADER_MEMORY", raising=False)
    assert main(["doctor"]) == 1
    assert "✗ cgroup: taken away" in capsys.readouterr().out
