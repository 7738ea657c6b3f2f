"""One real sandbox for the whole session: starting it takes as long as hundreds of gradings."""

import os
from collections.abc import Iterator

import pytest

from grader import Grader, Result
from tests.grader.workshop import Judge, question


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """Shared. Its owner has a secret in its environment, which no submission may find."""
    os.environ["WORKERS_SECRET"] = "hunter2"
    with Grader(spares=0) as shared:
        yield shared
    del os.environ["WORKERS_SECRET"]


@pytest.fixture
def judge(grader: Grader) -> Judge:
    """`judge(tests, submission)`: the result of judging that source against these tests."""

    def run(
        tests: str, submission: str, *, seed: int = 1, visible_only: bool = False, **options: object
    ) -> Result:
        asked = question(tests, **options)  # type: ignore[arg-type]  # entry and reference are text, limits numbers
        return grader.judge(asked, {"solution.py": submission}, seed=seed, visible_only=visible_only)

    return run
