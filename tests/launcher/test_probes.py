import os
import subprocess
import sys

import pytest

from launcher import probes
from launcher.paths import CHECKOUT


def settings(tmp_path, **values: str):
    for name in ("apparmor", "debian", "maximum"):
        if name in values:
            (tmp_path / name).write_text(values[name] + "\n")
    return {name: tmp_path / name for name in ("apparmor", "debian", "maximum")}


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        (
            {"apparmor": "1", "debian": "1", "maximum": "9000"},
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ({"apparmor": "0", "debian": "0"}, "kernel.unprivileged_userns_clone=1"),
        ({"maximum": "0"}, "user.max_user_namespaces="),
        ({}, "a profile that allows unshare and mount"),
    ],
)
def test_the_switch_that_forbids_user_namespaces_is_named(tmp_path, values, fix):
    assert fix in probes.user_namespace_fix(**settings(tmp_path, **values))


def in_namespace_without_more(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where no further user namespace can be made, as in most containers."""
    program = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    unshare = ["unshare", "--user", "--map-root-user", "sh", "-c", program, "sh"]
    return subprocess.run([*unshare, *command], cwd=CHECKOUT, capture_output=True, text=True)


ASK = "from launcher import probes; print(probes.user_namespaces_work(), probes.user_namespace_fix().splitlines()[-1])"


def test_a_host_without_user_namespaces_is_noticed():
    done = in_namespace_without_more(sys.executable, "-c", ASK)
    assert done.stdout == "False     sudo sysctl -w user.max_user_namespaces=15000\n"


def test_the_trial_changes_nothing_for_the_one_who_tries():
    before = os.readlink("/proc/self/ns/user")
    assert probes.user_namespaces_work() is True
    assert os.readlink("/proc/self/ns/user") == before


def test_without_a_memory_cgroup_memory_is_watched(tmp_path):
    assert probes.memory_cgroup_works(tmp_path) is False  # a folder that makes no limit appear
    assert list(tmp_path.iterdir()) == []
    assert probes.memory_cgroup_works(tmp_path / "missing") is False


def test_the_memory_mode_is_one_that_the_grader_knows():
    assert probes.memory_mode() == (
        "cgroup" if os.geteuid() == 0 and probes.memory_cgroup_works() else "watched"
    )
