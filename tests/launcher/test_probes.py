import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import probes
from launcher.paths import CHECKOUT, DataFolder
from launcher.product import Product

from .conftest import launcher


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


FORBIDDING = ["sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"]


def in_namespace_without_more(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where no further user namespace can be made, as in most containers."""
    unshare = ["unshare", "--user", "--map-root-user"]
    return subprocess.run([*unshare, *FORBIDDING, *command], cwd=CHECKOUT, capture_output=True, text=True)


ASK = "from launcher import probes; print(probes.user_namespaces_work(), probes.user_namespace_fix().splitlines()[-1])"


def test_a_host_without_user_namespaces_is_noticed():
    done = in_namespace_without_more(sys.executable, "-c", ASK)
    assert done.stdout == "False     sudo sysctl -w user.max_user_namespaces=15000\n"


if os.geteuid() == 0:  # an ordinary user needs no other identity, so has nothing to fall back from

    def test_root_without_user_namespaces_runs_the_services_as_nobody(tmp_path, bare_environment):
        mark = tmp_path / "data" / "postgres" / "cluster" / "postmaster.pid"
        tell = f"import os; print(os.stat('/proc/' + open({str(mark)!r}).readline().strip()).st_uid)"
        program = launcher("exec", "--data", str(tmp_path / "data"), "--", sys.executable, "-c", tell)
        with subprocess.Popen(
            ["unshare", "--user", "sh", "-c", "echo here; read end"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            holder.stdout.readline()
            for ids in ("uid_map", "gid_map"):
                Path(f"/proc/{holder.pid}/{ids}").write_text("0 0 65536")
            inside = ["nsenter", "--user", "--target", str(holder.pid), "--setuid", "0", "--setgid", "0"]
            done = subprocess.run(
                [*inside, *FORBIDDING, *program],
                cwd=CHECKOUT,
                env=bare_environment,
                capture_output=True,
                text=True,
            )
        assert (done.stdout, done.stderr, done.returncode) == ("65534\n", "", 0)


def test_the_trial_changes_nothing_for_the_one_who_tries():
    before = os.readlink("/proc/self/ns/user")
    assert probes.user_namespaces_work() is True
    assert os.readlink("/proc/self/ns/user") == before


def test_a_folder_that_limits_nothing_is_no_memory_cgroup(tmp_path):
    for controller in ("memory", "pids"):
        (tmp_path / controller).mkdir()
    assert probes.memory_cgroup_works(tmp_path) is False
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["memory", "pids"]
    assert probes.memory_cgroup_works(tmp_path / "missing") is False


def test_the_memory_mode_is_one_that_the_grader_knows():
    assert probes.memory_mode() == (
        "cgroup" if os.geteuid() == 0 and probes.memory_cgroup_works() else "watched"
    )


def test_without_a_driver_no_gpu_is_tried(tmp_path):
    assert probes.gpus(os.environ, tmp_path / "nvidiactl") == probes.Gpus()


def test_whoever_wants_the_processor_alone_gets_it(tmp_path):
    (tmp_path / "nvidiactl").touch()
    assert probes.gpus({**os.environ, "GRADER_DEVICE": "cpu"}, tmp_path / "nvidiactl") == probes.Gpus()


def test_a_gpu_that_cannot_be_used_is_explained(tmp_path):
    (tmp_path / "nvidiactl").touch()
    found = probes.gpus({**os.environ, "GRADER_DEVICE": "cuda:99"}, tmp_path / "nvidiactl")
    assert found.working == 0
    assert "libnvidia-ml.so.1" in found.refusal or "cuda:99 was asked for" in found.refusal


def test_only_the_worker_for_gpus_reaches_for_one(tmp_path):
    product = Product({"GRADER_DEVICE": "cuda:1"}, DataFolder(tmp_path), "127.0.0.1", 8000)
    others = [product.worker(), product.control(), product.bulk()]
    assert {program.env["GRADER_DEVICE"] for program in others} == {"cpu"}
    gpu = product.gpu(2)
    assert gpu.env["GRADER_DEVICE"] == "cuda:1"
    assert " ".join(gpu.argv[1:]) == (
        "-m celery -A interview worker -Q gpu --pool threads --concurrency 2 -n gpu@%h"
    )
