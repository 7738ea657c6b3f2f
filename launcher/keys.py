"""The secrets of the embedded mode: made once, kept with mode 0600, never on a command line."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from launcher.trouble import Trouble


@dataclass(frozen=True, repr=False)
class Keys:
    """Passwords are URL-safe, so that they need no quoting anywhere."""

    secret_key: str
    postgres_admin: str
    postgres: str
    redis: str


def load_keys(path: Path) -> Keys:
    """Read the keys, or make them on the first run. Raises Trouble when the file is damaged."""
    if not path.exists():
        write_private(path, json.dumps(asdict(_new_keys()), indent=2))
    try:
        return Keys(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise Trouble(
            f"{path} holds the generated passwords and cannot be read: {error}.",
            "Restore it from a copy, or remove the data folder to begin with an empty database.",
        ) from error


def _new_keys() -> Keys:
    return Keys(**{field.name: secrets.token_urlsafe(48) for field in fields(Keys)})


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
