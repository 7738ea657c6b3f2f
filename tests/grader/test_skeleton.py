"""A new question of any kind works before a line of it is changed."""

from pathlib import Path

import pytest

from grader import Grader, Question, QuestionError
from grader.__main__ import OK, USAGE, main
from grader.check import check_folder
from grader.question import AREAS, KINDS
from grader.schemas import FOLDER as SCHEMAS
from grader.skeleton import skeleton


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_of_every_kind_is_a_question_of_that_kind(kind: str):
    question = Question.from_files(skeleton("optimizers", "cosine-schedule", kind))
    assert (question.kind, question.area, question.title) == (kind, "optimizers", "Cosine schedule")


@pytest.mark.parametrize("area", AREAS)
def test_a_skeleton_covers_a_topic_of_its_own_area(area: str):
    (topic,) = Question.from_files(skeleton(area, "new", "conceptual")).covers
    assert f"{{id: {topic}, area: {area}," in (Path(__file__).parents[2] / "bank" / "areas.yaml").read_text()


def test_two_skeletons_are_two_questions():
    first, second = (Question.from_files(skeleton("optimizers", "new", "choice")) for _ in range(2))
    assert first.uuid != second.uuid


@pytest.mark.parametrize("title", ['A "quoted": title', "Größe # 3", "yes", "[a, b]", "\\d"])
def test_any_title_reaches_the_question_as_it_is(title: str):
    assert Question.from_files(skeleton("optimizers", "new", "choice", title)).title == title


@pytest.mark.parametrize("kind", KINDS)
def test_every_yaml_file_of_a_skeleton_tells_editors_its_schema(kind: str):
    files = skeleton("optimizers", "new", kind)
    first_lines = [text.decode().splitlines()[0] for path, text in files.items() if path.endswith(".yaml")]
    prefix = "# yaml-language-server: $schema=../../../grader/schemas/"
    named = [line.removeprefix(prefix) for line in first_lines]
    assert [(SCHEMAS / name).is_file() for name in named] == [True] * len(named)


@pytest.mark.parametrize(
    ("area", "slug", "kind", "message"),
    [
        (
            "optimisers",
            "x",
            "coding",
            "area 'optimisers': is none that is known (did you mean 'optimizers'?)",
        ),
        ("optimizers", "x", "codin", "kind 'codin': is none that is known (did you mean 'coding'?)"),
        ("optimizers", "../x", "coding", "name '../x': cannot name a question (small letters and digits in"),
        ("optimizers", "", "coding", "name '': cannot name a question"),
        ("optimizers", "x" * 81, "coding", "cannot name a question"),
    ],
)
def test_a_skeleton_that_cannot_be_is_refused_with_a_suggestion(
    area: str, slug: str, kind: str, message: str
):
    with pytest.raises(QuestionError) as caught:
        skeleton(area, slug, kind)
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_writes_a_skeleton_that_passes_check(
    kind: str, tmp_path: Path, grader: Grader, capsys: pytest.CaptureFixture[str]
):
    assert main(["new", "architecture/my-own", "--kind", kind, "--bank", str(tmp_path)]) == OK
    folder = tmp_path / "architecture" / "my-own"
    assert f"run: python -m grader check {folder}" in capsys.readouterr().out
    proof = check_folder(folder, grader, 3)
    assert [str(problem) for problem in proof.problems] == []
    assert [(o.path, o.verdict) for o in proof.outcomes if not o.ok] == []


def test_the_command_leaves_a_folder_that_exists_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "optimizers" / "mine").mkdir(parents=True)
    assert main(["new", "optimizers/mine", "--kind", "choice", "--bank", str(tmp_path)]) == USAGE
    assert "exists already" in capsys.readouterr().err
    assert list((tmp_path / "optimizers" / "mine").iterdir()) == []


@pytest.mark.parametrize("place", ["mine", "nowhere/mine", "optimizers/", "optimizers/a/b"])
def test_the_command_refuses_a_place_that_is_none(place: str, tmp_path: Path):
    assert main(["new", place, "--kind", "choice", "--bank", str(tmp_path)]) == USAGE
    assert list(tmp_path.iterdir()) == []
