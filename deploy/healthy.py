"""Asked by Docker whether a container is well: `python deploy/healthy.py web|heart|grader`.

`web` asks the page that asks the database; `heart` looks when a Celery process last gave a sign of life; `grader` does
that and tries the sandbox as well, so that a worker that cannot judge shows red. Exit status 0: well.
"""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

#: Seconds. A worker beats every two, beat rings at least once a second.
OLDEST_SIGN = 30


def is_web_well() -> bool:
    """As the proxy would ask, so that neither the list of hosts nor the redirect to https is in the way."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".").replace("*", "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
    connection.request("GET", "/healthz/", headers={"Host": host, "X-Forwarded-Proto": "https"})
    return connection.getresponse().status == 200


def has_heartbeat() -> bool:
    return time.time() - Path(os.environ["HEARTBEAT_FILE"]).stat().st_mtime < OLDEST_SIGN


def can_judge() -> bool:
    return has_heartbeat() and subprocess.run([sys.executable, "-m", "grader", "doctor"]).returncode == 0


QUESTIONS: dict[str, Callable[[], bool]] = {"web": is_web_well, "heart": has_heartbeat, "grader": can_judge}


if __name__ == "__main__":
    try:
        sys.exit(0 if QUESTIONS[sys.argv[1]]() else 1)
    except OSError as error:
        sys.exit(f"no sign of life: {error}")
