"""Questions whose submission is a test: it runs against every variant of a module, the faulty and the correct ones.

Each variant is a grading of its own, in processes of its own, so that nothing one variant was seen to do is known to
the test when it meets the next. The variant stands beside the test under the name that the test imports; comments and
docstrings are taken out before, since they would tell a test that reads the source what is wrong with it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grader.curves import read_curves
from grader.errors import Problem
from grader.limits import Limits
from grader.outline import TestOutline, default_reveal, read_outline, unrun
from grader.results import Phases, Progress, Result, TestResult, Usage, Verdict, overall

if TYPE_CHECKING:
    from grader.request import Request

FOLDER = "grading/mutants/"
CORRECT, FAULTY = "correct", "faulty"
TESTS = "grading/tests.py"

#: Below this many seconds there is no point in beginning with another variant.
LEAST_SECONDS = 0.05

#: Decides nothing by itself: the submission's own asserts do. A process that ends is no assert, and shows as such.
RUNNER = b"""\
from grader.candidate import CandidateError
from grader.checks import Check
from grader.testing import test
from grader.variants import UNFIT, unfit


@test("variant", visible=True)
def variant(candidate):
    names = candidate.names_("test_")
    if problem := unfit(names):
        return Check(False, problem, output=UNFIT)
    for name in names:
        try:
            getattr(candidate, name)()
        except CandidateError as error:
            return Check(False, f"{name}: {error}", places=error.places)
    return Check(True)
"""
#: What the runner alone says as the output of a submission that is no test at all.
UNFIT = "unfit"


def unfit(names: Mapping[str, bool]) -> str:
    """Why functions of these names, callable or not, cannot be the tests of a submission; nothing if they can."""
    odd = [name for name, is_callable in names.items() if not is_callable]
    if odd:
        return f"The submission must define {' and '.join(odd)}, and it must be callable."
    return "" if names else "The submission has no function whose name begins with test_."


#: Runs one session.
Judge = Callable[["Request"], Result]


@dataclass(frozen=True)
class Variant:
    """One implementation of the module under test. `number` counts within its kind, from 1."""

    name: str
    is_correct: bool
    is_visible: bool
    number: int
    source: str

    @property
    def title(self) -> str:
        """What a candidate may know of it: its file's name would tell the fault."""
        return f"{'Correct' if self.is_correct else 'Faulty'} variant {self.number}"


@dataclass(frozen=True)
class Variants:
    """What `variants` in question.yaml says, with the files that it speaks of; correct and visible ones first."""

    module: str
    points: float
    all: tuple[Variant, ...]

    def outline(self) -> tuple[TestOutline, ...]:
        """One test for each variant. A faulty one gives its share of the points, a correct one can only take some."""
        faulty = sum(not variant.is_correct for variant in self.all)
        return tuple(
            TestOutline(
                name=variant.title,
                group="correct variants: to be accepted"
                if variant.is_correct
                else "faulty variants: to be noticed",
                points=0.0 if variant.is_correct else self.points / faulty,
                visible=variant.is_visible,
                reveal=default_reveal(variant.is_visible),
                line=0,
            )
            for variant in self.all
        )

    def visible(self) -> Variants:
        """Those that Run tries, with their share of the points."""
        shown = tuple(variant for variant in self.all if variant.is_visible)
        return Variants(self.module, sum(test.points for test in self.outline() if test.visible), shown)

    def specimen(self) -> dict[str, str]:
        """A correct implementation that Run tries as well, as the file that the tests import."""
        return {f"{self.module}.py": next(v.source for v in self.all if v.is_correct and v.is_visible)}

    def told_apart(self, verdicts: Sequence[Verdict]) -> tuple[list[bool], list[bool]]:
        """For each faulty variant whether it was noticed, for each correct one whether it was turned away."""
        judged = list(zip(self.all, verdicts, strict=True))
        noticed = [verdict is Verdict.ACCEPTED for variant, verdict in judged if not variant.is_correct]
        refused = [verdict is not Verdict.ACCEPTED for variant, verdict in judged if variant.is_correct]
        return noticed, refused

    def penalty(self, variant: Variant) -> float:
        """The points that doing wrong by this variant takes away: those of its share, if it is a correct one."""
        correct = sum(other.is_correct for other in self.all)
        return self.points / correct if variant.is_correct else 0.0

    def score(self, verdicts: Sequence[Verdict]) -> float:
        """points × max(0, share of faulty variants noticed − share of correct variants turned away).

        Shares and not counts: a test that always fails notices everything and turns everything away, and is worth
        nothing, as is one that always passes.
        """
        noticed, refused = self.told_apart(verdicts)
        return round(self.points * max(0.0, _share(noticed) - _share(refused)), 6)


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def read_variants(declared: Mapping[str, Any], files: Mapping[str, bytes]) -> Variants:
    """The variants of a folder; `variant_problems` has found none."""
    visible = declared["visible"]
    names = sorted(_names(files), key=lambda name: (name.startswith(FAULTY), name not in visible, name))
    numbers = {CORRECT: 0, FAULTY: 0}
    found = []
    for name in names:
        kind = name.partition("/")[0]
        numbers[kind] += 1
        source = bare(files[f"{FOLDER}{name}.py"].decode())
        found.append(Variant(name, kind == CORRECT, name in visible, numbers[kind], source))
    return Variants(declared["module"], declared["points"], tuple(found))


def bare(source: str) -> str:
    """The source without comments and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree) + "\n"


def _names(files: Mapping[str, bytes]) -> list[str]:
    """correct/by_the_formula, faulty/off_by_one …"""
    return [path.removeprefix(FOLDER).removesuffix(".py") for path in files if path.startswith(FOLDER)]


def variant_problems(declared: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[Problem]:
    """What keeps the variants of a folder from telling a good test from a bad one."""
    names = _names(files)
    visible = set(declared["visible"])
    for name in sorted(visible - set(names)):
        yield Problem("question.yaml", 0, f"variants.visible names '{name}'", f"{FOLDER}{name}.py is missing")
    correct = [name for name in names if name.startswith(f"{CORRECT}/")]
    faulty = [name for name in names if name.startswith(f"{FAULTY}/")]
    for name in sorted(set(names) - {*correct, *faulty}):
        hint = "a variant lies in correct/ or in faulty/"
        yield Problem(f"{FOLDER}{name}.py", 0, "is neither correct nor faulty", hint)
    if not visible & set(correct) or not set(correct) - visible:
        hint = "with a single one, a test could compare sources; show one, so that Run tells honest work from a slip"
        yield Problem(f"{FOLDER}{CORRECT}", 0, "needs two variants, one of them visible and one hidden", hint)
    if not set(faulty) - visible:
        yield Problem(
            f"{FOLDER}{FAULTY}", 0, "needs a variant that is not visible", "what Run shows is known"
        )
    yield from _source_problems(files, names)
    if declared["module"] == "solution":
        yield Problem(
            "question.yaml", 0, "variants.module cannot be solution", "that is the submission itself"
        )


def _source_problems(files: Mapping[str, bytes], names: Sequence[str]) -> Iterator[Problem]:
    """Each variant is Python, and all of them define the same names: a missing one would need no test."""
    defined: dict[str, set[str]] = {}
    for name in names:
        path = f"{FOLDER}{name}.py"
        try:
            defined[path] = set(_defined(ast.parse(files[path].decode())))
        except (SyntaxError, ValueError) as error:
            yield Problem(path, getattr(error, "lineno", 0) or 0, f"is not valid Python: {error}")
    everything = set().union(*defined.values())
    for path, own in defined.items():
        if own != everything:
            lacking = ", ".join(sorted(everything - own))
            yield Problem(
                path, 0, f"does not define {lacking}", "other variants do, and a test may import it"
            )


def _defined(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef) and not statement.name.startswith("_"):
            yield statement.name


def judge_variants(request: Request, judge: Judge) -> Result:
    """Run the submission's tests against each variant, and score what they noticed."""
    return _Round(request, judge).run()


class _Round:
    def __init__(self, request: Request, judge: Judge) -> None:
        variants = request.question.variants
        assert variants is not None  # noqa: S101 - for the type checker: such a question has them
        self._request, self._judge, self._variants = request, judge, variants
        self._question, self._seed = request.question, request.seed
        self._served = variants.visible() if request.visible_only else variants
        self._usage, self._phases = Usage(), Phases()

    def run(self) -> Result:
        results: list[TestResult] = []
        for position, variant in enumerate(self._served.all):
            step = Progress(position + 1, len(self._served.all), variant.title)
            self._request.tell(step)
            result = self._meet(variant, step)
            if position == 0 and result is not None and _is_unfit(result):
                return self._refused(Verdict.INVALID, result.tests[0].message, result)
            if position == 0 and result is not None and _does_not_load(result):
                return self._refused(result.verdict, result.message, result)
            results.append(self._told(variant, result))
        return self._result(results)

    def _meet(self, variant: Variant, step: Progress) -> Result | None:
        """One grading, with what the others have left of the limits; None when nothing is left."""
        limits = self._left()
        if min(limits.wall_seconds, limits.cpu_seconds) < LEAST_SECONDS:
            return None
        given = {path: content for path, content in self._question.files.items() if path.startswith("data/")}
        module = f"{self._variants.module}.py"
        alone = replace(
            self._question,
            files=given | {TESTS: RUNNER},
            tests=read_outline(TESTS, RUNNER),
            variants=None,
            limits=limits,
        )
        result = self._judge(
            replace(
                self._request,
                question=alone,
                files={**self._request.files, module: variant.source},
                beside=module,
                visible_only=False,
                # The variant is the step, whatever its own session is at; the caller may still end it.
                on_progress=lambda _: self._request.tell(step),
                stop_early=False,
                # What trains here is the variant, which is not theirs.
                hints=False,
            )
        )
        self._usage = _added(self._usage, result.usage)
        self._phases += result.phases
        return result

    def _left(self) -> Limits:
        limits = self._question.limits
        return replace(
            limits,
            wall_seconds=limits.wall_seconds - self._usage.wall_seconds,
            cpu_seconds=limits.cpu_seconds - self._usage.cpu_seconds,
            # All of it is kept, so the variants share the room for it.
            output_kb=max(1, limits.output_kb // len(self._served.all)),
        )

    def _told(self, variant: Variant, result: Result | None) -> TestResult:
        """What became of a variant. The message names it by its file: hidden tests show theirs to reviewers only."""
        verdict, said = _outcome(variant, result)
        frames = next((test.frames for test in result.tests), ()) if result else ()
        is_right = verdict is Verdict.ACCEPTED
        outline = next(test for test in self._variants.outline() if test.name == variant.title)
        return TestResult(
            name=outline.name,
            verdict=verdict,
            points=outline.points if is_right else -self._served.penalty(variant),
            max_points=outline.points,
            group=outline.group,
            visible=outline.visible,
            reveal=outline.reveal,
            # That it was not run is for its candidate as well, who is to read no name.
            message=said
            if verdict is Verdict.SKIPPED
            else f"Variant {variant.name}: {said}".removesuffix(": "),
            stdout=result.stdout if result else "",
            stderr=result.stderr if result else "",
            wall_seconds=result.usage.wall_seconds if result else 0.0,
            frames=() if is_right else frames,
        )

    def _result(self, tests: list[TestResult]) -> Result:
        verdicts = [test.verdict for test in tests]
        return Result(
            verdict=overall(tests),
            score=self._served.score(verdicts),
            max_score=self._served.points,
            seed=self._seed,
            tests=tuple(tests),
            message=_summary(self._served, verdicts),
            stdout=(stdout := "".join(test.stdout for test in tests)),
            curves=read_curves(stdout),
            stderr="".join(test.stderr for test in tests),
            usage=self._usage,
            phases=self._phases,
        )

    def _refused(self, verdict: Verdict, message: str, result: Result | None = None) -> Result:
        """Nothing was tried: the submission cannot be run at all."""
        skipped = tuple(unrun(test, Verdict.SKIPPED) for test in self._served.outline())
        stdout, stderr = (result.stdout, result.stderr) if result else ("", "")
        frames = result.frames if result else ()
        return Result(
            verdict,
            0.0,
            self._served.points,
            self._seed,
            skipped,
            message,
            stdout,
            stderr,
            self._usage,
            frames=frames,
        )


def _is_unfit(result: Result) -> bool:
    return any(test.output == UNFIT for test in result.tests)


def _does_not_load(result: Result) -> bool:
    """Whether the submission failed before any of its tests ran: beside a correct variant that is its own fault."""
    return all(test.verdict is Verdict.SKIPPED for test in result.tests)


def _outcome(variant: Variant, result: Result | None) -> tuple[Verdict, str]:
    """Accepted for doing right by the variant. Only a failed test counts as having noticed something."""
    if result is None:
        return Verdict.SKIPPED, "No time was left for it."
    verdict = result.verdict
    failed = verdict is Verdict.WRONG_ANSWER or (_does_not_load(result) and verdict is Verdict.COMPILE_ERROR)
    said = result.message or next((test.message for test in result.tests), "")
    if verdict is not Verdict.ACCEPTED and not failed:
        return verdict, said
    if variant.is_correct:
        right, words = not failed, f"Your test turns a correct implementation away. {said}"
    else:
        right, words = failed, "Your test passes on a faulty implementation."
    return (Verdict.ACCEPTED, said) if right else (Verdict.WRONG_ANSWER, words)


def _summary(variants: Variants, verdicts: Sequence[Verdict]) -> str:
    """What was noticed and what was turned away, in numbers: which ones it was is for reviewers."""
    noticed, refused = variants.told_apart(verdicts)
    counted = f"{sum(noticed)} of {len(noticed)} faulty variants and turned {sum(refused)} of {len(refused)}"
    formula = f"{variants.points:g} × ({sum(noticed)}/{len(noticed)} − {sum(refused)}/{len(refused)})"
    points = f" {formula}, not below zero: {variants.score(verdicts):g} points." if noticed else ""
    return f"Your test noticed {counted} correct ones away.{points}"


def _added(first: Usage, second: Usage) -> Usage:
    return Usage(
        round(first.wall_seconds + second.wall_seconds, 4),
        round(first.cpu_seconds + second.cpu_seconds, 4),
        max(first.peak_memory_mb, second.peak_memory_mb),
        second.device,
        max(first.peak_gpu_memory_mb, second.peak_gpu_memory_mb),
    )
