import json
import os
import select
import shutil
import signal
import subprocess
import sys

import psycopg
import pytest

from launcher.execute import started
from launcher.identity import choose_identity
from launcher.keys import load_keys
from launcher.linux import processes_working_in
from launcher.paths import SOCKET_PATH_LIMIT, DataFolder, short_folder
from launcher.postgres import LOCK_FILE, Postgres, binaries, quoted_directory
from launcher.services import Services
from launcher.trouble import Trouble


def only_postgres(data: DataFolder) -> Services:
    keys = load_keys(data.secrets)
    return Services(keys, Postgres(data, keys, choose_identity(binaries() / "postgres")), None)


def ask(services: Services, query: str):
    with psycopg.connect(services.postgres.url, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.fixture
def postgres(data: DataFolder) -> Services:
    return only_postgres(data)


def test_it_starts_answers_and_leaves_nothing_behind(postgres, data):
    with started(postgres, data):
        assert ask(postgres, "SELECT current_database() || ' ' || current_user") == "forwardpass forwardpass"
        assert list(processes_working_in(postgres.postgres.cluster))
    assert list(processes_working_in(postgres.postgres.cluster)) == []


def test_the_product_is_no_superuser_but_may_make_test_databases(postgres, data):
    with started(postgres, data):
        rights = "SELECT rolsuper::int || '' || rolcreatedb::int FROM pg_roles WHERE rolname = current_user"
        assert ask(postgres, rights) == "01"


def test_it_listens_on_a_private_socket_and_on_no_port(postgres, data):
    with started(postgres, data):
        assert ask(postgres, "SHOW listen_addresses") == ""
        assert {path.name for path in postgres.postgres.sockets.iterdir()} == {
            ".s.PGSQL.5432",
            ".s.PGSQL.5432.lock",
        }
        assert postgres.postgres.sockets.stat().st_mode & 0o777 == 0o700


def test_everything_that_holds_a_secret_is_closed_to_others(postgres, data):
    with started(postgres, data):
        assert data.secrets.stat().st_mode & 0o777 == 0o600
        assert [
            path.stat().st_mode & 0o777 for path in (data.root, data.postgres, postgres.postgres.cluster)
        ] == [0o700] * 3
        assert sorted(path.name for path in data.postgres.iterdir()) == ["cluster"]


def test_a_wrong_password_opens_nothing(postgres, data):
    with (
        started(postgres, data),
        pytest.raises(psycopg.OperationalError, match="password authentication failed"),
    ):
        psycopg.connect(postgres.postgres.url.replace(postgres.keys.postgres, "guess"))


def test_a_second_start_keeps_the_data(postgres, data):
    with started(postgres, data):
        ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    with started(only_postgres(data), data):
        assert ask(postgres, "SELECT answer FROM kept") == 42


def kill(postgres: Services) -> None:
    """End every process of the server at once, as a power cut does."""
    for pid in list(processes_working_in(postgres.postgres.cluster)):
        pidfd = os.pidfd_open(pid)
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        assert select.select([pidfd], [], [], 10)[0]
        os.close(pidfd)


def test_the_marks_of_a_killed_server_do_not_stop_the_next_start(postgres, data):
    with started(postgres, data):
        ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
        postmaster = postgres.postgres.cluster / LOCK_FILE
        marks = postmaster.read_text()
        kill(postgres)
    # The old number may belong to a living process by now; this one stands for it.
    postmaster.write_text(f"{os.getppid()}\n" + marks.split("\n", 1)[1])
    (postgres.postgres.sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getppid()}\n")
    with started(postgres, data):
        assert ask(postgres, "SELECT answer FROM kept") == 42


def test_a_server_that_still_shuts_down_is_waited_for(postgres, data):
    """A launcher that was killed leaves a Postgres that ends by itself, a moment later."""
    with started(postgres, data):
        postmaster = int((postgres.postgres.cluster / LOCK_FILE).read_text().split()[0])
        os.kill(postmaster, signal.SIGINT)
        postgres.postgres.clear_leftovers()
        assert list(processes_working_in(postgres.postgres.cluster)) == []


def test_an_initdb_that_was_cut_short_is_done_again(postgres, data):
    draft = data.postgres / "cluster.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with started(postgres, data):
        assert ask(postgres, "SELECT 1") == 1
    assert not draft.exists()


def test_a_database_of_another_version_is_named(postgres, data):
    postgres.postgres.prepare()
    (postgres.postgres.cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(Trouble, match=r"comes from Postgres 16; this is 18"):
        postgres.postgres.prepare()


def test_lost_passwords_are_explained(postgres, data):
    postgres.postgres.prepare()
    data.secrets.unlink()
    with pytest.raises(Trouble, match="does not know the passwords in"), started(only_postgres(data), data):
        pass


def test_damaged_secrets_are_explained(data):
    data.secrets.write_text("{")
    with pytest.raises(Trouble, match="holds the generated passwords and cannot be read"):
        load_keys(data.secrets)


def test_secrets_stay_the_same(data):
    keys = load_keys(data.secrets)
    assert load_keys(data.secrets) == keys
    assert len(set(json.loads(data.secrets.read_text()).values())) == 4
    assert keys.secret_key not in repr(keys)


def test_a_checkout_with_a_long_path_gets_a_short_private_socket_folder(tmp_path):
    root = tmp_path / ("long" * 30) / 'data, with "marks" and spaces % #1'
    data = DataFolder(root)
    data.create()
    postgres = only_postgres(data)
    try:
        with started(postgres, data):
            assert ask(postgres, "SELECT 1") == 1
        assert len(str(postgres.postgres.sockets / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT
        assert short_folder(root).stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(short_folder(root))


def test_a_short_socket_folder_of_somebody_else_is_refused(tmp_path):
    folder = short_folder(tmp_path)
    try:
        folder.chmod(0o755)
        with pytest.raises(Trouble, match="belongs to somebody else"):
            short_folder(tmp_path)
        folder.rmdir()
        folder.symlink_to(tmp_path)
        with pytest.raises(Trouble, match="belongs to somebody else"):
            short_folder(tmp_path)
    finally:
        folder.unlink()


def test_a_path_with_odd_characters_is_quoted_for_the_setting(tmp_path):
    assert quoted_directory(tmp_path / 'a, "b"') == f'"{tmp_path}/a, ""b"""'


def test_a_full_disk_is_no_riddle(tmp_path):
    """initdb on a file system of two megabytes, in a mount namespace of its own."""
    program = (
        f"mount -t tmpfs -o size=2m none {tmp_path} && "
        f"exec {sys.executable} -m launcher exec --data {tmp_path}/data -- true"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", program],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("\nThe disk is full: there was no space left on the device.\n")
    assert "Traceback" not in done.stderr
