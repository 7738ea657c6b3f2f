import os
import signal
import subprocess
import sys

import pytest

from launcher import lock
from launcher.linux import processes_working_in
from launcher.lock import Running
from launcher.paths import CHECKOUT, DataFolder
from launcher.services import needed_services

from .conftest import all_end, descendants, launcher, talking


def execute(environment, data: DataFolder, *command: str) -> subprocess.CompletedProcess[str]:
    program = launcher("exec", "--data", str(data.root), "--", *command)
    return subprocess.run(program, cwd=CHECKOUT, env=environment, capture_output=True, text=True)


ASK_BOTH = """
import os, psycopg, redis
connection = psycopg.connect(os.environ["DATABASE_URL"])
print(connection.execute("SHOW server_version").fetchone()[0].split(".")[0], connection.info.user)
print(redis.Redis.from_url(os.environ["REDIS_URL"]).ping())
print(os.environ["EMBEDDED"], os.environ["GRADER_MEMORY"] in ("cgroup", "watched"), len(os.environ["SECRET_KEY"]) > 50)
"""


def test_a_command_finds_a_database_and_a_redis(bare_environment, data):
    done = execute(bare_environment, data, sys.executable, "-c", ASK_BOTH)
    assert (done.stdout, done.stderr, done.returncode) == ("18 forwardpass\nTrue\n1 True True\n", "", 0)
    assert list(processes_working_in(data.postgres / "cluster")) == []


def test_tests_never_reach_the_services_of_a_deployment(bare_environment, data):
    deployed = bare_environment | {
        "DATABASE_URL": "postgresql://production/x",
        "REDIS_URL": "redis://production/0",
    }
    done = execute(deployed, data, "sh", "-c", "echo $DATABASE_URL $REDIS_URL")
    assert done.stdout.startswith("postgresql://forwardpass:")
    assert "production" not in done.stdout


@pytest.mark.parametrize(("command", "status"), [("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM)])
def test_the_exit_status_is_the_commands(bare_environment, data, command, status):
    assert execute(bare_environment, data, "sh", "-c", command).returncode == status


def test_a_misspelt_command_is_explained(bare_environment, data):
    done = execute(bare_environment, data, "no-such-command")
    assert done.returncode == 1
    assert (
        done.stderr
        == "\nThere is no command 'no-such-command'.\n\nCheck its spelling, or give its full path.\n"
    )


WAIT = "import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"


def test_a_killed_launcher_leaves_no_process_behind(bare_environment, data):
    with talking(
        launcher("exec", "--data", str(data.root), "--", sys.executable, "-c", WAIT), bare_environment
    ) as it:
        it.read_until("\n")
        left = descendants(it.process.pid)
        assert len(left) > 4  # the command, Redis, Postgres and its helpers
        with all_end(left):
            it.process.kill()


def test_an_ended_launcher_ends_its_command_and_leaves_no_process_behind(bare_environment, data):
    with talking(
        launcher("exec", "--data", str(data.root), "--", sys.executable, "-c", WAIT), bare_environment
    ) as it:
        it.read_until("\n")
        with all_end(descendants(it.process.pid)):
            it.process.terminate()
            assert it.read_to_end() == 128 + signal.SIGTERM


def test_ctrl_c_is_the_commands_to_answer(bare_environment, data):
    answer = (
        "import signal\n"
        "try: print('up', flush=True); signal.pause()\n"
        "except KeyboardInterrupt: raise SystemExit(5)"
    )
    program = launcher("exec", "--data", str(data.root), "--", sys.executable, "-c", answer)
    # A terminal sends Ctrl-C to its whole foreground group.
    with talking(["setsid", *program], bare_environment) as it:
        it.read_until("up")
        os.killpg(it.process.pid, signal.SIGINT)
        assert it.read_to_end() == 5


def test_another_command_on_the_same_data_waits_for_its_turn(bare_environment, data):
    first = launcher("exec", "--data", str(data.root), "--", sys.executable, "-c", WAIT)
    second = launcher("exec", "--data", str(data.root), "--", "echo", "my turn")
    with talking(first, bare_environment) as one:
        one.read_until("\n")
        with talking(second, bare_environment) as two:
            assert "my turn" not in two.read_until("Waiting for another command")
            one.process.terminate()
            assert two.read_to_end() == 0
            assert two.said.endswith("my turn\n")


def test_a_command_beside_a_running_product_joins_its_services(bare_environment, data):
    services = needed_services(data, {})
    environment = services.environment({})
    with lock.hold(data):
        lock.publish(data, Running("run", os.getpid(), "http://127.0.0.1:1/", environment))
        done = execute(bare_environment, data, "sh", "-c", "echo $DATABASE_URL")
    assert (done.stdout.strip(), done.stderr) == (services.postgres.url, "")
    assert not (data.postgres / "cluster").exists()  # nothing was started


def test_a_command_waits_for_a_product_that_is_still_starting(bare_environment, data):
    command = launcher("exec", "--data", str(data.root), "--", "sh", "-c", "echo $DATABASE_URL")
    with lock.hold(data), talking(command, bare_environment) as it:
        it.read_until("Waiting for another command")
        lock.publish(
            data, Running("run", os.getpid(), "http://127.0.0.1:1/", {"DATABASE_URL": "the product's"})
        )
        assert it.read_to_end() == 0
        assert it.said.endswith("the product's\n")


def test_a_product_does_not_start_over_the_data_of_a_command(bare_environment, data):
    program = launcher("exec", "--data", str(data.root), "--", sys.executable, "-c", WAIT)
    with talking(program, bare_environment) as it:
        it.read_until("\n")
        refused = subprocess.run(
            launcher("run", "--data", str(data.root)),
            cwd=CHECKOUT,
            env=bare_environment,
            capture_output=True,
            text=True,
        )
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"\nA command of this checkout (process {it.process.pid}) is using")


def test_only_the_embedded_database_comes_with_demo_people(data):
    elsewhere = {"DATABASE_URL": "postgresql://db/x"}
    mixed = needed_services(data, elsewhere)
    assert (mixed.postgres, mixed.environment(elsewhere)["EMBEDDED"]) == (None, "0")
    assert mixed.environment(elsewhere)["DATABASE_URL"] == "postgresql://db/x"
    assert mixed.environment(elsewhere)["REDIS_URL"].startswith("unix://:")


def test_with_both_services_elsewhere_nothing_is_embedded(data):
    elsewhere = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r/0", "SECRET_KEY": "own"}
    services = needed_services(data, elsewhere)
    assert services.embedded == ()
    assert {name: services.environment(elsewhere)[name] for name in elsewhere} == elsewhere
