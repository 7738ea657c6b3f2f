"""`python -m grader import`: sources become whole questions that prove, or are refused with file, line and advice."""

import json
import shutil
from pathlib import Path

import pytest

from grader import Grader, QuestionError, load_question
from grader.__main__ import main
from grader.check import check_question
from grader.importers import deepml, kernelbench
from grader.importers.labels import Labels
from grader.importers.place import place_for, write_folder
from grader.importers.source import renamed, slug_of
from grader.importers.variants import varied

EXAMPLES = Path(__file__).parent / "importing"
BLOCK = EXAMPLES / "kernelbench" / "3_GatedBlock.py"
AVERAGES = EXAMPLES / "deepml" / "7_moving-average"

MODULE = """\
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.line = nn.Linear(width, width)

    def forward(self, x):
        return torch.relu(self.line(x))


def get_inputs():
    return [torch.rand(3, 4)]


def get_init_inputs():
    return [4]
"""

#: Two seconds of work and more.
SLOW = """\
        for _ in range(80):
            torch.ones(1000, 1000).mm(torch.ones(1000, 1000))
"""


def written(folder: Path, text: str, name: str = "source.py") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def sheet(folder: Path, **changes: str | None) -> Path:
    """The example question with some of its files changed, or removed where the new text is None."""
    copy = shutil.copytree(AVERAGES, folder / "7_changed")
    for name, text in changes.items():
        path = copy / name.replace("__", ".")
        path.unlink() if text is None else path.write_text(text)
    return copy


def test_a_module_becomes_a_question_that_proves(grader: Grader):
    question = kernelbench.convert(BLOCK, Labels(area="architecture", covers=("C19", "C14")), grader)
    assert (question.kind, question.entry_points, question.title) == (
        "coding",
        ("ModelNew",),
        "Gated block, written anew",
    )
    assert [test.points for test in question.tests] == [1, 3, 2, 2, 2, 2]
    assert "def __init__(self, width, kernel=5):" in question.starter["solution.py"]
    assert {example.directory for example in question.submissions} == {"accepted", "wrong_answer"}
    report = check_question(question, grader, seeds=2)
    assert report.problems == ()
    assert report.ok


def test_the_same_module_becomes_the_same_question_again(grader: Grader, tmp_path: Path):
    first = kernelbench.convert(BLOCK, Labels(), grader)
    second = kernelbench.convert(Path(shutil.copy(BLOCK, tmp_path)), Labels(), grader)
    assert first.uuid == second.uuid


def test_a_folder_of_the_deep_ml_layout_becomes_a_question_that_proves(grader: Grader):
    question = deepml.convert(AVERAGES, Labels(), grader)
    assert (question.level, question.entry_points) == ("junior", ("Smoother", "moving_average"))
    assert [test.visible for test in question.tests] == [True, False, False, False]
    assert "Cumulative sums" in (question.solution or "")
    assert "The windows are (1, 2), (2, 4) and (4, 8)." in question.statement
    report = check_question(question, grader, seeds=2)
    assert report.problems == ()
    assert report.ok


def test_a_bundle_becomes_the_same_question_as_its_folder(grader: Grader, tmp_path: Path):
    keys = {
        "description": "description.md",
        "learn_section": "learn.md",
        "starter_code": "starter_code.py",
        "solution": "solution.py",
    }
    bundle = json.loads((AVERAGES / "meta.json").read_text())
    bundle |= {key: (AVERAGES / name).read_text() for key, name in keys.items()}
    bundle |= {
        key: json.loads((AVERAGES / f"{name}.json").read_text())
        for key, name in (("test_cases", "tests"), ("example", "example"))
    }
    path = written(tmp_path, json.dumps(bundle), "7.json")
    bundled, folded = (deepml.convert(source, Labels(), grader) for source in (path, AVERAGES))
    assert bundled.uuid == folded.uuid
    # Limits are measured; everything else is the same to the byte.
    assert {**bundled.files, "question.yaml": b""} == {**folded.files, "question.yaml": b""}
    assert deepml.slug_for(path) == "moving-averages"


def test_a_test_of_a_bundle_is_named_with_its_line(grader: Grader, tmp_path: Path):
    tests = [
        {"test": "print(double(2))", "expected_output": "4"},
        {"test": "print(double(3))", "expected_output": "7"},
    ]
    bundle = {
        "title": "Doubling",
        "description": "Double it.",
        "solution": "def double(x):\n    return 2 * x\n",
    }
    path = written(tmp_path, json.dumps({**bundle, "test_cases": tests}, indent=1), "12.json")
    with pytest.raises(
        QuestionError, match="test 2 is not passed by the source's own solution: 6 is printed"
    ) as caught:
        deepml.convert(path, Labels(), grader)
    assert (caught.value.path, caught.value.line) == (
        str(path),
        path.read_text().splitlines().index("  {", 9) + 1,
    )


WEAK = """\
[{"test": "print(area(0, 5), area(1, 1))", "expected_output": "0 3"}]
"""


def test_tests_that_notice_too_little_get_company(grader: Grader, tmp_path: Path):
    solution = "def area(a, b):\n    return 2 * a * b + a * a\n"
    source = sheet(tmp_path, solution__py=solution, starter_code__py=None, tests__json=WEAK)
    question = deepml.convert(source, Labels(), grader)
    assert len(question.tests) > 1
    assert [test.visible for test in question.tests] == [True] + [False] * (len(question.tests) - 1)
    assert check_question(question, grader, seeds=1).ok


def test_a_variant_changes_numbers_and_neither_settings_nor_indices():
    script = "x = f([1.5, -2, 300], axis=1)[0]\nprint(round(x, 4), g(x, decimals=2))\n"
    made = {varied(script, seed) for seed in range(30)}
    assert len(made) > 10
    for text in made:
        assert all(part in text for part in ("axis=1)[0]", "round(x, 4)", "decimals=2"))
    assert varied(script, 7) == varied(script, 7)


def test_a_starter_of_comments_alone_is_what_people_begin_with(grader: Grader, tmp_path: Path):
    source = sheet(tmp_path, starter_code__py="def moving_average(values, window):\n    # Your code here\n")
    question = deepml.convert(source, Labels(), grader)
    assert question.starter["solution.py"].endswith("# Your code here\n")
    assert "submissions/compile_error/starter.py" in question.files


def test_a_sheet_without_a_starter_gets_the_signatures_of_its_solution(grader: Grader, tmp_path: Path):
    question = deepml.convert(sheet(tmp_path, starter_code__py=None), Labels(), grader)
    assert (
        "def moving_average(values, window):\n    raise NotImplementedError"
        in question.starter["solution.py"]
    )
    assert "class Smoother:\n    def __init__(self, a):" in question.starter["solution.py"]


def test_what_a_module_draws_beside_its_state_is_told_to_the_candidate(grader: Grader, tmp_path: Path):
    text = MODULE.replace(
        "        self.line", "        self.start = torch.randn(width)\n        self.line"
    ).replace("self.line(x)", "self.line(x + self.start)")
    question = kernelbench.convert(written(tmp_path, text), Labels(), grader)
    assert "draws values in its constructor that its state does not hold" in question.statement
    assert "draws values" not in kernelbench.convert(written(tmp_path, MODULE), Labels(), grader).statement


def test_the_variant_for_a_framework_has_its_own_solution_and_tests(grader: Grader):
    question = deepml.convert(AVERAGES, Labels(), grader, framework="pytorch")
    assert question.entry_points == ("moving_average",)
    assert "unfold" in (question.solution or "")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("class Model", "class Net", 0, "defines no Model"),
        ("def get_inputs", "def inputs", 0, "defines no get_inputs"),
        ("def get_init_inputs", "def arguments", 0, "defines no get_init_inputs"),
        ("def forward", "def run", 5, "Model has no method forward"),
        ("return [4]", "return [4", 19, "is not valid Python"),
        ("import torch\n", "import torch\nimport no_such_library\n", 2, "No module named 'no_such_library'"),
        ("torch.rand(3, 4)", "torch.rand(3, 5)", 11, "RuntimeError: mat1 and mat2 shapes"),
        ("torch.rand(3, 4)", "torch.ones(3, 4)", 14, "the same values whatever the seed"),
        ("torch.relu(", "torch.log(-torch.relu(", 10, "NaN or infinity"),
        ("torch.relu(self", "torch.rand(()) * (self", 10, "gives another output each time"),
        ("torch.rand(3, 4)", "torch.rand(3, 4).cuda()", 15, "does not run in the sandbox"),
        (
            "    return [4]",
            "    return [4] if open('/etc/shadow') else []",
            19,
            "does not run in the sandbox",
        ),
        ("torch.rand(3, 4)", "torch.rand(15_000_000, 4)", 14, "take 457 MB"),
        (
            "        return torch.relu(",
            f"{SLOW}        return torch.relu(",
            16,
            "seconds of CPU",
        ),
    ],
)
def test_a_module_that_makes_no_question_is_refused_with_its_line(
    grader: Grader, tmp_path: Path, old: str, new: str, line: int, message: str
):
    assert old in MODULE
    text = MODULE.replace(old, new)
    if "torch.log(" in new:
        text = text.replace("self.line(x))", "self.line(x)))")
    with pytest.raises(QuestionError) as caught:
        kernelbench.convert(written(tmp_path, text), Labels(), grader)
    problem = caught.value.problems[0]
    assert message in problem.message
    assert (problem.path, problem.line) == (str(tmp_path / "source.py"), line)
    assert problem.hint


@pytest.mark.parametrize(
    ("changes", "place", "line", "message"),
    [
        ({"tests__json": None}, "", 0, "has no tests.json"),
        ({"solution__py": None}, "", 0, "has no solution.py"),
        ({"description__md": None}, "", 0, "has no description.md"),
        ({"tests__json": "[\n  {]"}, "tests.json", 2, "is not valid JSON"),
        ({"tests__json": "[]"}, "tests.json", 1, "at least one test"),
        ({"tests__json": '[\n{"test": "print(1)"}\n]'}, "tests.json", 2, "test 1 is not an object"),
        (
            {"tests__json": '[{"test": "print(", "expected_output": "1"}]'},
            "tests.json",
            1,
            "test 1 is not valid Python",
        ),
        (
            {"tests__json": '[{"test": "print(1)", "expected_output": "1"}]'},
            "tests.json",
            0,
            "no test uses a function",
        ),
        (
            {"tests__json": '[\n{"test": "print(moving_average([1.0], 1))", "expected_output": "[2.]"}]'},
            "tests.json",
            2,
            "test 1 is not passed by the source's own solution: 1. is printed where 2. is expected",
        ),
        (
            {"tests__json": '[{"test": "moving_average([1.0], 1)", "expected_output": ""}]'},
            "tests.json",
            1,
            "test 1 expects nothing to be printed",
        ),
        ({"solution__py": "def moving_average(:"}, "solution.py", 1, "is not valid Python"),
        ({"meta__json": "{"}, "meta.json", 1, "is not valid JSON"),
    ],
)
def test_a_sheet_that_makes_no_question_is_refused_with_its_line(
    grader: Grader, tmp_path: Path, changes: dict[str, str | None], place: str, line: int, message: str
):
    source = sheet(tmp_path, **changes)
    with pytest.raises(QuestionError) as caught:
        deepml.convert(source, Labels(), grader)
    problem = caught.value.problems[0]
    assert message in problem.message
    assert (problem.path, problem.line) == (str(source / place), line)


def test_a_source_runs_in_the_sandbox_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    mark = tmp_path / "it_ran_outside"
    source = written(tmp_path, f"{MODULE}\nopen({str(mark)!r}, 'w').close()\n")
    assert main(["import", "kernelbench", str(source), str(tmp_path / "question")]) == 2
    assert "does not run in the sandbox" in capsys.readouterr().err
    assert not mark.exists()
    assert not (tmp_path / "question").exists()


def test_a_tree_is_imported_as_far_as_it_can_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    tree = tmp_path / "tree"
    (tree / "level1").mkdir(parents=True)
    written(tree / "level1", MODULE, "1_Line.py")
    written(tree / "level1", MODULE.replace("[4]", "[4"), "2_Broken.py")
    written(tree, "import torch\n", "helpers.py")
    bank = tmp_path / "bank" / "optimizers"
    assert (
        main(["import", "kernelbench", str(tree), str(bank), "--covers", "C12,O1", "--level", "senior"]) == 2
    )
    said = capsys.readouterr()
    assert "2_Broken.py:19: is not valid Python" in said.err
    assert "1 of 2 sources were imported." in said.err
    assert [folder.name for folder in bank.iterdir()] == ["line"]
    question = load_question(bank / "line")
    assert (question.area, question.covers, question.level) == ("optimizers", ("C12", "O1"), "senior")


def test_a_source_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for kind in ("kernelbench", "deepml"):
        assert main(["import", kind, str(tmp_path / "nowhere"), str(tmp_path / "question")]) == 2
    assert main(["import", "kernelbench", str(tmp_path), str(tmp_path / "question")]) == 2
    assert "holds no Python file with a class Model" in capsys.readouterr().err


def test_nothing_is_overwritten(tmp_path: Path):
    taken = tmp_path / "taken"
    write_folder(taken, {"question.yaml": b"mine"})
    with pytest.raises(QuestionError, match="nothing is overwritten"):
        place_for(taken, "new", many=False)
    write_folder(tmp_path / "area" / "taken", {"question.yaml": b"mine"})
    with pytest.raises(QuestionError, match="nothing is overwritten"):
        place_for(tmp_path / "area", "taken", many=False)


def test_one_source_goes_where_it_is_told_or_among_the_questions_there(tmp_path: Path):
    assert place_for(tmp_path / "free", "slug", many=False) == tmp_path / "free"
    (tmp_path / "empty").mkdir()
    assert place_for(tmp_path / "empty", "slug", many=False) == tmp_path / "empty"
    assert place_for(tmp_path, "slug", many=False) == tmp_path / "slug"
    assert place_for(tmp_path / "free", "slug", many=True) == tmp_path / "free" / "slug"


def test_a_write_that_fails_leaves_nothing(tmp_path: Path):
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        write_folder(tmp_path / "question", {"a": b"1", "a/b": b"2"})
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_changed_where_it_is_a_name():
    text = 'class Model:\n    """Model."""\n\n\nx = Model()  # Model\ny = other.Model\nsuper(Model, x)\n'
    changed = renamed(text, "Model", "ModelNew")
    assert changed == text.replace("class Model", "class ModelNew").replace("= Model", "= ModelNew").replace(
        "super(Model", "super(ModelNew"
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("44_MiniGPTBlock", "mini-gpt-block"),
        ("1_Square_matrix", "square-matrix"),
        ("7", "7"),
        ("_", "question"),
    ],
)
def test_folders_are_named_after_their_sources(name: str, slug: str):
    assert slug_of(name) == slug
