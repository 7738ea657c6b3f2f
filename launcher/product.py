"""The commands that make up the running product, as the launcher starts them."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from launcher.child import Program
from launcher.paths import CHECKOUT, DataFolder

WEB_GRACE_SECONDS = 3

# As root the grader can keep memory limits by cgroup and jails everything in namespaces, so Celery need not warn.
ROOT_IS_MEANT = "ignore:You're running the worker with superuser privileges"


#: A new connection to Postgres takes longer than all that a request or a task asks by it.
POOLED = {"DATABASE_POOL": "1"}


@dataclass(frozen=True)
class Product:
    """The processes of Forward Pass with one environment, on one address."""

    environment: Mapping[str, str]
    data: DataFolder
    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def setup(self, command: str) -> Program:
        """A command of manage.py that runs to its end."""
        return self._program("setup", "manage.py", command)

    def demo(self) -> Program:
        """Gives the demo people something to look at; ends by itself."""
        return self._program("demo", "manage.py", "seed_demo")

    def web(self) -> Program:
        address = ("--host", self.host, "--port", str(self.port))
        grace = ("--timeout-graceful-shutdown", str(WEB_GRACE_SECONDS))
        web = self._program("web", "-m", "uvicorn", "interview.asgi:application", *address, *grace)
        return replace(web, env={**self.environment, **POOLED})

    def worker(self) -> Program:
        """Grades; as many at a time as there are cores."""
        return self._celery_worker(
            "worker", queue="cpu", node="cpu@%h", concurrency=len(os.sched_getaffinity(0))
        )

    def control(self) -> Program:
        """Closes interviews; never waits behind gradings."""
        return self._celery_worker("control", queue="control", node="control@%h", concurrency=2)

    def bulk(self) -> Program:
        """Proves questions, which takes minutes; the processor is its own only while nobody waits for a grading."""
        worker = self._celery_worker("bulk", queue="bulk", node="bulk@%h", concurrency=1)
        return replace(worker, nice=10)

    def gpu(self, count: int) -> Program:
        """Grades what needs a GPU: one submission at a time on each."""
        device = self.environment.get("GRADER_DEVICE") or "cuda"
        return self._celery_worker("gpu", queue="gpu", node="gpu@%h", concurrency=count, device=device)

    def beat(self) -> Program:
        schedule = self.data.root / "beat-schedule"
        arguments = ("-m", "celery", "-A", "interview", "beat", "-s", str(schedule), "--pidfile=")
        return self._program("beat", *arguments, ready_line="maxinterval")

    def _celery_worker(
        self, name: str, *, queue: str, node: str, concurrency: int, device: str = "cpu"
    ) -> Program:
        pool = ("--pool", "threads", "--concurrency", str(concurrency))
        arguments = ("-m", "celery", "-A", "interview", "worker", "-Q", queue, *pool, "-n", node)
        worker = self._program(name, *arguments, ready_line="[queues]", stop_seconds=10.0)
        # A device has one worker; the others must not reach for it, whatever this environment says.
        own = {"PYTHONWARNINGS": ROOT_IS_MEANT, "GRADER_DEVICE": device}
        return replace(worker, env={**self.environment, **own, **POOLED})

    def _program(
        self, name: str, *arguments: str, ready_line: str = "", stop_seconds: float = 5.0
    ) -> Program:
        return Program(
            name,
            (sys.executable, *arguments),
            env=self.environment,
            folder=CHECKOUT,
            stop_with=signal.SIGTERM,
            stop_seconds=stop_seconds,
            ready_line=ready_line,
        )
