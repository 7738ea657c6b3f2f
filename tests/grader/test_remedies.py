"""A host that gives no sandbox is told what to do about it, in the words of that host."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import remedies

SWITCHES = {"_APPARMOR": "0", "_DEBIAN": "1", "_MAXIMUM": "15000"}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kernel's switches as files of this test, all set so that nothing is forbidden."""
    for name, value in SWITCHES.items():
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setattr(remedies, name, tmp_path / name)
    monkeypatch.setattr(remedies, "_CONTAINER", (tmp_path / ".dockerenv",))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("_APPARMOR", "1", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
        ("_DEBIAN", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("_MAXIMUM", "0", "sysctl -w user.max_user_namespaces=15000"),
        (".dockerenv", "", "'--security-opt apparmor=unconfined'"),
    ],
    ids=["AppArmor of Ubuntu", "the switch of Debian", "the limit of the kernel", "the profile of Docker"],
)
def test_each_host_is_told_its_own_fix(host: Path, name: str, value: str, fix: str):
    (host / name).write_text(f"{value}\n")
    assert {
        fix in remedies.remedy(layer) for layer in ("user namespace", "mount namespace", "pid namespace")
    } == {True}


def test_a_host_without_any_of_these_is_told_what_the_kernel_needs(host: Path):
    assert remedies.remedy("user namespace").startswith("The kernel needs CONFIG_USER_NS")


def test_the_doctor_says_the_fix_where_the_kernel_really_allows_no_namespace():
    # The limit is one of each user namespace: in a new one it can be set to none without touching the host's.
    inside = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -m grader doctor'
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", inside, sys.executable]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, "sysctl -w user.max_user_namespaces=15000" in told.stdout) == (1, True), (
        told.stdout
    )
