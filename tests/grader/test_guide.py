"""The guide for authors, taken at its word: the question of its ten minutes is made of what it shows, and proven."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import Grader, Question
from grader.check import check_question
from grader.choice import parse_choice
from grader.estimate import parse_estimate
from grader.question import KINDS
from grader.rubric import parse_rubric
from grader.skeleton import skeleton

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "adding-a-question.md").read_text("utf-8")
BLOCK = re.compile(
    r"(?P<before>[^\n]+(?:\n[^\n]+)*)\n\n```(?P<language>python|markdown|yaml)\n(?P<text>.*?)```", re.S
)
PATH = re.compile(r"`(?P<path>[\w/]+\.(?:py|md|yaml))`")


def section(title: str, level: int = 2) -> str:
    """What stands under a heading, up to the next one that is not below it."""
    lines = GUIDE[GUIDE.index(f"\n{'#' * level} {title}\n") :].splitlines()[2:]
    kept: list[str] = []
    in_code = False
    for line in lines:
        if not in_code and re.match(rf"#{{1,{level}}} ", line):
            break
        in_code ^= line.startswith("```")
        kept.append(line)
    return "\n".join(kept)


def shown(text: str) -> Iterator[tuple[str, bytes]]:
    """The files that a section shows: the first path of the paragraph before each block, and the block."""
    for block in BLOCK.finditer(text):
        if path := PATH.search(block["before"]):
            yield path["path"], block["text"].encode()


def example(title: str) -> bytes:
    """The first YAML of a section about a kind."""
    (found,) = re.findall(r"```yaml\n(.*?)```", section(title, 3), re.S)[:1]
    return str(found).encode()


@pytest.fixture(scope="module")
def question() -> Question:
    """What an author has who followed the walk."""
    made = skeleton("backpropagation", "cross-entropy", "coding", "Cross-entropy from logits")
    kept = {path: text for path, text in made.items() if not path.startswith("submissions/")}
    return Question.from_files(kept | dict(shown(section("Ten minutes"))))


def test_the_walk_shows_every_file_that_it_speaks_of(question: Question):
    assert sorted(dict(shown(section("Ten minutes")))) == [
        "grading/reference.py",
        "grading/tests.py",
        "question.yaml",
        "starter.py",
        "statement.md",
        "submissions/accepted/log_sum_exp.py",
        "submissions/wrong_answer/overflows.py",
        "submissions/wrong_answer/sum_instead_of_mean.py",
    ]
    assert (question.title, question.max_points) == ("Cross-entropy from logits", 8)


def test_the_walk_ends_with_a_question_that_is_proven(question: Question, grader: Grader):
    report = check_question(question, grader, seeds=3)
    assert [str(problem) for problem in report.problems] == []
    assert [mutant.diff for mutant in report.mutants if not mutant.killed] == []
    assert report.ok


def test_the_guide_has_every_kind():
    rows = re.findall(r"^\| (`.*?) \|", section("The nine kinds").split("\n###")[0], re.M)
    assert sorted(kind for row in rows[1:] for kind in re.findall(r"`(\w+)`", row)) == sorted(KINDS)


def test_the_examples_that_the_guide_names_are_there():
    named = re.findall(r"`(bank/\w+/[\w-]+/)(?:[\w/.-]+)?`", GUIDE)
    assert [path for path in named if "cross-entropy" not in path and not (ROOT / path).is_dir()] == []


def test_links_within_the_guide_lead_somewhere():
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", GUIDE, flags=re.S), re.M)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert sorted(set(re.findall(r"\]\(#([\w-]+)\)", GUIDE.replace("\n", " "))) - anchors) == []


def test_the_estimate_of_the_guide_is_one():
    read = parse_estimate("answer.yaml", example("A number: estimate"))
    assert [variant.answer_shown for variant in read.variants] == ["112 GB", "20.8 GB"]


def test_the_choice_of_the_guide_is_one():
    assert [part.form for part in parse_choice("answer.yaml", example("Picks: choice"))] == [
        "single",
        "multiple",
        "matching",
        "ordering",
    ]


@pytest.mark.parametrize("title", ["Steps in an order: debugging", "Solution, hints, rubric"])
def test_the_rubrics_of_the_guide_are_rubrics(title: str):
    assert parse_rubric("rubric.yaml", example(title)).max_points > 0
