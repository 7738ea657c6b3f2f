"""Which definitions of a starter a submission has changed, by their text.

The starter is its author's and may be parsed. The submission is not parsed: a definition is as it was where its lines
still stand there together, remarks, blank lines and docstrings aside.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.errors import Problem
from grader.lab import Goal, Lab, Track
from grader.outline import TestOutline
from grader.yamlfile import line_of, suggestion

if TYPE_CHECKING:
    from grader.question import Question

PATH = "question.yaml"
#: What the script of a lab printed as it was found.
OUTPUT = "starter.out"
#: A string in three quotes that begins its line: a docstring, or a remark of many lines. What follows it on its line is
#: not looked at: a text that opens ever more of them would be read to its end for each.
_TEXT = re.compile(r'^[ \t]*("""|\'\'\').*?\1', re.MULTILINE | re.DOTALL)
#: A remark, on a line without quotes before it: a # inside a string is none.
_REMARK = re.compile(r"^([^\"'#\n]*)#.*$", re.MULTILINE)

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Region:
    """A definition of the starter: its file, and its text without what does nothing."""

    file: str
    text: str

    def is_kept(self, files: Mapping[str, str]) -> bool:
        """Whether a submission of these texts still has it, with nothing added at its end."""
        indent = self.text[: len(self.text) - len(self.text.lstrip())]
        whole = re.compile(rf"^{re.escape(self.text)}\n(?!{indent}[ \t])", re.MULTILINE)
        return whole.search(files.get(self.file, "")) is not None


def regions(starter: Mapping[str, str]) -> dict[str, Region]:
    """The definitions of a starter by name: functions, methods as Net.forward, and constants. The first of a name."""
    found: dict[str, Region] = {}
    for file, source in starter.items():
        for name, lines in _definitions(source):
            found.setdefault(name, Region(file, bare("\n".join(lines)).rstrip("\n")))
    return found


def bare(source: str) -> str:
    """A text without docstrings, remarks, blank lines and spaces at the ends of lines."""
    lines = _REMARK.sub(r"\1", _TEXT.sub("", source.replace("\r\n", "\n"))).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines if line.strip())


def track(question: Question, files: Mapping[str, str]) -> Track | None:
    """What a grading of `files` says of a lab before any of its tests has run; None of any other question."""
    lab = question.lab
    if lab is None:
        return None
    known, texts = regions(question.starter), {name: bare(source) for name, source in files.items()}
    changed = tuple(name for name, region in known.items() if not region.is_kept(texts))
    fixed, unharmed = (
        Goal(groups, sum(test.group in groups for test in question.tests))
        for groups in (lab.fixed, lab.unharmed)
    )
    return Track(any(name in changed for name in lab.fault), changed, fixed, unharmed)


def lab_problems(
    front: Mapping[str, Any],
    files: Mapping[str, bytes],
    starter: Mapping[str, str],
    tests: Sequence[TestOutline],
) -> Iterator[Problem]:
    """What is wrong with the `lab` of a question, and with the output of its script as it was found."""
    content, is_lab = files[PATH], front["kind"] == "debug_lab"
    if "lab" in front and not is_lab:
        hint = "remove it, or make it kind: debug_lab"
        yield Problem(PATH, line_of(content, ["lab"]), "only a debug_lab has a lab", hint)
    elif "lab" in front:
        yield from _fault_problems(front["lab"]["fault"], starter, content)
        yield from _goal_problems(Lab.from_dict(front["lab"]), tests, content)
    if OUTPUT in files and not is_lab:
        yield Problem(
            OUTPUT, 0, "is what the script of a debug_lab prints", "remove it, or make it kind: debug_lab"
        )


def _fault_problems(fault: Sequence[str], starter: Mapping[str, str], content: bytes) -> Iterator[Problem]:
    try:
        known = list(regions(starter))
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0) or 0
        yield Problem(
            "starter.py", line, f"is not valid Python: {error}", "the fault of a lab lies in what runs"
        )
        return
    for place, name in enumerate(fault):
        if name not in known:
            hint = suggestion(name, known) or f"known: {', '.join(known)}"
            line = line_of(content, ["lab", "fault", place])
            yield Problem(PATH, line, f"'{name}' is not defined in the starter", hint)


def _goal_problems(lab: Lab, tests: Sequence[TestOutline], content: bytes) -> Iterator[Problem]:
    groups = list(dict.fromkeys(test.group for test in tests if test.group))
    for goal, named in (("fixed", lab.fixed), ("unharmed", lab.unharmed)):
        for place, group in enumerate(named):
            if group not in groups:
                hint = suggestion(group, groups) or f'give a test group="{group}"'
                line = line_of(content, ["lab", goal, place])
                yield Problem(PATH, line, f"group '{group}' has no test", hint)
    for group in sorted({*lab.fixed} & {*lab.unharmed}):
        line = line_of(content, ["lab", "unharmed"])
        yield Problem(PATH, line, f"group '{group}' is both fixed and unharmed", "keep it in one of the two")


def _definitions(source: str) -> Iterator[tuple[str, list[str]]]:
    """Names and lines, top to bottom. Raises SyntaxError."""
    lines = source.splitlines()
    for prefix, node in _statements(ast.parse(source).body):
        first = min([node.lineno, *(made.lineno for made in getattr(node, "decorator_list", []))])
        for name in _names(node):
            yield prefix + name, lines[first - 1 : node.end_lineno]


def _statements(body: Sequence[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _statements(node.body, f"{prefix}{node.name}.")
        else:
            yield prefix, node


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, Definition):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]
