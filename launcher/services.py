"""The embedded data services of one data folder, and the environment that leads the product to them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from launcher.identity import choose_identity
from launcher.keys import Keys, load_keys
from launcher.paths import DataFolder
from launcher.postgres import Postgres, binaries
from launcher.probes import memory_mode
from launcher.valkey import Valkey

Service = Postgres | Valkey


@dataclass(frozen=True)
class Services:
    """What the launcher has to start: a service whose URL is set outside is left out."""

    keys: Keys
    postgres: Postgres | None
    valkey: Valkey | None

    @property
    def embedded(self) -> tuple[Service, ...]:
        """Those to start, in the order of starting."""
        return tuple(service for service in (self.postgres, self.valkey) if service)

    def environment(self, outside: Mapping[str, str]) -> dict[str, str]:
        """The environment for the product's processes: `outside`, and what it does not say.

        The demo sign-in (EMBEDDED=1) comes only with the embedded database, never over data from elsewhere.
        """
        own = {
            "SECRET_KEY": self.keys.secret_key,
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "GRADER_MEMORY": memory_mode(),
            "PYTHONUNBUFFERED": "1",
        }
        found = own | dict(outside) | {"EMBEDDED": "1" if self.postgres else "0"}
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url
        if self.valkey:
            found["REDIS_URL"] = self.valkey.url
        return found


def needed_services(data: DataFolder, outside: Mapping[str, str] | None = None) -> Services:
    """Find out which services `outside` (the environment) leaves to the launcher. Raises Trouble."""
    given = os.environ if outside is None else outside
    keys = load_keys(data.secrets)
    if given.get("DATABASE_URL") and given.get("REDIS_URL"):
        return Services(keys, None, None)
    identity = choose_identity(binaries() / "postgres")
    return Services(
        keys,
        None if given.get("DATABASE_URL") else Postgres(data, keys, identity),
        None if given.get("REDIS_URL") else Valkey(data, keys, identity),
    )
