"""What must be right before anything long begins: the address, the port, the room on the disk.

Read by `launcher.install` before a suitable Python is known, so it keeps to the syntax of Python 3.8.
"""

from __future__ import annotations

import errno
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from launcher.trouble import Trouble

INSTALL_BYTES = 3 * 10**9
DEPLOYMENT_NEEDS = (
    "Serving other machines is a deployment: give it a Postgres and a Redis of its own (DATABASE_URL, REDIS_URL),\n"
    "a SECRET_KEY, ALLOWED_HOSTS, and a web server with TLS in front. It then has no demo sign-in."
)


def is_embedded(environment: Mapping[str, str]) -> bool:
    """Tell whether the launcher has to start a service of its own."""
    return not (environment.get("DATABASE_URL") and environment.get("REDIS_URL"))


def check_host(host: str, environment: Mapping[str, str]) -> None:
    """Refuse to serve other machines from the embedded mode: everybody could sign in as a demo person there."""
    if is_embedded(environment) and not is_loopback(host):
        raise Trouble(
            f"HOST={host} would open the embedded mode, with its one-click demo sign-in, to other machines.\n"
            "It serves this machine alone (127.0.0.1, ::1 or localhost).",
            DEPLOYMENT_NEEDS,
        )


def is_loopback(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def check_port(host: str, port: int) -> None:
    """Raise Trouble when nothing can listen on the port."""
    error = _try_port(host, port)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise Trouble(f"Port {port} on {host} is in use by another program.", _port_fix(host, port))
    if error.errno == errno.EACCES:
        raise Trouble(f"Port {port} is reserved for root.", "Choose one from 1024 on: make run PORT=8000")
    raise Trouble(f"Nothing can listen on {host} port {port}: {error.strerror}.", "Check HOST and PORT.")


def _port_fix(host: str, port: int) -> str:
    free = next((other for other in range(port + 1, min(port + 50, 65536)) if not _try_port(host, other)), 0)
    return f"Stop that program, or choose another port: make run PORT={free}"


def _try_port(host: str, port: int) -> OSError | None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(found[0], found[1]) as trial:
            # As the server itself does it: the closed connections of an earlier server are no obstacle.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(found[4])
            trial.listen(1)
    except OSError as error:
        return error
    return None


def check_disk(folder: Path, needed: int = INSTALL_BYTES) -> None:
    """Raise Trouble when the disk that holds `folder` has less than `needed` bytes free for this user."""
    free = shutil.disk_usage(str(folder)).free
    if free < needed:
        raise Trouble(
            f"The disk that holds {folder} has {free / 1e9:.1f} GB free; the installation needs about"
            f" {needed / 1e9:.0f} GB.\nMost of it is PyTorch; its default build for NVIDIA cards takes about 8 GB.",
            "Free some space and run the same command again. A build for processors alone is much smaller:\n"
            "choose its index through pip's own variables (the README shows how).",
        )


def parse_port(text: str) -> int:
    """Read a port number. Raises Trouble."""
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise Trouble(f"PORT={text} is no port number.", "Choose one from 1024 to 65535: make run PORT=8000")
