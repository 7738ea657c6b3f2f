"""Under whose name a data service runs: Postgres refuses root, so root must become somebody else."""

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from launcher import linux
from launcher.trouble import Trouble

NOBODY = 65534


class Identity(Protocol):
    """How a child becomes the user it shall be, and who owns its folders as the launcher sees them."""

    @property
    def owner(self) -> int: ...

    def enter(self) -> None:
        """Run in the child between fork and exec. Raises OSError."""


@dataclass(frozen=True)
class Myself:
    """The user who started the launcher."""

    @property
    def owner(self) -> int:
        return os.geteuid()

    def enter(self) -> None:
        return


@dataclass(frozen=True)
class NobodyInside:
    """Root outside, nobody inside a user namespace: reaches what root owns, has no power over the rest."""

    @property
    def owner(self) -> int:
        return os.geteuid()

    def enter(self) -> None:
        linux.map_into_user_namespace(NOBODY)


@dataclass(frozen=True)
class Nobody:
    """An unprivileged user for hosts without user namespaces (containers with the usual seccomp profile).

    It keeps the right to pass closed folders, since a checkout often lies under a home of mode 0700.
    """

    @property
    def owner(self) -> int:
        return NOBODY

    def enter(self) -> None:
        linux.become(NOBODY, keep=linux.CAP_DAC_OVERRIDE)


def choose_identity(binary: Path) -> Identity:
    """Choose under whose name `binary` and its like can run here. Raises Trouble when root finds no way."""
    if os.geteuid() != 0:
        return Myself()
    for identity in (NobodyInside(), Nobody()):
        if _can_run(identity, binary):
            return identity
    raise Trouble(
        "Postgres refuses to run as root, and this host lets root become neither another user nor\n"
        f"nobody in a user namespace (tried with {binary}).",
        "Run the same command as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own.",
    )


@cache
def _can_run(identity: Identity, binary: Path) -> bool:
    """Try it: namespaces, closed folders and mount options can each forbid it, and only a trial tells."""
    try:
        return (
            subprocess.run([binary, "--version"], preexec_fn=identity.enter, capture_output=True).returncode
            == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False


def hand_over(folder: Path, identity: Identity) -> None:
    """Create `folder` with mode 0700 for the identity, taking over what another one made earlier."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() != 0:
        return
    if folder.stat().st_uid != identity.owner:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, identity.owner, identity.owner, follow_symlinks=False)
