"""A file with `Model`, `get_inputs` and `get_init_inputs` becomes a question that asks for `ModelNew`.

The file is parsed here. It runs in the sandbox only: once to learn what its inputs, state and rounding are like, and
then as the reference and as the accepted answer of the finished question.
"""

from __future__ import annotations

import ast
import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.errors import Problem, QuestionError
from grader.importers import kernelbench_texts as texts
from grader.importers.labels import Labels
from grader.importers.rehearsal import TRIAL_LIMITS, Draft, first_failure, proven
from grader.importers.source import Source, method, read_text, refusal, renamed, signature, slug_of
from grader.judge import Grader
from grader.loading import MAIN
from grader.question import Question
from grader.results import Result, Verdict

NEEDED = {
    "Model": "a class derived from torch.nn.Module",
    "get_inputs": "a function that returns the list of inputs of one call",
    "get_init_inputs": "a function that returns the list of arguments of the constructor",
}
#: State and inputs cross between processes; this leaves room within what the wire takes.
MAX_MB = 200
#: A grading shall take seconds.
MAX_SECONDS = 1.0
#: Beyond this a tolerance says nothing any more.
MAX_SHARE = 0.05
#: Rounding of another order of the same sums, against what one order was seen to lose.
ROOM = 20

#: Topics by what a source mentions, the first that fits.
TOPICS = (
    (r"attention|softmax\(.*@|scaled_dot", "C22"),
    (r"\b(LSTM|GRU|RNN)", "C21"),
    (r"Conv\d|conv\d|MaxPool|AvgPool", "C19"),
    (r"BatchNorm|LayerNorm|InstanceNorm|GroupNorm|RMSNorm", "C14"),
    (r"cross_entropy|nll_loss|[Ll]oss\b", "C4"),
    (r"softmax|logsumexp", "C3"),
    (r"[Dd]ropout", "C13"),
)


def sources_below(path: Path) -> list[Path]:
    """The file itself, or every Python file in a tree that defines a `Model`, in order."""
    if not path.is_dir():
        return [path]
    files = sorted(
        file for file in path.rglob("*.py") if re.search(r"^class Model\b", _peek(file), re.MULTILINE)
    )
    if not files:
        raise refusal(
            path, 0, "holds no Python file with a class Model", "name a file, or the folder of such files"
        )
    return files


def _peek(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""


def slug_for(path: Path) -> str:
    """The folder's name for this file."""
    return slug_of(path.stem)


def convert(path: Path, labels: Labels, grader: Grader) -> Question:
    """The finished question for one file, or a QuestionError that says what stands in the way."""
    text = read_text(path)
    source = Source(path, text)
    problems = list(_problems(source))
    if problems:
        raise QuestionError(problems)
    facts = _facts(source, grader)
    _refuse(source, facts)
    return proven(_draft(source, labels, facts), grader)


def _problems(source: Source) -> list[Problem]:
    """What can be seen to be missing without running anything."""
    defined = source.defined()
    found = [
        Problem(str(source.path), 0, f"defines no {name}", f"it needs {what}, at the top level")
        for name, what in NEEDED.items()
        if name not in defined
    ]
    if not found and not isinstance(defined["Model"], ast.ClassDef):
        found.append(
            Problem(str(source.path), defined["Model"].lineno, "Model is not a class", NEEDED["Model"])
        )
    if not found and method(_model(source), "forward") is None:
        line = _model(source).lineno
        found.append(
            Problem(str(source.path), line, "Model has no method forward", "define it in the class itself")
        )
    return found


def _model(source: Source) -> ast.ClassDef:
    statement = source.defined()["Model"]
    assert isinstance(statement, ast.ClassDef)  # noqa: S101 - for the type checker: `_problems` has looked
    return statement


def _facts(source: Source, grader: Grader) -> dict[str, Any]:
    """Run the source in the sandbox: first as a submission, under limits, then beside the tests that look closer."""
    size, seconds = _told(source, grader, {"grading/tests.py": texts.TRIAL}).split()
    _refuse_size(source, int(size), float(seconds))
    looked = _told(source, grader, {"grading/tests.py": texts.PROBE, "grading/reference.py": source.text})
    found: dict[str, Any] = json.loads(looked)
    return found


def _refuse_size(source: Source, size: int, seconds: float) -> None:
    """A grading calls the module some thirty times, and sends what it holds from process to process."""
    line = source.defined()["get_inputs"].lineno
    smaller = "make the sizes in get_inputs or get_init_inputs smaller"
    if size > MAX_MB * 2**20:
        message = f"its inputs, parameters and outputs take {size // 2**20} MB"
        raise refusal(source.path, line, message, f"at most {MAX_MB} MB are compared: {smaller}")
    if seconds > MAX_SECONDS:
        message = f"one call takes {seconds:.1f} seconds of CPU"
        raise refusal(source.path, line, message, f"at most {MAX_SECONDS:g} are taken: {smaller}")


def _told(source: Source, grader: Grader, files: Mapping[str, str]) -> str:
    """What the one test of a question about the source says when it passes."""
    front = {"question.yaml": texts.front_of_probe(TRIAL_LIMITS), "statement.md": "What is this module like?"}
    question = Question.from_files({path: text.encode() for path, text in {**front, **files}.items()})
    result = grader.judge(question, {MAIN: source.text}, seed=1)
    if result.verdict is not Verdict.ACCEPTED:
        raise _blamed(source, result)
    return result.tests[0].message


def _blamed(source: Source, result: Result) -> QuestionError:
    """The line of the source that the sandbox stumbled over."""
    message = first_failure(result)
    frames = [*result.frames, *(frame for test in result.tests for frame in test.frames)]
    first = message.splitlines()[0] if message else result.verdict.label
    hints = {
        Verdict.TIME_LIMIT: "make the sizes in get_inputs smaller: questions are judged on a CPU",
        Verdict.MEMORY_LIMIT: "make the sizes in get_inputs smaller",
        Verdict.COMPILE_ERROR: "only the standard library, PyTorch and NumPy are there, and no GPU",
    }
    hint = hints.get(result.verdict, "it has to run on a CPU, with PyTorch alone, as it is")
    return refusal(
        source.path, frames[-1].line if frames else 0, f"does not run in the sandbox: {first}", hint
    )


def _refuse(source: Source, facts: Mapping[str, Any]) -> None:
    """Reasons for which two implementations of this module cannot be compared."""
    forward = method(_model(source), "forward")
    line = forward.lineno if forward else 0
    inputs = source.defined()["get_inputs"].lineno
    if not facts["steady"]:
        hint = "take the randomness out, or make it depend on self.training"
        raise refusal(
            source.path, line, "forward gives another output each time, even in evaluation mode", hint
        )
    if not facts["finite"]:
        hint = "change get_inputs, or the module, so that outputs are finite numbers"
        raise refusal(source.path, line, "its output has NaN or infinity for inputs of get_inputs", hint)
    if not facts["fresh"]:
        hint = "draw them with torch.rand or torch.randn: a fixed answer could be remembered"
        raise refusal(source.path, inputs, "get_inputs returns the same values whatever the seed", hint)
    if facts["share"] * ROOM > MAX_SHARE:
        hint = "use smaller sums, or compute in float64"
        raise refusal(source.path, line, f"rounding alone changes its results by {facts['share']:.1g}", hint)


def _draft(source: Source, labels: Labels, facts: Mapping[str, Any]) -> Draft:
    original = source.slice(["Model"])
    front = _front(source, labels)
    asked = texts.Asked(
        reference=original,
        inputs=source.slice(["get_inputs", "get_init_inputs"]),
        init=_signature(source, "__init__"),
        forward=_signature(source, "forward"),
        share=_share(facts["share"]),
        lost=facts["share"],
        facts=facts,
    )
    files = {
        "statement.md": texts.statement(asked),
        "solution.md": texts.solution(asked),
        "starter.py": texts.starter(asked),
        "grading/reference.py": original,
        "grading/tests.py": texts.tests(asked),
    }
    answer = renamed(original, "Model", "ModelNew")
    return Draft(
        front=front,
        files={path: text.encode() for path, text in files.items()},
        accepted={"the_original": answer},
        wrong={"starter": texts.starter(asked), **texts.wrong_answers(original)},
        blame=lambda result: _blamed(source, result),
        no_wrong=refusal(
            source.path,
            _model(source).lineno,
            "no wrong answer is told from Model",
            "its output says too little",
        ),
    )


def _signature(source: Source, name: str) -> str:
    found = method(_model(source), name)
    return signature(found) if found else "self"


def _share(lost: float) -> float:
    """One significant digit above what rounding was seen to cost, and never below the usual tolerance."""
    wanted = max(1e-4, ROOM * lost)
    digits = f"{wanted:.0e}"
    return (
        float(digits) if float(digits) >= wanted else float(f"{wanted + 0.5 * float('1e' + digits[2:]):.0e}")
    )


def _front(source: Source, labels: Labels) -> dict[str, Any]:
    stem = Path(source.path).stem
    name = slug_of(stem).replace("-", " ")
    topic = next((topic for pattern, topic in TOPICS if re.search(pattern, source.text)), "C19")
    return {
        "format_version": 1,
        # The same file becomes the same question, wherever and whenever it is imported.
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, source.text)),
        "title": labels.title or f"{name[:1].upper()}{name[1:]}, written anew",
        "kind": "coding",
        "area": labels.area or "architecture",
        "covers": list(labels.covers) or [topic],
        "level": labels.level or "mid",
        "minutes": 30,
        "keywords": ["nn.Module", "reimplementation"],
        "credits": labels.credits or f"The module is taken from {Path(source.path).name}.",
        **({"license": labels.license} if labels.license else {}),
        "entry_points": ["ModelNew"],
    }
