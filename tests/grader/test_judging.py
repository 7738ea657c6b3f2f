"""Verdicts and messages of real gradings."""

import select
import threading

import pytest

from grader import Grader, Progress, Question, Result, Verdict
from grader.frames import Frame
from grader.sandbox.pool import Prepared
from grader.session import Session
from tests.grader.workshop import Judge, question

ADDS = """
@test("adds", points=2, visible=True)
def adds(candidate):
    assert candidate.solve(1, 2) == 3

@test("adds tensors", points=1)
def adds_tensors(candidate, draw):
    x = draw.normal(3, 4)
    expect(close(candidate.solve(x, x), 2 * x))
"""


def test_a_right_answer_is_accepted_with_all_points(judge: Judge):
    result = judge(ADDS, "def solve(a, b): return a + b")
    assert (result.verdict, result.score, result.max_score) == (Verdict.ACCEPTED, 3, 3)


def test_a_wrong_answer_is_not_accepted_and_says_what_came_and_what_was_expected(judge: Judge):
    first, second = judge(ADDS, "def solve(a, b): return a - b").tests
    assert (first.verdict, first.message) == (
        Verdict.WRONG_ANSWER,
        "Does not hold: candidate.solve(1, 2) == 3",
    )
    assert (first.output, first.expected) == ("-1", "3")
    assert second.message == "the result is wrong in every element: largest relative error 1 at [0, 0]."


def test_a_partly_right_answer_keeps_the_points_of_the_tests_that_pass(judge: Judge):
    result = judge(ADDS, "def solve(a, b): return 3 if a is 1 else a")
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 2)


def test_an_exception_is_a_runtime_error_with_the_line_of_the_submission(judge: Judge):
    test = judge(ADDS, "def solve(a, b):\n    return a / 0").tests[0]
    assert (test.verdict, test.message) == (
        Verdict.RUNTIME_ERROR,
        "ZeroDivisionError: division by zero",
    )
    assert test.frames == (Frame("solution.py", 2, "solve", "return a / 0"),)


def test_only_its_own_lines_are_told_and_of_hidden_tests_none(judge: Judge):
    source = "def helper(a):\n    raise ValueError\n\n\ndef solve(a, b):\n    return helper(a)\n"
    result = judge(ADDS, source)
    told = [
        Frame("solution.py", 6, "solve", "return helper(a)"),
        Frame("solution.py", 2, "helper", "raise ValueError"),
    ]
    assert [list(test.frames) for test in result.tests] == [told, told]
    assert [list(test.frames) for test in result.for_candidate().tests] == [told, []]
    assert Result.from_dict(result.to_dict()) == result


@pytest.mark.parametrize(("reveal", "told"), [("name", 0), ("message", 1)])
def test_the_line_of_a_hidden_test_follows_its_reveal_level(judge: Judge, reveal: str, told: int):
    tests = f'@test("a", reveal="{reveal}")\ndef a(candidate):\n    candidate.solve(1)\n'
    (test,) = judge(tests, "def solve(x):\n    return x / 0\n").for_candidate().tests
    assert len(test.frames) == told


def test_a_result_that_was_stored_before_lines_were_told_still_reads(judge: Judge):
    result = judge(ADDS, "def solve(a, b): return a + b")
    stored = result.to_dict()
    del stored["frames"]
    for test in stored["tests"]:
        del test["frames"]
    assert Result.from_dict(stored) == result


def test_a_syntax_error_is_a_compile_error_and_every_test_is_skipped(judge: Judge):
    result = judge(ADDS, "def solve(:")
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.message.startswith("The submission cannot be imported. SyntaxError: invalid syntax")
    assert result.frames == (Frame("solution.py", 1, "", "def solve(:", 11),)
    assert {test.verdict for test in result.tests} == {Verdict.SKIPPED}


def test_an_import_that_fails_is_a_compile_error(judge: Judge):
    assert judge(ADDS, "import nothing_of_that_name").verdict is Verdict.COMPILE_ERROR


def test_a_missing_entry_point_is_an_invalid_submission(judge: Judge):
    result = judge(ADDS, "def sovle(a, b): return a + b")
    assert (result.verdict, result.verdict.costs_an_attempt) == (Verdict.INVALID, False)
    assert result.message == "The submission must define solve, and it must be callable."


def test_an_entry_point_that_cannot_be_called_is_an_invalid_submission(judge: Judge):
    assert judge(ADDS, "solve = 3").verdict is Verdict.INVALID


def test_a_source_that_is_too_large_is_invalid_before_anything_runs(judge: Judge):
    assert judge(ADDS, "#" * 300_000).message == "The submission has 292 KiB; at most 256 KiB are accepted."


def test_a_source_with_nul_characters_is_invalid(judge: Judge):
    assert judge(ADDS, "x = '\0'").verdict is Verdict.INVALID


def test_an_endless_loop_runs_into_the_wall_clock_and_the_rest_is_skipped(judge: Judge):
    result = judge(ADDS, "def solve(a, b):\n    while True: pass", wall_seconds=0.5)
    assert [test.verdict for test in result.tests] == [Verdict.TIME_LIMIT, Verdict.SKIPPED]
    assert 0.5 <= result.usage.wall_seconds < 1.5


def test_sleeping_runs_into_the_wall_clock(judge: Judge):
    assert (
        judge(ADDS, "import time\ndef solve(a, b): time.sleep(60)", wall_seconds=0.3).verdict
        is Verdict.TIME_LIMIT
    )


def test_an_endless_import_is_a_time_limit_of_the_whole_grading(judge: Judge):
    result = judge(ADDS, "while True: pass", wall_seconds=0.5)
    assert (result.verdict, result.message) == (
        Verdict.TIME_LIMIT,
        "While it was imported: It took longer than 0.5 seconds.",
    )


def test_processor_time_has_its_own_limit(judge: Judge):
    source = "def solve(a, b):\n    while True: pass"
    result = judge(ADDS, source, cpu_seconds=0.3)
    assert (result.verdict, result.tests[0].message) == (
        Verdict.TIME_LIMIT,
        "It used more than 0.3 seconds of CPU time.",
    )


def test_memory_has_a_limit(judge: Judge):
    source = "import torch\ndef solve(a, b):\n    kept = []\n    while True: kept.append(torch.ones(1 << 20))"
    result = judge(ADDS, source, memory_mb=64)
    assert {test.verdict for test in result.tests} == {Verdict.MEMORY_LIMIT}
    assert 60 < result.usage.peak_memory_mb < 128


def test_one_allocation_that_is_too_large_is_a_memory_limit_too(judge: Judge):
    result = judge(ADDS, "def solve(a, b): return bytes(64 << 30)")
    assert result.tests[0].verdict is Verdict.MEMORY_LIMIT
    assert result.tests[0].message.startswith("It ran out of memory. MemoryError")


def test_output_has_a_limit_and_only_that_much_is_kept(judge: Judge):
    result = judge(ADDS, "def solve(a, b):\n    while True: print('x' * 1000)", output_kb=8)
    assert (result.verdict, len(result.stdout)) == (Verdict.OUTPUT_LIMIT, 8192)


def test_files_have_a_limit_in_all(judge: Judge):
    source = "def solve(a, b):\n    open('f', 'wb').write(bytes(5 << 20))\n    return a + b"
    assert judge(ADDS, source, scratch_mb=2).verdict is Verdict.OUTPUT_LIMIT


def test_a_single_file_has_a_limit(judge: Judge):
    source = "def solve(a, b):\n    open('f', 'wb').write(bytes(5 << 20))\n    return a + b"
    assert judge(ADDS, source, file_mb=2).verdict is Verdict.OUTPUT_LIMIT


def test_processes_have_a_limit(judge: Judge):
    source = """
import threading, time
def solve(a, b):
    for _ in range(100): threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
"""
    result = judge(ADDS, source, processes=8)
    assert result.tests[0].message.startswith("It started more processes or threads than are allowed.")


def test_a_crash_costs_its_test_and_the_next_one_runs_in_a_fresh_process(judge: Judge):
    source = "import os\ndef solve(a, b):\n    if a is 1: os.kill(os.getpid(), 11)\n    return a + b"
    assert [test.verdict for test in judge(ADDS, source).tests] == [Verdict.RUNTIME_ERROR, Verdict.ACCEPTED]


def test_leaving_with_status_zero_is_no_way_to_pass(judge: Judge):
    test = judge(ADDS, "import os\ndef solve(a, b): os._exit(0)").tests[0]
    assert (test.verdict, test.message) == (
        Verdict.RUNTIME_ERROR,
        "It exited with status 0 before it answered.",
    )


def test_a_forbidden_system_call_is_a_security_violation(judge: Judge):
    source = "import ctypes\ndef solve(a, b): ctypes.CDLL(None).ptrace(0, 0, 0, 0)"
    assert judge(ADDS, source).tests[0].verdict is Verdict.SECURITY


def test_a_parent_that_listens_late_still_counts_output_to_the_test_that_printed_it(
    grader: Grader, monkeypatch: pytest.MonkeyPatch
):
    hear = Session._hear

    def hear_late(self: Session, judge: Prepared) -> None:
        select.select(self._streams.readers, [], [], 0.1)
        self._streams.drain()
        hear(self, judge)

    monkeypatch.setattr(Session, "_hear", hear_late)
    source = "def solve(a, b):\n    print(type(a).__name__)\n    return a + b"
    result = grader.judge(question(ADDS), {"solution.py": source})
    assert [test.stdout for test in result.tests] == ["int\n", "Tensor\n"]


def test_output_belongs_to_the_test_that_printed_it(judge: Judge):
    result = judge(ADDS, "print('import')\ndef solve(a, b):\n    print(type(a).__name__)\n    return a + b")
    assert result.stdout == "import\nint\nTensor\n"
    assert [test.stdout for test in result.tests] == ["int\n", "Tensor\n"]


def test_candidates_do_not_see_what_hidden_tests_hold(judge: Judge):
    result = judge(ADDS, "def solve(a, b):\n    print(a)\n    return a - b").for_candidate()
    assert (result.stdout, result.tests[0].output) == ("1\n", "-1")
    hidden = result.tests[1]
    assert (hidden.message, hidden.output, hidden.expected, hidden.stdout) == ("", "", "", "")


def test_a_run_judges_the_visible_tests_only(judge: Judge):
    result = judge(ADDS, "def solve(a, b): return a + b", visible_only=True)
    assert ([test.name for test in result.tests], result.max_score) == (["adds"], 2)


def test_the_same_seed_draws_the_same_inputs_and_another_one_does_not(judge: Judge):
    source = "def solve(a, b):\n    print(a)\n    return a + b"
    first, again, other = (judge(ADDS, source, seed=seed).stdout for seed in (5, 5, 6))
    assert first == again != other


def test_generators_are_seeded_afresh_for_each_grading(judge: Judge):
    draws = "import random, torch, numpy\nprint(random.random(), torch.rand(1), numpy.random.rand())\n"
    source = f"{draws}def solve(a, b): 0"
    assert judge(ADDS, source, seed=1).stdout != judge(ADDS, source, seed=2).stdout


def test_a_broken_tests_file_is_a_judge_error_and_not_the_candidates(judge: Judge):
    result = judge(ADDS + "\nraise OSError('no')\n", "def solve(a, b): return a + b")
    assert (result.verdict, result.message) == (
        Verdict.JUDGE_ERROR,
        "The tests of this question do not load: OSError: no",
    )


def test_a_test_that_fails_by_itself_is_a_judge_error(judge: Judge):
    tests = "@test('broken')\ndef broken(candidate):\n    1 / 0\n"
    assert judge(tests, "def solve(): 0").verdict is Verdict.JUDGE_ERROR


def test_a_test_that_stumbles_over_a_returned_value_is_a_wrong_answer(judge: Judge):
    tests = "@test('shape')\ndef shape(candidate):\n    assert candidate.solve().shape == (2,)\n"
    test = judge(tests, "def solve(): return 'text'").tests[0]
    assert (test.verdict, test.message) == (
        Verdict.WRONG_ANSWER,
        "The test cannot use what the submission returned. AttributeError: 'str' object has no attribute 'shape'",
    )


def test_progress_is_told_test_by_test(grader: Grader):
    seen: list[tuple[int, int, str]] = []
    grader.judge(
        question(ADDS),
        {"solution.py": "def solve(a, b): return a + b"},
        on_progress=lambda progress: seen.append((progress.position, progress.total, progress.name)),
    )
    assert [step for step in dict.fromkeys(seen) if step[0]] == [(1, 2, "adds"), (2, 2, "adds tensors")]


PRINTS = """
@test('visible', visible=True)
def visible(candidate):
    candidate.solve('seen')

@test('hidden')
def hidden(candidate):
    candidate.solve('unseen')

@test('last', visible=True)
def last(candidate):
    candidate.solve('seen again')
"""
SAYS_AND_WAITS = """
import sys, time
print('import')
def solve(word):
    print(f'loss={len(word)}')
    print(word, file=sys.stderr)
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        pass
"""


def test_output_is_told_while_it_is_printed_but_not_that_of_hidden_tests(grader: Grader):
    seen: list[Progress] = []
    grader.judge(question(PRINTS), {"solution.py": SAYS_AND_WAITS}, on_progress=seen.append)
    assert [step for step in dict.fromkeys((step.position, step.stdout) for step in seen) if step[0]] == [
        (1, "import\n"),
        (1, "import\nloss=4\n"),
        (2, "import\nloss=4\n"),
        (3, "import\nloss=4\n"),
        (3, "import\nloss=4\nloss=10\n"),
    ]
    assert list(dict.fromkeys(step.stderr for step in seen)) == ["", "seen\n", "seen\nseen again\n"]
    assert [(series["name"], series["points"]) for series in seen[-1].to_dict()["curves"]] == [
        ("loss", [[1.0, 4.0], [2.0, 10.0]])
    ]


def test_each_phase_of_a_grading_is_timed(judge: Judge):
    result = judge(ADDS, "import time\ntime.sleep(0.2)\ndef solve(a, b): return a + b")
    phases = result.phases
    assert 0.2 <= phases.importing < result.usage.wall_seconds
    assert min(phases.prepare, phases.testing, phases.ending) > 0
    assert Result.from_dict(result.to_dict()).phases == phases


def test_what_is_never_begun_takes_no_time(judge: Judge):
    phases = judge("raise ValueError\n@test('t')\ndef t(candidate): ...", "def solve(): ...").phases
    assert (phases.importing, phases.testing) == (0, 0)


def test_several_files_can_import_one_another(grader: Grader):
    files = {
        "solution.py": "from helper import plus\ndef solve(a, b): return plus(a, b)",
        "helper.py": "from operator import add as plus",
    }
    assert grader.judge(question(ADDS), files).verdict is Verdict.ACCEPTED


def test_files_of_the_question_that_a_submission_may_read_lie_beside_it(grader: Grader):
    asked = question("@test('reads')\ndef reads(candidate):\n    assert candidate.solve() == b'12'\n")
    given = Question.from_files({**asked.files, "data/numbers.bin": b"12"})
    source = "def solve(): return open('data/numbers.bin', 'rb').read()"
    assert grader.judge(given, {"solution.py": source}).verdict is Verdict.ACCEPTED


def test_files_that_only_the_judge_reads_do_not(grader: Grader):
    asked = question(
        "@test('reads')\ndef reads(candidate, data):\n"
        "    assert data('labels.bin') == b'34'\n    assert candidate.solve() == []\n"
    )
    given = Question.from_files({**asked.files, "grading/data/labels.bin": b"34"})
    source = "import glob\ndef solve(): return glob.glob('/tmp/**/*.bin', recursive=True)"
    assert grader.judge(given, {"solution.py": source}).verdict is Verdict.ACCEPTED


def test_a_result_survives_the_way_through_json(judge: Judge):
    result = judge(ADDS, "def solve(a, b): return a")
    assert type(result).from_dict(result.to_dict()) == result


def test_threads_can_judge_at_the_same_time(grader: Grader):
    verdicts: list[Verdict] = []

    def judge_one() -> None:
        verdicts.append(
            grader.judge(question(ADDS), {"solution.py": "def solve(a, b): return a + b"}).verdict
        )

    threads = [threading.Thread(target=judge_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [Verdict.ACCEPTED] * 8


@pytest.mark.parametrize("shown", ["\x1b[31mred\x1b[0m", "a\rb", "\x00", "\u202egnp.exe", "\x9b2J", "\ud800"])
def test_what_is_printed_cannot_act_on_a_terminal_or_a_page(judge: Judge, shown: str):
    source = f"import sys\nsys.stdout.write({shown!a})\ndef solve(a, b): raise ValueError({shown!a})"
    result = judge(ADDS, source)
    for text in (result.stdout, result.tests[0].message):
        assert not any(character in text for character in "\x1b\r\x00\u202e\x9b\ud800")


def test_a_grading_that_stops_early_skips_what_comes_after_the_first_failure(grader: Grader):
    tests = "".join(
        f"@test('{name}')\ndef {name}(candidate):\n    assert candidate.solve() == {answer}\n"
        for name, answer in (("one", 1), ("two", 2), ("three", 1))
    )
    files = {"solution.py": "def solve():\n    return 1\n"}
    early = grader.judge(question(tests), files, seed=1, stop_early=True)
    whole = grader.judge(question(tests), files, seed=1)
    assert [test.verdict.value for test in early.tests] == ["AC", "WA", "SK"]
    assert [test.verdict.value for test in whole.tests] == ["AC", "WA", "AC"]
    assert early.verdict is whole.verdict is Verdict.WRONG_ANSWER


def test_a_watched_call_that_names_no_device_runs_where_the_submission_does(judge: Judge):
    tests = """
@test("shown", visible=True)
def shown(candidate):
    how = {"strided": False, "cotangent": torch.ones(2)}
    answer = candidate.probe_(candidate.solve, (torch.zeros(2),), {}, how)
    assert (answer["device"], len(answer["gradients"])) == ("cpu", 1)
"""
    assert judge(tests, "def solve(x):\n    return 2 * x\n").verdict is Verdict.ACCEPTED
