"""Run my code: the candidate's file, their own lines and input, and nothing of what would judge it."""

import time
from collections.abc import Callable

import pytest

from grader import Grader, Own, Progress, Question, Result, Verdict
from grader.frames import Frame
from grader.request import MOST_OWN
from tests.grader.collection import ATTACKS, Submission, asked_of, source_of
from tests.grader.test_variants import GOOD, folder
from tests.grader.workshop import question

TESTS = """
SECRET = "SECRET-OF-THE-TESTS"

@test("doubles", visible=True)
def doubles(candidate):
    assert candidate.solve(1) == 2
"""
REFERENCE = "def solve(x):\n    return 'SECRET-OF-THE-REFERENCE'\n"
FUNCTION = "def solve(x):\n    return 2 * x\n"

Run = Callable[..., Result]


@pytest.fixture
def run(grader: Grader) -> Run:
    """`run(source, snippet)`: what comes of running that file, and those lines after it."""

    def run(source: str, snippet: str = "", *, stdin: str = "", **options: float) -> Result:
        asked = question(TESTS, reference=REFERENCE, **options)  # type: ignore[arg-type]  # limits are numbers
        return grader.run(asked, {"solution.py": source}, Own(snippet, stdin), seed=1)

    return run


def test_a_file_alone_runs_as_a_script(run: Run):
    result = run("if __name__ == '__main__':\n    print('as a script')\n")
    assert (result.verdict, result.stdout, result.message) == (Verdict.RAN, "as a script\n", "")


def test_own_lines_run_after_the_file_in_its_namespace(run: Run):
    source = FUNCTION + "factor = 3\nif __name__ == '__main__':\n    print('not this')\n"
    result = run(source, "factor += 1\nprint(solve(factor), __name__)")
    assert (result.verdict, result.stdout) == (Verdict.RAN, "8 solution\n")


@pytest.mark.parametrize(
    ("snippet", "printed"),
    [
        ("solve(2)", "4\n"),
        ("'text'", "'text'\n"),
        ("x = solve(2)", ""),
        ("None", ""),
        ("x = 1\nx + 1", "2\n"),
        ("# nothing but a remark", ""),
    ],
)
def test_the_value_of_a_last_expression_is_printed(run: Run, snippet: str, printed: str):
    assert run(FUNCTION, snippet).stdout == printed


def test_a_long_value_is_cut(run: Run):
    printed = run(FUNCTION, "'a' * 30_000").stdout
    assert printed.startswith("'aaa")
    assert printed.endswith("a… (20002 characters more)\n")


def test_input_can_be_read(run: Run):
    result = run("print(input('name? '))\nimport sys\nprint(len(sys.stdin.read()))", stdin="Ada\nand more\n")
    assert (result.verdict, result.stdout) == (Verdict.RAN, "name? Ada\n9\n")


def test_input_at_its_bound_arrives_whole(run: Run):
    assert run("import sys\nprint(len(sys.stdin.read()))", stdin="x" * MOST_OWN).stdout == f"{MOST_OWN}\n"


def test_without_input_reading_it_is_an_error_that_says_so(run: Run):
    result = run("input()")
    assert (result.verdict, result.message) == (Verdict.RUNTIME_ERROR, "EOFError: EOF when reading a line")


@pytest.mark.parametrize("own", [Own(snippet="#" * (MOST_OWN + 1)), Own(stdin="é" * MOST_OWN)])
def test_own_lines_and_input_beyond_their_bounds_are_refused_before_anything_runs(grader: Grader, own: Own):
    result = grader.run(question(TESTS), {"solution.py": "print('ran')"}, own)
    assert (result.verdict, result.stdout) == (Verdict.INVALID, "")
    assert result.message.endswith("at most 64 KiB are accepted.")


def test_own_lines_with_nul_characters_are_refused(run: Run):
    assert run(FUNCTION, "x = '\0'").message == "Your own lines hold NUL characters."


def test_an_error_names_the_lines_of_the_file_and_ones_own(run: Run):
    result = run("def solve(x):\n    return x / 0\n", "a = 1\nsolve(a)")
    assert (result.verdict, result.message) == (
        Verdict.RUNTIME_ERROR,
        "ZeroDivisionError: division by zero",
    )
    assert result.frames == (
        Frame("your own lines", 2, "", "solve(a)"),
        Frame("solution.py", 2, "solve", "return x / 0"),
    )


@pytest.mark.parametrize(
    ("source", "snippet", "place"),
    [
        ("x = 1\ndef solve(x:\n    pass", "", Frame("solution.py", 2, "", "def solve(x:", 10)),
        (FUNCTION, "y = 1\nx = (", Frame("your own lines", 2, "", "x = (", 5)),
    ],
)
def test_a_syntax_error_is_a_compile_error_at_its_line_and_column(
    run: Run, source: str, snippet: str, place: Frame
):
    result = run(source, snippet)
    assert (result.verdict, result.frames) == (Verdict.COMPILE_ERROR, (place,))


def test_an_exception_while_it_is_imported_is_an_error_of_running_it(run: Run):
    result = run("import nothing_of_that_name", "1")
    assert (result.verdict, result.message) == (
        Verdict.RUNTIME_ERROR,
        "ModuleNotFoundError: No module named 'nothing_of_that_name'",
    )


@pytest.mark.parametrize(
    ("source", "verdict", "message"),
    [
        ("import sys; sys.exit()", Verdict.RAN, ""),
        ("import sys; sys.exit(0)", Verdict.RAN, ""),
        ("import sys; sys.exit(3)", Verdict.RUNTIME_ERROR, "SystemExit: 3"),
        ("import os; os._exit(0)", Verdict.RUNTIME_ERROR, "It exited with status 0 before it answered."),
        (
            "import os; os.kill(os.getpid(), 11)",
            Verdict.RUNTIME_ERROR,
            "It crashed: segmentation fault.",
        ),
    ],
)
def test_ending_early_ends_that_run_alone(run: Run, source: str, verdict: Verdict, message: str):
    result = run(source)
    assert (result.verdict, result.message) == (verdict, message)


def test_an_endless_loop_ends_at_the_limit(run: Run):
    result = run(FUNCTION, "while True: pass", wall_seconds=0.5)
    assert (result.verdict, result.message) == (Verdict.TIME_LIMIT, "It took longer than 0.5 seconds.")
    assert 0.5 <= result.usage.wall_seconds < 1.5


def test_ten_megabytes_of_output_are_cut_at_the_limit(run: Run):
    result = run("print('x' * 10_000_000)")
    assert (result.verdict, result.message) == (Verdict.OUTPUT_LIMIT, "It printed more than 64 KiB.")
    assert len(result.stdout) == 64 * 1024


def test_too_much_memory_is_a_memory_limit(run: Run):
    assert run(FUNCTION, "x = [bytes(1 << 20) for _ in range(4000)]").verdict is Verdict.MEMORY_LIMIT


def test_it_stops_when_whoever_watches_has_seen_enough(grader: Grader):
    class Stopped(Exception):
        pass

    def stop(progress: Progress) -> None:
        if "begun" in progress.stdout:
            raise Stopped

    began = time.monotonic()
    with pytest.raises(Stopped):
        grader.run(
            question(TESTS), {"solution.py": "print('begun')\nwhile True: pass"}, Own(), on_progress=stop
        )
    assert time.monotonic() - began < 5


def test_what_is_printed_is_told_while_it_runs_with_its_curve(grader: Grader):
    told: list[Progress] = []
    source = "import time\nfor n in range(1, 9):\n    print(f'Epoch {n}, Loss: {1 / n:.3f}')\n    time.sleep(0.05)\n"
    result = grader.run(question(TESTS), {"solution.py": source}, Own(), on_progress=told.append)
    assert {(step.position, step.total) for step in told} == {(0, 0)}
    halves = [step for step in told if "Epoch 2" in step.stdout and "Epoch 8" not in step.stdout]
    assert halves
    assert [series.name for series in result.curves] == ["loss"]


TRAINS = """
import torch
model = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(16, 3), torch.randn(16, 1)
def train():
    for step in range(20):
        loss = (model(x) - y).square().mean()
        loss.backward()
        optimizer.step()
"""


@pytest.mark.parametrize("call", ["if __name__ == '__main__':\n    train()\n", ""])
def test_what_goes_wrong_while_it_trains_is_hinted_at(run: Run, call: str):
    result = run(TRAINS + call, "" if call else "train()")
    assert result.verdict is Verdict.RAN
    assert [hint.title for hint in result.for_candidate().hints] == [
        "Gradients of earlier steps are still there"
    ]


SEARCHES = """
import gc, os, sys
seen = [repr(thing) for thing in gc.get_objects() if isinstance(thing, (str, bytes, dict, list, tuple))]
for folder, _, names in os.walk("/tmp"):
    seen += names + [open(os.path.join(folder, name), errors="replace").read() for name in names]
looked_for = ["SECRET-OF" + end for end in ("-THE-TESTS", "-THE-REFERENCE")]
print("FOUND" if any(word in text for text in seen for word in looked_for) else "nothing")
print(sorted(name for name in sys.modules if name in ("tests", "reference")))
"""


def test_own_lines_find_no_test_and_no_reference(run: Run):
    result = run(FUNCTION, SEARCHES, memory_mb=512)
    assert (result.verdict, result.stdout) == (Verdict.RAN, "nothing\n[]\n")


def test_neither_is_in_what_the_judge_beside_it_is_told(monkeypatch: pytest.MonkeyPatch, grader: Grader):
    sent: list[tuple[object, bytes]] = []
    monkeypatch.setattr("grader.session.job_of", _noting(sent))
    asked = question(TESTS, reference=REFERENCE)
    files = dict(asked.files) | {"data/images.txt": b"GIVEN", "grading/data/labels.txt": b"SECRET-LABELS"}
    grader.run(Question.from_files(files), {"solution.py": "print(open('data/images.txt').read())"}, Own())
    assert [files for _, files in sent] == [b"GIVEN"]
    assert "SECRET" not in repr(sent)


def _noting(sent: list[tuple[object, bytes]]) -> Callable[..., object]:
    from grader.job import job_of

    def noting(*given: object) -> object:
        sent.append(job_of(*given))  # type: ignore[arg-type]  # as it was called
        return sent[-1]

    return noting


def test_names_that_the_question_forbids_are_refused_here_too(grader: Grader):
    asked = question(TESTS, forbid="torch.softmax")
    result = grader.run(asked, {"solution.py": "import torch"}, Own("x = torch.ones(2)\ntorch.softmax(x, 0)"))
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert result.message.startswith(
        "Line 2 of your own lines uses `torch.softmax`, which is forbidden here."
    )


def test_the_tests_that_somebody_writes_run_beside_a_correct_implementation(grader: Grader):
    result = grader.run(Question.from_files(folder()), {"solution.py": GOOD}, Own("test_sum()\nadd(4, 4)"))
    assert (result.verdict, result.stdout) == (Verdict.RAN, "8\n")


def test_lines_of_what_they_test_are_not_shown(grader: Grader):
    lines = "add(2, 'x')"
    result = grader.run(Question.from_files(folder()), {"solution.py": GOOD}, Own(lines))
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert result.frames == (Frame("your own lines", 1, "", lines),)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.group}: {attack.name}")
def test_an_attack_from_own_lines_gains_nothing_either(grader: Grader, attack: Submission):
    lines = "import torch\nfor _ in range(2):\n    solve(torch.ones(4, 5))\n"
    result = grader.run(asked_of(attack), {"solution.py": source_of(attack)}, Own(lines, "an input\n"))
    said = f"{result.message}{result.stdout}{result.stderr}"
    assert result.verdict is not Verdict.JUDGE_ERROR, said[:2000]
    assert "ESCAPED" not in said
    assert len(said) < 200_000
    assert grader.forkserver_pid is not None
