"""A question folder, validated: what Django shows, what the judge runs, nothing left unread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from grader.choice import Part, parse_choice
from grader.errors import Problem, QuestionError
from grader.estimate import Estimate, fill, parse_estimate, text_problems
from grader.folder import content_hash, file_problems, has_starter_folder, read_folder
from grader.groups import Group
from grader.lab import Lab
from grader.limits import Limits
from grader.loading import MAIN
from grader.needs import group_problems
from grader.outline import TestOutline, read_outline
from grader.region import lab_problems
from grader.rubric import Rubric, parse_rubric
from grader.schemas import schema
from grader.syllabus import syllabus_problems
from grader.variants import Variants, read_variants, variant_problems
from grader.yamlfile import line_of, read_yaml

SCHEMA = schema("question")
KINDS: tuple[str, ...] = tuple(SCHEMA["properties"]["kind"]["enum"])
AREAS: tuple[str, ...] = tuple(SCHEMA["properties"]["area"]["enum"])
#: Kinds that a key scores, and what their answer.yaml holds.
KEYS = {"choice": "its parts and key", "estimate": "its value, unit and credit"}
GRADED_KINDS = ("coding", "debug_lab", "write_the_test")


@dataclass(frozen=True)
class Question:
    """One release of a question. `files` is the folder: relative path to bytes; the rest is read from it."""

    files: Mapping[str, bytes]
    uuid: str
    title: str
    kind: str
    area: str
    covers: tuple[str, ...]
    level: str
    minutes: int
    keywords: tuple[str, ...]
    credits: str
    license: str
    limits: Limits
    device: str
    entry_points: tuple[str, ...]
    forbid: tuple[str, ...]
    forbid_because: str
    groups: tuple[Group, ...]
    lab: Lab | None
    statement: str
    rubric: Rubric | None
    choice: tuple[Part, ...] | None
    estimate: Estimate | None
    variants: Variants | None
    solution: str | None
    starter: Mapping[str, str]
    tests: tuple[TestOutline, ...]
    content_hash: str

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Question:
        """Validate a folder given as path to bytes; raises QuestionError with every problem found."""
        problems = list(file_problems(files))
        if problems:
            raise QuestionError(problems)
        front = read_yaml("question.yaml", files["question.yaml"], SCHEMA)
        variants = _variants(front, files)
        tests = variants.outline() if variants else _outline(files)
        rubric = parse_rubric("rubric.yaml", files["rubric.yaml"]) if "rubric.yaml" in files else None
        problems = [*_contradictions(front, files, tests), *_misplaced(front["kind"], files, rubric)]
        problems += _group_problems(front, files, tests)
        problems += lab_problems(front, files, _starter(files, graded=True), tests)
        if problems:
            raise QuestionError(problems)
        return cls(
            files=files,
            uuid=front["uuid"],
            title=front["title"],
            kind=front["kind"],
            area=front["area"],
            covers=tuple(front["covers"]),
            level=front["level"],
            minutes=front["minutes"],
            keywords=tuple(front.get("keywords", ())),
            credits=front.get("credits", ""),
            license=front.get("license", ""),
            limits=Limits(**front.get("limits", {})),
            device=front.get("device", "cpu"),
            entry_points=tuple(front.get("entry_points", ())),
            forbid=tuple(front.get("forbid", ())),
            forbid_because=front.get("forbid_because", ""),
            groups=_groups(front),
            lab=Lab.from_dict(front["lab"]) if "lab" in front else None,
            statement=_text(files, "statement.md"),
            rubric=rubric,
            choice=parse_choice("answer.yaml", files["answer.yaml"]) if front["kind"] == "choice" else None,
            estimate=_estimate(files) if front["kind"] == "estimate" else None,
            variants=variants,
            solution=_text(files, "solution.md") if "solution.md" in files else None,
            starter=_starter(files, graded=front["kind"] in GRADED_KINDS),
            tests=tests,
            content_hash=content_hash(files),
        )

    @property
    def max_points(self) -> float:
        """What tests or parts give together; rubric points are counted apart (`rubric.max_points`)."""
        if self.variants:
            return self.variants.points
        scored = sum(test.points for test in self.tests) + sum(part.points for part in self.choice or ())
        return scored + (self.estimate.points if self.estimate else 0)

    def told(self, text: str, seed: int) -> str:
        """A text of the folder as the interview of `seed` reads it: the values of its variant filled in."""
        return fill(text, self.estimate.draw(seed)) if self.estimate else text

    def answered(self, source: str) -> dict[str, str]:
        """An answer whose main file is `source`; the other files stay as the starter has them."""
        return {**self.starter, MAIN: source}

    @property
    def is_graded(self) -> bool:
        """True when tests judge the code that answers this question."""
        return self.kind in GRADED_KINDS

    @property
    def submissions(self) -> tuple[Example, ...]:
        """The example submissions, in the order of their paths."""
        return tuple(_examples(self.files))


@dataclass(frozen=True)
class Example:
    """An example submission: its path in the folder, the directory that promises its verdict, its source."""

    path: str
    directory: str
    source: str


def load_question(path: str | Path) -> Question:
    """Read and validate a question folder on disk; problems name real paths.

    In a bank the folder has to agree with its syllabus too: `<bank>/<area>/<slug>` beside `<bank>/areas.yaml`.
    """
    root = Path(path)
    if not (root / "question.yaml").is_file():
        raise QuestionError(
            [Problem(str(root), 0, "is not a question folder", "a question has a question.yaml")]
        )
    try:
        question = Question.from_files(read_folder(root))
        if problems := list(syllabus_problems(question, root)):
            raise QuestionError(problems)
        return question
    except QuestionError as error:
        problems = [Problem(str(root / p.path), p.line, p.message, p.hint) for p in error.problems]
        raise QuestionError(problems) from error


def _contradictions(
    front: Mapping[str, Any], files: Mapping[str, bytes], tests: tuple[TestOutline, ...]
) -> Iterator[Problem]:
    graded = front["kind"] in GRADED_KINDS
    if graded and not tests:
        yield Problem(
            "grading/tests.py", 0, "declares no test", f"a {front['kind']} question is graded by tests"
        )
    if graded and not front.get("entry_points") and front["kind"] != "write_the_test":
        yield Problem("question.yaml", 0, "'entry_points' is missing", "name what a submission must define")
    if graded and has_starter_folder(files) and f"starter/{MAIN}" not in files:
        yield Problem(
            f"starter/{MAIN}",
            0,
            "is missing",
            "it is the file that is judged; the others are imported from it",
        )
    if not graded and any(path.startswith("grading/") for path in files):
        yield Problem(
            "grading",
            0,
            f"{_a(front['kind'])} question is not graded by tests",
            "remove it or change the kind",
        )
    if front.get("device", "cpu") != "cpu" and any(path.startswith("grading/baselines/") for path in files):
        hint = "make it device: cpu, or remove them: a device has one process at a time"
        yield Problem("grading/baselines", 0, "are measured on the processor alone", hint)
    for path in files:
        if path.startswith("grading/baselines/") and _name_of(path) not in files.get("grading/tests.py", b""):
            yield Problem(
                path, 0, "is named by no test", 'measure.time(…, against="its name") measures against it'
            )
        if path.endswith((".md", ".yaml", ".py", ".out")) and not _is_utf8(files[path]):
            yield Problem(path, 0, "is not UTF-8 text", "save it as UTF-8")


def _estimate(files: Mapping[str, bytes]) -> Estimate:
    """The key of an estimate, after a look at every text that shows its values."""
    estimate = parse_estimate("answer.yaml", files["answer.yaml"])
    problems = [
        problem
        for path in sorted(files)
        if path.endswith(".md")
        for problem in text_problems(path, _text(files, path), estimate, tells_answer=path == "solution.md")
    ]
    line = line_of(files["answer.yaml"], ["explain"])
    told = text_problems("answer.yaml", estimate.explain, estimate, tells_answer=True)
    problems += [replace(problem, line=line) for problem in told]
    if problems:
        raise QuestionError(problems)
    return estimate


def _misplaced(kind: str, files: Mapping[str, bytes], rubric: Rubric | None) -> Iterator[Problem]:
    """What a kind of question lacks, or has and cannot use: nothing in a folder may stay unread."""
    change = "remove it or change the kind"
    if kind in KEYS:
        if "answer.yaml" not in files:
            yield Problem("answer.yaml", 0, "is missing", f"{_a(kind)} question has {KEYS[kind]} there")
    elif "answer.yaml" in files:
        yield Problem("answer.yaml", 0, f"{_a(kind)} question has no key", change)
    if rubric and kind == "choice":
        yield Problem("rubric.yaml", 0, "a choice question is scored by its key, not by a rubric", change)
    has_order = rubric is not None and rubric.order is not None
    if kind == "debugging" and not has_order:
        hint = "give criteria a step (1, 2, 3 …) and add order: {points: …, explain: …}"
        yield Problem("rubric.yaml", 0, "a debugging question scores the order of the entries", hint)
    if kind != "debugging" and has_order:
        yield Problem(
            "rubric.yaml", 0, f"{_a(kind)} question has no entries to put in order", "remove the steps"
        )
    for folder in ("submissions", "starter") if kind not in GRADED_KINDS else ():
        if any(path.startswith((f"{folder}/", f"{folder}.py")) for path in files):
            yield Problem(folder, 0, f"{_a(kind)} question is answered without code", change)


def _name_of(path: str) -> bytes:
    """A file's name without folder and ending."""
    return PurePosixPath(path).stem.encode()


def _group_problems(
    front: Mapping[str, Any], files: Mapping[str, bytes], tests: tuple[TestOutline, ...]
) -> Iterator[Problem]:
    content = files["question.yaml"]
    if "groups" in front and front["kind"] not in ("coding", "debug_lab"):
        hint = "remove it: only tests that you write have groups"
        kind = _a(front["kind"])
        yield Problem("question.yaml", line_of(content, ["groups"]), f"{kind} question has no groups", hint)
    else:
        yield from group_problems(_groups(front), tests, content)


def _groups(front: Mapping[str, Any]) -> tuple[Group, ...]:
    return tuple(Group.from_dict(entry) for entry in front.get("groups", ()))


def _outline(files: Mapping[str, bytes]) -> tuple[TestOutline, ...]:
    path = "grading/tests.py"
    return read_outline(path, files[path]) if path in files else ()


def _variants(front: Mapping[str, Any], files: Mapping[str, bytes]) -> Variants | None:
    """What a submission that is a test has to tell apart; None for other kinds."""
    is_test = front["kind"] == "write_the_test"
    problems = list(_variant_files(front, files, is_test=is_test))
    if is_test and not problems:
        problems = list(variant_problems(front["variants"], files))
    if problems:
        raise QuestionError(problems)
    return read_variants(front["variants"], files) if is_test else None


def _variant_files(
    front: Mapping[str, Any], files: Mapping[str, bytes], *, is_test: bool
) -> Iterator[Problem]:
    """What belongs to a test that is to be written, and to nothing else."""
    unused = ["grading/tests.py", "grading/reference.py"] if is_test else []
    for path in unused:
        if path in files:
            yield Problem(path, 0, "is not used: the submission is the test", "remove it")
    if is_test and "variants" not in front:
        hint = "add variants: {module: …, points: …, visible: [correct/…]}"
        yield Problem("question.yaml", 0, "the file lacks 'variants'", hint)
    if is_test and front.get("entry_points"):
        hint = "remove it: a submission is any functions that are called test_…"
        yield Problem("question.yaml", 0, "'entry_points' has no use here", hint)
    if not is_test and "variants" in front:
        hint = "remove it, or make it kind: write_the_test"
        yield Problem("question.yaml", 0, f"{_a(front['kind'])} question has no variants", hint)
    if not is_test and any(path.startswith("grading/mutants/") for path in files):
        hint = "remove them, or make it kind: write_the_test"
        yield Problem("grading/mutants", 0, f"{_a(front['kind'])} question has no variants", hint)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(files: Mapping[str, bytes], path: str) -> str:
    return files[path].decode()


def _starter(files: Mapping[str, bytes], *, graded: bool) -> dict[str, str]:
    """What the editor opens with: `starter.py` becomes solution.py; a folder `starter/` keeps its names.

    Code is always written in some file, so a graded question without either opens with an empty one.
    """
    if "starter.py" in files:
        return {MAIN: _text(files, "starter.py")}
    inside = {path: _text(files, path) for path in files if path.startswith("starter/")}
    named = {path.removeprefix("starter/"): text for path, text in inside.items()}
    return named or ({MAIN: ""} if graded else {})


def _examples(files: Mapping[str, bytes]) -> Iterator[Example]:
    for path in sorted(files):
        parts = PurePosixPath(path).parts
        if len(parts) == 3 and parts[0] == "submissions" and path.endswith(".py"):
            yield Example(path, parts[1], _text(files, path))
