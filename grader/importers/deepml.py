"""The Deep-ML layout: a description, a starter, a solution, and tests that print, as a folder or as one JSON bundle.

    description.md  learn.md  starter_code.py  solution.py  tests.json  meta.json  example.json  [pytorch/...]

`tests.json` lists `{"test": script, "expected_output": text}`. A script runs among the names of the submission, and
what it prints is compared as numbers where it is numbers. Nothing of the source runs outside the sandbox.
"""

from __future__ import annotations

import ast
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from grader.errors import Problem, QuestionError
from grader.importers import deepml_texts as texts
from grader.importers.labels import Labels
from grader.importers.rehearsal import Draft, first_failure, proven
from grader.importers.sheet import Case, Sheet, is_bundle, read_sheet
from grader.importers.source import Source, refusal, slug_of, used_by
from grader.importers.strengthen import strengthened
from grader.judge import Grader
from grader.question import Question
from grader.results import Result, Verdict

LEVELS = {"easy": "junior", "medium": "mid", "hard": "senior"}
MINUTES = {"junior": 15, "mid": 25, "senior": 40}

#: Area and topic by what title and category mention, the first that fits.
TOPICS = (
    (r"attention", "architecture", "C22"),
    (r"\b(lstm|gru|rnn)\b|recurrent", "architecture", "C21"),
    (r"convolution|\bcnn\b|pooling", "architecture", "C19"),
    (r"batch norm|layer norm|normaliz", "architecture", "C14"),
    (r"positional|transformer", "architecture", "C23"),
    (r"residual", "architecture", "C36"),
    (r"cross.?entropy|\bloss\b", "backpropagation", "C4"),
    (r"softmax", "backpropagation", "C3"),
    (r"autograd|backprop|micrograd", "backpropagation", "C6"),
    (r"\badam\b|momentum|optimizer|gradient descent", "optimizers", "C8"),
    (r"learning rate|schedul", "optimizers", "C9"),
    (r"dropout|regulariz", "regularization", "C13"),
    (r"early stopping", "regularization", "C16"),
    (r"split|cross.?validation|scaling", "regularization", "C18"),
    (r"quantiz|prun", "deployment", "C29"),
    (r"drift", "deployment", "C35"),
)
#: Where nothing fits: the maths that everything rests on.
ELSE = ("backpropagation", "B6")


def sources_below(path: Path) -> list[Path]:
    """The question itself, or every question in a tree: folders of the layout, and bundles."""
    if path.is_file() or _looks_like_one(path):
        return [path]
    if not path.is_dir():
        raise refusal(
            path, 0, "does not exist", "name a question folder, a bundle (.json), or a tree of these"
        )
    found = sorted(_questions(path))
    if not found:
        hint = "a question is a folder with description.md, solution.py and tests.json, or a JSON bundle of these"
        raise refusal(path, 0, "holds no question", hint)
    return found


def _questions(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        # A leading underscore marks the template that contributors copy.
        if entry.name.startswith(("_", ".")) or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from [entry] if _looks_like_one(entry) else _questions(entry)
        elif entry.suffix == ".json" and is_bundle(entry):
            yield entry


def _looks_like_one(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("tests.json", "description.md", "solution.py"))


def slug_for(path: Path) -> str:
    """The folder's name, from that of the source's folder, or from the title in a bundle, whose name is a number."""
    if path.is_dir():
        return slug_of(path.resolve().name)
    name = re.sub(r"^\d+$", "", path.stem)
    return slug_of(name or read_sheet(path).title)


def convert(path: Path, labels: Labels, grader: Grader, *, framework: str = "") -> Question:
    """The finished question for one source, or a QuestionError that says what stands in the way."""
    sheet = read_sheet(path, framework)
    solution = Source(sheet.places["solution"], sheet.solution)
    starter = sheet.starter or texts.bare(solution)
    problems = list(_problems(sheet))
    if problems:
        raise QuestionError(problems)
    entries = _entry_points(sheet, solution)
    sources = [solution, *_parsed(sheet.places["starter"], starter)]
    cases = [Case(_with_imports(case.script, sources), case.expected, case.line) for case in sheet.cases]
    draft = _draft(sheet, cases, entries, starter, labels)
    # What does not pass its own tests is told before anything is made of it.
    question = proven(draft, grader)
    more = strengthened(draft, texts.tests, cases, grader)
    return proven(_draft(sheet, [*cases, *more], entries, starter, labels), grader) if more else question


def _problems(sheet: Sheet) -> Iterator[Problem]:
    for number, case in enumerate(sheet.cases, start=1):
        try:
            ast.parse(case.script)
        except (SyntaxError, ValueError) as error:
            reason = getattr(error, "msg", "") or str(error)
            message = f"test {number} is not valid Python: {reason} (line {getattr(error, 'lineno', 0)} of the test)"
            yield Problem(sheet.places["tests"], case.line, message, "mend the test")
        if not case.expected.strip():
            message = f"test {number} expects nothing to be printed"
            yield Problem(sheet.places["tests"], case.line, message, "print what the test is about")


def _entry_points(sheet: Sheet, solution: Source) -> list[str]:
    """What the tests use of what the solution defines."""
    defined = {
        name
        for name, statement in solution.defined().items()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign)
    }
    used = {name for case in sheet.cases for name in used_by(ast.parse(case.script)) | _imported(case.script)}
    callable_names = {name for name in defined & used if not isinstance(solution.defined()[name], ast.Assign)}
    if not callable_names:
        hint = f"it defines: {', '.join(sorted(defined)) or 'nothing'}; call one of these in tests.json"
        raise refusal(sheet.places["tests"], 0, "no test uses a function or class of the solution", hint)
    return sorted(callable_names)


def _imported(script: str) -> set[str]:
    """Names that a script takes from the submission by an import."""
    imports = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports if node.module == "solution" for alias in node.names}


def _parsed(path: str, starter: str) -> Iterator[Source]:
    """The starter if it is Python: one whose functions hold nothing but a comment is not, and may begin so."""
    with suppress(QuestionError):
        yield Source(path, starter)


def _with_imports(script: str, sources: list[Source]) -> str:
    """The script with the imports it relies on: a submission may do without NumPy where the solution has it."""
    tree = ast.parse(script)
    own = {
        name
        for s in ast.walk(tree)
        if isinstance(s, ast.Import | ast.ImportFrom)
        for name in texts.names_of(s)
    }
    missing = used_by(tree) - own
    lines = dict.fromkeys(
        line
        for source in sources
        for statement in source.imports()
        for line in texts.imports_of(statement, missing)
    )
    known = {name: line for name, line in texts.USUAL_IMPORTS.items() if name in missing}
    given = {name for line in lines for name in texts.names_of(ast.parse(line).body[0])}
    lines |= dict.fromkeys(line for name, line in known.items() if name not in given)
    return "".join(f"{line}\n" for line in lines) + script.rstrip() + "\n"


def _draft(sheet: Sheet, cases: list[Case], entries: list[str], starter: str, labels: Labels) -> Draft:
    files = {
        "statement.md": texts.statement(sheet, entries),
        "solution.md": texts.solution(sheet),
        "starter.py": starter,
        "grading/tests.py": texts.tests(cases),
    }
    return Draft(
        front=_front(sheet, entries, labels),
        files={path: text.encode() for path, text in files.items()},
        accepted={"the_solution": sheet.solution},
        wrong={"starter": starter, **texts.wrong_answers(sheet.solution, entries)},
        blame=lambda result: _blamed(sheet, cases, result),
        no_wrong=refusal(
            sheet.places["tests"], 0, "the tests accept every answer", "let them print what is computed"
        ),
    )


def _blamed(sheet: Sheet, cases: list[Case], result: Result) -> QuestionError:
    """The test that the source's own solution does not pass."""
    failed = next((n for n, test in enumerate(result.tests) if test.verdict is not Verdict.ACCEPTED), None)
    if failed is None or result.message:
        message = f"the solution does not run in the sandbox: {first_failure(result)}"
        hint = "only the standard library, PyTorch and NumPy are there"
        return refusal(sheet.places["solution"], 0, message, hint)
    told = " ".join(result.tests[failed].message.split())
    message = f"test {failed + 1} is not passed by the source's own solution: {told}"
    hint = (
        "mend the expected output or the solution; a test that draws numbers has to seed the generator itself"
    )
    return refusal(sheet.places["tests"], cases[failed].line, message, hint)


def _front(sheet: Sheet, entries: list[str], labels: Labels) -> dict[str, Any]:
    area, topic = _topic(sheet)
    level = labels.level or LEVELS.get(sheet.difficulty.lower(), "mid")
    license_ = labels.license
    return {
        "format_version": 1,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{sheet.title}\0{sheet.solution}")),
        "title": labels.title or sheet.title,
        "kind": "coding",
        "area": labels.area or area,
        "covers": list(labels.covers) or [topic],
        "level": level,
        "minutes": MINUTES[level],
        **({"keywords": [sheet.category.lower()]} if sheet.category else {}),
        "credits": labels.credits or sheet.credits,
        **({"license": license_} if license_ else {}),
        "entry_points": entries,
    }


def _topic(sheet: Sheet) -> tuple[str, str]:
    text = f"{sheet.title} {sheet.category}".lower()
    return next(((area, topic) for pattern, area, topic in TOPICS if re.search(pattern, text)), ELSE)
