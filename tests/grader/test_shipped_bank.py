"""What the bank that ships has to offer, read from its folders."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from grader import Question, load_question
from grader.question import AREAS, KINDS

BANK = Path(__file__).parents[2] / "bank"
FOLDERS = sorted(path.parent for path in BANK.glob("*/*/question.yaml"))


@pytest.fixture(scope="module")
def questions() -> dict[Path, Question]:
    return {folder: load_question(folder) for folder in FOLDERS}


def test_there_are_enough_questions_to_live_with() -> None:
    assert len(FOLDERS) >= 30


def test_every_kind_is_there_at_least_twice(questions: dict[Path, Question]) -> None:
    found = Counter(question.kind for question in questions.values())
    assert {kind: found[kind] for kind in KINDS if found[kind] < 2} == {}


def test_every_area_has_questions_and_every_folder_lies_in_its_own(questions: dict[Path, Question]) -> None:
    assert {question.area for question in questions.values()} == set(AREAS)
    assert [folder for folder, question in questions.items() if folder.parent.name != question.area] == []


def test_no_two_questions_share_an_identity_a_name_or_a_title(questions: dict[Path, Question]) -> None:
    for names in (
        [question.uuid for question in questions.values()],
        [folder.name for folder in FOLDERS],
        [question.title for question in questions.values()],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_every_topic_that_is_named_stands_in_the_syllabus(questions: dict[Path, Question]) -> None:
    topics = yaml.safe_load((BANK / "areas.yaml").read_text())["topics"]
    named = {code for question in questions.values() for code in question.covers}
    assert named - {topic["id"] for topic in topics} == set()


def test_every_question_without_a_key_has_a_model_answer(questions: dict[Path, Question]) -> None:
    """A key explains itself, part by part."""
    silent = {
        folder.name
        for folder, question in questions.items()
        if not question.solution and "answer.yaml" not in question.files
    }
    assert silent == set()


@pytest.mark.parametrize(("directory", "wanted"), [("accepted", 2), ("wrong_answer", 3)])
def test_what_is_graded_by_code_shows_more_than_one_way(
    questions: dict[Path, Question], directory: str, wanted: int
) -> None:
    """One accepted example proves the reference; another style and several mistakes prove the tests."""
    few = {
        folder.name: found
        for folder, question in questions.items()
        if question.is_graded
        and (found := sum(example.directory == directory for example in question.submissions)) < wanted
    }
    assert few == {}
