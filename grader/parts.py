"""Several properties in one test, each with its own weight and its own remark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from grader.asserts import AssertFailed
from grader.candidate import CandidateError
from grader.checks import PASSED, Check
from grader.comparison import Failure


@dataclass(frozen=True)
class Part:
    """One property: what it is worth among the others, and how it came out."""

    name: str
    weight: float
    check: Check


class Parts:
    """What a test gets as `part`: `with part("every row has mean 0", weight=2): …`.

    A part holds when its block comes to its end. One that fails, or that makes the submission raise, costs its weight;
    the blocks after it are run all the same.
    """

    def __init__(self) -> None:
        self._found: list[Part] = []

    @contextmanager
    def __call__(self, name: str, *, weight: float = 1.0) -> Iterator[None]:
        """Run a block as one part of the test."""
        if weight <= 0:
            raise ValueError(f"the weight of part '{name}' has to be above zero")
        check = PASSED
        try:
            yield
        except (Failure, AssertFailed) as failure:
            check = failure.check
        except AssertionError as failure:
            check = Check(False, str(failure) or "An assertion does not hold.")
        except CandidateError as error:
            if error.hint or error.rule:
                # A limit that was met or a rule that was broken has a verdict of its own.
                raise
            check = Check(False, f"The submission raised {error}")
        self._found.append(Part(name, weight, check))

    def check(self) -> Check | None:
        """All parts as one check: fine if every one holds, worth the weights of those that do. None without parts."""
        if not self._found:
            return None
        missed = [part for part in self._found if not part.check.ok]
        if not missed:
            return PASSED
        held = [part for part in self._found if part.check.ok]
        share = sum(part.weight for part in held) / sum(part.weight for part in self._found)
        first = missed[0].check
        return replace(first, message=_message(held, missed), share=share)


def _message(held: list[Part], missed: list[Part]) -> str:
    """Which held and which did not, the latter with their reasons."""
    count = f"{len(held)} of {len(held) + len(missed)} parts hold"
    kept = f"{count}: {'; '.join(part.name for part in held)}." if held else f"{count}."
    return "\n".join([kept, *(f"Not this: {part.name}. {part.check.message}".strip() for part in missed)])
