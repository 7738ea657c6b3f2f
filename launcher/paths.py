"""Where things lie below a data folder."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from launcher.trouble import Trouble

CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_DATA = CHECKOUT / ".data"
TEST_DATA = DEFAULT_DATA / "test"

# sun_path has 108 bytes with the closing zero; the longest name in a socket folder is Postgres' lock.
SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = len(".s.PGSQL.5432.lock")


@dataclass(frozen=True)
class DataFolder:
    """A folder of mode 0700 that holds all that the embedded services keep.

    `durable` data is worth waiting for the disk; test data, which is made anew in a second, is not.
    """

    root: Path
    durable: bool = True

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def running(self) -> Path:
        return self.root / "running.json"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def create(self) -> None:
        for folder in (self.root, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)

    def sockets(self, service: str) -> Path:
        """Where a service's socket lies: short and elsewhere when the path below the data is too long."""
        inside = self.root / "sockets" / service
        if len(os.fsencode(inside)) + 1 + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT:
            return inside
        return short_folder(self.root) / service


def short_folder(root: Path) -> Path:
    """A private folder with a short name, for `root` alone. Raises Trouble when somebody else has it."""
    name = f"forward-pass-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    folder = _short_parent() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Trouble(
            f"{folder} should hold the sockets of this checkout, but it belongs to somebody else.",
            "Remove it, or move the checkout to a shorter path.",
        )
    return folder


def _short_parent() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and len(runtime) < 40 and os.access(runtime, os.W_OK):
        return Path(runtime)
    temporary = Path(tempfile.gettempdir())
    return temporary if len(str(temporary)) < 40 else Path("/tmp")  # noqa: S108 - the folder made in it is private and checked
