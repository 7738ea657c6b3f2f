"""One pool for all gradings of a process, replaced when its forkserver is lost or has grown."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from grader.errors import SandboxUnavailable
from grader.sandbox.owner import Forkserver, ForkserverLost
from grader.sandbox.pool import Pool


class Supply:
    """Starts a pool when one is first needed. Safe to share between threads."""

    def __init__(self, spares: int) -> None:
        self._spares = spares
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._users: Counter[Pool] = Counter()
        self._renewal: threading.Thread | None = None

    @property
    def present(self) -> Pool | None:
        """The pool that the next grading gets, if there is one already."""
        return self._pool

    def start(self) -> None:
        """Have a pool now; raises SandboxUnavailable."""
        with self._lock:
            self._running()

    @contextmanager
    def lease(self) -> Iterator[Pool]:
        """A pool for one grading. One whose forkserver turns out to be lost is replaced on the way out."""
        with self._lock:
            pool = self._running()
            self._users[pool] += 1
        try:
            yield pool
        except ForkserverLost:
            self._drop(pool)
            raise
        finally:
            self._give_back(pool)

    def close(self) -> None:
        """Stop everything; a new pool starts when it is needed again."""
        with self._lock:
            pool, self._pool = self._pool, None
            renewal = self._renewal
        if renewal is not None:
            renewal.join()
        if pool is not None:
            pool.stop()

    def _running(self) -> Pool:
        if self._pool is None or not self._pool.forkserver.is_alive:
            if self._pool is not None:
                self._pool.stop()
            self._pool = Pool(Forkserver(), self._spares)
        return self._pool

    def _drop(self, lost: Pool) -> None:
        """Several threads may notice the same loss; what is left of it ends once."""
        with self._lock:
            if self._pool is lost:
                self._pool = None
        lost.stop()

    def _give_back(self, pool: Pool) -> None:
        with self._lock:
            self._users[pool] -= 1
            is_left = self._pool is not pool and not self._users[pool]
            if not self._users[pool]:
                del self._users[pool]
            if self._pool is pool and self._renewal is None and pool.forkserver.has_grown():
                self._renewal = threading.Thread(target=self._renew, args=(pool,), name="grader-renewal")
                self._renewal.start()
        if is_left:
            pool.stop()

    def _renew(self, grown: Pool) -> None:
        """Load a new forkserver beside the old one, so that no grading waits for it."""
        # Where no new one starts, the old one still serves; the next grading's end tries again.
        with suppress(SandboxUnavailable):
            self._swap(grown, Pool(Forkserver(), self._spares))
        with self._lock:
            self._renewal = None

    def _swap(self, old: Pool, new: Pool) -> None:
        with self._lock:
            is_wanted = self._pool is old
            if is_wanted:
                self._pool = new
            is_idle = not self._users[old]
        if not is_wanted:
            new.stop()
        elif is_idle:
            old.stop()
