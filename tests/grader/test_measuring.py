"""Time and memory against a question's own baselines, and what does not help to look better."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import Grader, Question, QuestionError, Result, Verdict, load_question
from grader.measuring import PAIRS, _is_settled, within
from grader.sandbox import accounting
from tests.grader.workshop import question

BASELINE = """
import torch
def solve(x):
    return (x[:, None] - x[None, :]).square().sum(dim=2)
"""
TIME = """
@test("fast", points=10, reveal="message")
def fast(draw, measure):
    return measure.time(
        lambda module, x: module.solve(x), lambda: (draw.normal(400, 64),),
        against="at_once", shares={1.6: 1.0, 20.0: 0.5}, rtol=1e-3, atol=1e-3%s,
    )
"""
# One product of matrices, where the other makes a table of all differences first.
LEAN = """
import torch
def solve(x):
    return torch.cdist(x, x).square()
"""
QUADRATIC = """
import torch
def solve(x):
    out = torch.zeros(len(x), len(x))
    for i in range(len(x)):
        for j in range(len(x)):
            out[i, j] = (x[i] - x[j]).square().sum()
    return out
"""


def asked(tests: str, baseline: str = BASELINE, **limits: float) -> Question:
    plain = question(tests, **{"wall_seconds": 60, "cpu_seconds": 60, "memory_mb": 1024} | limits)
    return Question.from_files({**plain.files, "grading/baselines/at_once.py": baseline.encode()})


def timed(
    grader: Grader, source: str, more: str = "", baseline: str = BASELINE, rows: int = 400, **limits: float
) -> Result:
    tests = (TIME % more).replace("draw.normal(400", f"draw.normal({rows}")
    return grader.judge(asked(tests, baseline, **limits), {"solution.py": source}, seed=1)


def test_what_does_the_same_as_the_baseline_earns_all(grader: Grader):
    result = timed(grader, BASELINE)
    assert (result.verdict, result.score) == (Verdict.ACCEPTED, 10.0), result.tests[0].message


def test_a_slower_way_earns_a_lower_band_and_reads_the_ratio(grader: Grader):
    slow = BASELINE.replace(
        "return (", "for _ in range(4): solve.y = (x[:, None] - x).square()\n    return ("
    )
    result = timed(grader, slow)
    assert (result.verdict, result.score) == (Verdict.ACCEPTED, 5.0), result.tests[0].message
    message = result.tests[0].message
    assert message.startswith("The call takes ")
    assert "times as long as the baseline “at_once”" in message
    assert "pairs of calls in turn, from the request to the whole answer" in message
    assert message.endswith("More points begin at 1.6 times.")


def test_two_loops_in_python_are_beyond_the_bands(grader: Grader):
    result = timed(grader, QUADRATIC, rows=150)
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0.0)
    assert result.tests[0].message.endswith("at most 20 times is asked for.")


def test_a_wrong_answer_of_a_timed_call_is_a_wrong_answer(grader: Grader):
    result = timed(grader, "def solve(x): return x @ x.T")
    assert result.verdict is Verdict.WRONG_ANSWER
    assert "the answer of a timed call is wrong" in result.tests[0].message


PATCHED_CLOCKS = (
    "\nimport time\ntime.perf_counter = time.time = time.monotonic = time.process_time = lambda: 0.0\n"
)
SPINNING = """
import threading
def spin():
    while True:
        pass
for _ in range(3):
    threading.Thread(target=spin, daemon=True).start()
"""
SLOW = "\ndef solve(x):\n    for _ in range(5): y = (x[:, None] - x).square()\n    return y.sum(dim=2)\n"
HELPERS = """
import torch
torch.set_num_threads(4)
"""


@pytest.mark.parametrize(
    "trick", [PATCHED_CLOCKS, SPINNING, HELPERS], ids=["patched clocks", "threads beside it", "more threads"]
)
def test_tricks_with_clocks_and_threads_do_not_reach_the_better_band(grader: Grader, trick: str):
    result = timed(grader, trick + SLOW)
    assert result.score in (0.0, 5.0), result.tests[0].message


LATER = """
import threading, time, torch
def solve(x):
    out = torch.zeros(len(x), len(x))
    def fill():
        time.sleep(0.005)
        out.copy_((x[:, None] - x[None, :]).square().sum(dim=2))
    threading.Thread(target=fill).start()
    return out
"""
LAZY = """
import torch
class Lazy(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), keywords=None):
        x = arguments[0].x
        return (x[:, None] - x[None, :]).square().sum(dim=2)
def solve(x):
    lazy = torch.zeros(len(x), len(x)).as_subclass(Lazy)
    lazy.x = x
    return lazy
"""
CACHED = """
import torch
known = {}
def solve(x):
    if x.shape not in known:
        known[x.shape] = (x[:, None] - x[None, :]).square().sum(dim=2)
    return known[x.shape]
"""
IN_A_HANDLE = """
class Later:
    def __init__(self, x): self.x = x
def solve(x): return Later(x)
"""


@pytest.mark.parametrize(
    "trick",
    [LATER, LAZY, CACHED, IN_A_HANDLE],
    ids=["filled later", "lazy", "cached by shape", "no value yet"],
)
def test_answers_that_are_not_there_in_time_are_wrong(grader: Grader, trick: str):
    result = timed(grader, trick)
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0.0)
    assert "the answer of a timed call" in result.tests[0].message


def test_work_done_out_of_turn_is_stopped_until_the_next_turn(grader: Grader):
    # It counts on in a thread while the baseline, which waits, has its turn.
    counting = """
import threading
count = 0
def run():
    global count
    while True: count += 1
threading.Thread(target=run, daemon=True).start()
def solve(x):
    global count
    seen, count = count, 0
    return seen
"""
    tests = """
@test("t")
def t(candidate, measure):
    with measure._bench.subjects("at_once") as sides:
        measure._bench.turn("candidate")
        sides["candidate"].solve(0)
        measure._bench.turn("baseline")
        before = sides["baseline"].solve(0.3)
        measure._bench.turn("")
        before = measure._bench.turn("")
        used = measure._bench.turn("")["candidate"]["cpu"] - before["candidate"]["cpu"]
    assert used < 0.01
"""
    waiting = "import time\ndef solve(seconds):\n    time.sleep(seconds)\n"
    result = grader.judge(asked(tests, waiting), {"solution.py": counting}, seed=1)
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].message


def test_a_speed_that_is_not_plausible_is_refused(grader: Grader):
    result = timed(grader, BASELINE, baseline=QUADRATIC, rows=150)
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0.0)
    assert "less than is plausible" in result.tests[0].message


def test_a_slow_baseline_says_how_much_faster_is_plausible(grader: Grader):
    assert timed(grader, BASELINE, ", implausible=1e-4", baseline=QUADRATIC, rows=150).score == 10.0


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        ("def solve(x): return 1 / 0", "The baseline failed: ZeroDivisionError: division by zero"),
        ("import os\ndef solve(x): os._exit(1)", "The baseline failed: closed"),
        ("def other(x): return x", "The baseline does not define solve."),
        ("raise ValueError('no')", "The baseline cannot be imported: ValueError: no"),
    ],
)
def test_a_baseline_that_fails_is_the_questions_fault(grader: Grader, baseline: str, message: str):
    result = timed(grader, BASELINE, baseline=baseline)
    assert (result.verdict, result.tests[0].message) == (Verdict.JUDGE_ERROR, message)


def test_a_baseline_that_is_not_there_is_the_questions_fault(grader: Grader):
    result = grader.judge(question(TIME % ""), {"solution.py": BASELINE}, seed=1)
    assert (result.verdict, result.tests[0].message) == (
        Verdict.JUDGE_ERROR,
        "There is no grading/baselines/at_once.py.",
    )


def test_a_baseline_that_no_test_names_is_refused():
    with pytest.raises(QuestionError) as caught:
        asked("@test('t')\ndef t(candidate):\n    assert candidate.solve(1)\n")
    assert [str(problem) for problem in caught.value.problems] == [
        "grading/baselines/at_once.py: is named by no test"
        ' (measure.time(…, against="its name") measures against it)'
    ]


def test_a_baseline_beside_a_device_is_refused():
    plain = asked(TIME % "")
    front = plain.files["question.yaml"].replace(b"device: cpu", b"device: either")
    with pytest.raises(QuestionError) as caught:
        Question.from_files({**plain.files, "question.yaml": front})
    assert [problem.message for problem in caught.value.problems] == ["are measured on the processor alone"]


def test_a_baseline_may_use_what_is_forbidden(grader: Grader):
    plain = asked(TIME % "")
    front = plain.files["question.yaml"].replace(b"forbid: []", b"forbid: [torch.cdist]")
    library = b"import torch\ndef solve(x): return torch.cdist(x, x).square()\n"
    files = {**plain.files, "question.yaml": front, "grading/baselines/at_once.py": library}
    tests = (TIME % "").replace("atol=1e-3", "atol=0.5").replace("20.0: 0.5", "1000.0: 0.5")
    files["grading/tests.py"] = plain.files["grading/tests.py"].replace((TIME % "").encode(), tests.encode())
    result = grader.judge(Question.from_files(files), {"solution.py": BASELINE}, seed=1)
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].message


def test_tests_after_a_measurement_find_the_submission_again(grader: Grader):
    tests = (
        TIME % ""
        + "\n@test('after', points=1)\ndef after(candidate):\n"
        + "    assert candidate.solve(torch.zeros(2, 3)).shape == (2, 2)\n"
    )
    result = grader.judge(asked(tests), {"solution.py": BASELINE}, seed=1)
    assert [test.verdict for test in result.tests] == [Verdict.ACCEPTED, Verdict.ACCEPTED]


def test_a_crash_while_it_is_measured_is_a_runtime_error_and_the_next_test_runs(grader: Grader):
    tests = (
        TIME % ""
        + "\n@test('after', points=1)\ndef after(candidate):\n    assert candidate.solve(None) is None\n"
    )
    crashing = "import os\ndef solve(x):\n    if x is None: return None\n    os._exit(7)\n"
    result = grader.judge(asked(tests), {"solution.py": crashing}, seed=1)
    assert [test.verdict for test in result.tests] == [Verdict.RUNTIME_ERROR, Verdict.ACCEPTED]


def test_a_hang_while_it_is_measured_is_a_time_out(grader: Grader):
    result = timed(grader, "def solve(x):\n    while True: pass\n", wall_seconds=2)
    assert result.verdict is Verdict.TIME_LIMIT
    assert result.usage.wall_seconds < 6


MEMORY = """
@test("lean", points=10, reveal="message")
def lean(draw, measure):
    return measure.memory(
        lambda module, x: module.solve(x), lambda: (draw.normal(700, 64),),
        against="at_once", shares={1.5: 1.0, 3.0: 0.5}, rtol=1e-3, atol=0.1,
    )
"""


def remembered(grader: Grader, source: str, baseline: str = LEAN) -> Result:
    return grader.judge(asked(MEMORY, baseline), {"solution.py": source}, seed=1)


def test_the_same_memory_earns_all(grader: Grader):
    result = remembered(grader, BASELINE, BASELINE)
    assert (result.verdict, result.score) == (Verdict.ACCEPTED, 10.0), result.tests[0].message


def test_a_table_of_everything_is_more_memory_than_one_product(grader: Grader):
    result = remembered(grader, BASELINE)
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0.0)
    assert "times the memory of the baseline “at_once”" in result.tests[0].message
    assert "at the peak of all its processes" in result.tests[0].message


def test_memory_set_aside_before_the_call_hides_nothing(grader: Grader):
    aside = "import torch\nheld = [torch.ones(700 * 700 * 64 * 2)]\n" + BASELINE.replace(
        "return", "held.clear(); return"
    )
    assert remembered(grader, aside).score == 0.0


@pytest.mark.parametrize(("value", "share"), [(0.5, 1.0), (1.5, 1.0), (1.51, 0.5), (4.0, 0.5)])
def test_a_ratio_earns_the_share_of_the_lowest_bound_that_it_stays_within(value: float, share: float):
    check = within(value, {1.5: 1.0, 4.0: 0.5}, "It takes {} times as long")
    assert (check.ok, check.share) == (True, share)


def test_a_ratio_beyond_the_bounds_is_not_fine():
    check = within(4.01, {1.5: 1.0, 4.0: 0.5}, "It takes {} times as long")
    assert (check.ok, check.earned) == (False, 0.0)
    assert check.message == "It takes 4.01 times as long; at most 4 times is asked for."


def test_pairs_are_ended_once_no_further_one_can_move_the_median_out_of_its_band():
    shares = {1.5: 1.0, 4.0: 0.5}
    half = PAIRS // 2
    assert not _is_settled([1.0] * half + [9.0] * half, shares)
    assert _is_settled([1.0] * (half + 1) + [9.0] * 2, shares)
    assert _is_settled([9.0] * (half + 1), shares)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Grader]:
    """A host without cgroups, where memory and time are read from /proc."""
    monkeypatch.setenv("GRADER_MEMORY", "watched")
    monkeypatch.setattr(accounting, "find", lambda: accounting.Cgroups(False, "taken away"))
    with Grader(spares=0) as alone:
        yield alone


def test_the_same_is_measured_where_trees_are_watched(watched: Grader):
    assert timed(watched, BASELINE).score == 10.0
    assert timed(watched, "import torch" + SPINNING + SLOW).score in (0.0, 5.0)
    assert remembered(watched, LEAN).score == 10.0
    assert remembered(watched, BASELINE).score == 0.0


@pytest.mark.parametrize(
    ("question", "example", "lost"),
    [
        ("architecture/convolution-from-scratch", "place_by_place", 1.0),
        ("architecture/convolution-from-scratch", "sum_over_the_kernel", 0.0),
        ("optimizers/accumulate-and-clip", "one_backward_for_all", 1.0),
        ("optimizers/accumulate-and-clip", "gradients_as_values", 0.0),
    ],
)
def test_examples_of_the_bank_get_the_bands_that_they_are_there_for(
    grader: Grader, question: str, example: str, lost: float
):
    folder = Path(__file__).parents[2] / "bank" / question
    source = (folder / "submissions" / "accepted" / f"{example}.py").read_text("utf-8")
    result = grader.judge(load_question(folder), {"solution.py": source}, seed=1)
    assert (result.verdict, result.max_score - result.score) == (Verdict.ACCEPTED, lost), result.tests[
        -1
    ].message
