"""Results for people who read them in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from grader.groups import Subtotal
from grader.hints import Hint
from grader.proof import Report
from grader.question import Question
from grader.results import Result, TestResult, Verdict
from grader.sandbox.doctor import Diagnosis

WIDTH = 100
_MARKS = {Verdict.ACCEPTED: "✓", Verdict.SKIPPED: "·"}


def result(question: Question, outcome: Result) -> str:
    """A grading: the verdict, each test with its message, what was printed, what was used."""
    lines = [
        question.title,
        f"{_words(outcome)} ({outcome.verdict.value})   {outcome.score:g} of {outcome.max_score:g} points",
        *_indented(outcome.message),
        *_indented("\n".join(map(str, outcome.frames))),
        "",
    ]
    for part in outcome.subtotals:
        lines.extend(_group(part))
    for hint in outcome.telling_hints:
        lines += ["", *_hint(hint)]
    for name, text in (("standard output", outcome.stdout), ("standard error", outcome.stderr)):
        if text:
            lines += ["", f"{name}:", *_indented(text)]
    used = outcome.usage
    figures = f"{used.wall_seconds:.2f} s, {used.cpu_seconds:.2f} s of CPU, {used.peak_memory_mb:.1f} MB"
    if used.device != "cpu":
        figures += f", {used.peak_gpu_memory_mb:.1f} MB on the GPU ({used.device})"
    lines += ["", f"{figures}; seed {outcome.seed}"]
    return "\n".join(lines)


def _words(judged: Result | TestResult) -> str:
    return f"{judged.verdict.label}: {judged.detail}" if judged.detail else judged.verdict.label


def _group(part: Subtotal) -> Iterator[str]:
    """What a group comes to, where it has a name, and its tests."""
    if part.group.id:
        rule = f", {part.group.rule}" if part.group.rule else ""
        yield f"   {part.points:>4g}/{part.max_points:<4g} {part.group.name}{rule}"
    for test in part.tests:
        yield from _test(test)


def _test(test: TestResult) -> Iterator[str]:
    mark = _MARKS.get(test.verdict, "✗")
    hidden = "" if test.visible else "  (hidden)"
    words = "" if test.verdict is Verdict.ACCEPTED else f"  {_words(test)}"
    yield f" {mark} {test.points:>4g}/{test.max_points:<4g} {test.name}{words}{hidden}"
    yield from _indented(test.message, 13)
    yield from _indented("\n".join(map(str, test.frames)), 13)
    if test.output and test.expected:
        yield from _indented(f"returned  {test.output}", 13)
        yield from _indented(f"expected  {test.expected}", 13)


def _hint(hint: Hint) -> Iterator[str]:
    yield f"likely cause: {hint.title}{f' (line {hint.line})' if hint.line else ''}"
    yield from _indented(hint.text)
    for label, value in hint.evidence:
        yield f"   {label}: {value}"


def _indented(text: str, by: int = 3) -> list[str]:
    wrapped = (textwrap.wrap(line, WIDTH, drop_whitespace=False) or [""] for line in text.splitlines())
    return [" " * by + part for parts in wrapped for part in parts]


def proof(report: Report) -> str:
    """A checked question: problems, each example with its verdict, kills by operator, survivors as differences."""
    lines = [f"{'✓' if report.ok else '✗'} {report.path}"]
    lines += [f"   {problem}" for problem in report.problems]
    for outcome in report.outcomes:
        lines.append(f"   {'✓' if outcome.ok else '✗'} {outcome.path}: {outcome.verdict.label}")
        if not outcome.ok:
            lines.append(f"      promised {outcome.promised.label}; show it again with --seed {outcome.seed}")
            lines += _indented(outcome.detail, 6)
    if report.mutants:
        lines += _kills(report)
    return "\n".join(lines)


def _kills(report: Report) -> Iterator[str]:
    counted = len(report.mutants) - len(report.equivalents)
    killed = counted - len(report.survivors)
    share = f"{killed} of {counted} mutants killed, {100 * report.killed_share:.0f} %"
    yield f"   {'✓' if report.kills_enough else '✗'} {share}; at least {100 * report.kill_rate:g} % are asked for"
    tallies = (f"{name} {tally.killed}/{tally.total}" for name, tally in report.operators.items())
    yield from _indented(", ".join(tallies), 6)
    for mutant in report.equivalents:
        yield from _indented(
            f"mutant {mutant.id} ({mutant.operator}) is declared equivalent: {mutant.equivalent}", 6
        )
    for mutant in report.survivors:
        yield f"      mutant {mutant.id} survives: {mutant.operator}, line {mutant.line}, {mutant.verdict.label}"
        yield from (f"         {line}" for line in mutant.diff.splitlines())


def diagnosis(found: Diagnosis) -> str:
    """The protections of this host, missing ones with their fix."""
    lines = []
    for layer in found.protections:
        need = "" if layer.required else " (optional)"
        lines.append(f" {'✓' if layer.ok else '✗'} {layer.name}{need}: {layer.detail}")
        if not layer.ok and layer.fix:
            lines += _indented(layer.fix, 6)
    lines += ["", "Submissions can be judged here." if found.ok else "Submissions cannot be judged here."]
    return "\n".join(lines)
