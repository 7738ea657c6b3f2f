"""Groups of tests: how their points add up, and which of them wait for which."""

import pytest

from grader import Grader, Question, QuestionError, Result, Verdict, report
from tests.grader.workshop import question

TESTS = """
@test("one", group="basics", points=1, visible=True)
def one(candidate):
    assert candidate.solve("one") == 1

@test("two", group="basics", points=3, reveal="message")
def two(candidate):
    return bands(candidate.solve("two"), {0.5: 0.5, 1.0: 1.0})

@test("three", group="more", points=2)
def three(candidate):
    assert candidate.solve("three") == 1

@test("four", points=1)
def four(candidate):
    assert candidate.solve("four") == 1
"""
RIGHT = {"one": 1, "two": 1, "three": 1, "four": 1}


def asked(groups: str, tests: str = TESTS) -> Question:
    plain = question(tests)
    front = plain.files["question.yaml"].decode() + f"groups:\n{groups}"
    return Question.from_files({**plain.files, "question.yaml": front.encode()})


def judged(grader: Grader, groups: str, visible_only: bool = False, **answers: float) -> Result:
    source = f"def solve(name): return {RIGHT | answers}[name]"
    return grader.judge(asked(groups), {"solution.py": source}, seed=1, visible_only=visible_only)


def by_name(result: Result) -> dict[str, tuple[float, float]]:
    return {part.group.name: (part.points, part.max_points) for part in result.subtotals}


SUM = "  - {id: basics, title: The basics}\n  - {id: more}\n"


def test_a_group_is_the_sum_of_its_tests_unless_it_says_otherwise(grader: Grader):
    result = judged(grader, SUM, one=0)
    assert by_name(result) == {"The basics": (3, 4), "more": (2, 2), "": (1, 1)}
    assert (result.score, result.max_score) == (6, 7)


def test_all_or_nothing_gives_nothing_for_less_than_all(grader: Grader):
    groups = "  - {id: basics, score: all}\n  - {id: more}\n"
    assert by_name(judged(grader, groups))["basics"] == (4, 4)
    result = judged(grader, groups, one=0)
    assert by_name(result)["basics"] == (0, 4)
    assert result.score == 3


def test_all_or_nothing_keeps_the_shares_of_what_is_accepted(grader: Grader):
    assert by_name(judged(grader, "  - {id: basics, score: all}\n  - {id: more}\n", two=0.6))["basics"] == (
        2.5,
        4,
    )


def test_min_pays_the_smallest_share_for_the_whole_group(grader: Grader):
    groups = "  - {id: basics, score: min}\n  - {id: more}\n"
    assert by_name(judged(grader, groups, two=0.6))["basics"] == (2, 4)
    assert by_name(judged(grader, groups, one=0))["basics"] == (0, 4)


NEEDS = "  - {id: basics, title: The basics}\n  - {id: more, needs: [basics]}\n"


def test_a_group_whose_need_did_not_pass_is_not_run_and_says_why(grader: Grader):
    result = judged(grader, NEEDS, one=0)
    three = result.tests[2]
    assert (three.verdict, three.points) == (Verdict.SKIPPED, 0)
    assert three.message == "Not run, because the group “The basics” did not pass."
    assert result.verdict is Verdict.WRONG_ANSWER
    assert result.tests[3].verdict is Verdict.ACCEPTED


def test_why_a_hidden_test_was_not_run_is_told_to_its_candidate(grader: Grader):
    shown = judged(grader, NEEDS, one=0).for_candidate().tests[2]
    assert shown.message == "Not run, because the group “The basics” did not pass."


def test_a_group_whose_needs_passed_is_run(grader: Grader):
    assert judged(grader, NEEDS, two=0.5).tests[2].verdict is Verdict.ACCEPTED


def test_a_group_may_need_a_single_test(grader: Grader):
    groups = "  - {id: basics}\n  - {id: more, needs: [one]}\n"
    assert judged(grader, groups, two=0).tests[2].verdict is Verdict.ACCEPTED
    skipped = judged(grader, groups, one=0).tests[2]
    assert skipped.message == "Not run, because the test “one” did not pass."


def test_what_waits_for_a_skipped_group_is_skipped_in_turn(grader: Grader):
    tests = TESTS.replace('@test("four", ', '@test("four", group="last", ')
    groups = NEEDS + "  - {id: last, needs: [more]}\n"
    source = f"def solve(name): return {RIGHT | {'one': 0}}[name]"
    result = grader.judge(asked(groups, tests), {"solution.py": source}, seed=1)
    assert [test.verdict.value for test in result.tests] == ["WA", "AC", "SK", "SK"]


def test_a_hidden_need_holds_up_no_visible_test_of_a_run(grader: Grader):
    tests = TESTS.replace('"three", group="more", points=2', '"three", group="more", points=2, visible=True')
    asking = asked("  - {id: basics}\n  - {id: more, needs: [two]}\n", tests)
    source = f"def solve(name): return {RIGHT | {'two': 0}}[name]"
    result = grader.judge(asking, {"solution.py": source}, seed=1, visible_only=True)
    assert [(test.name, test.verdict) for test in result.tests] == [
        ("one", Verdict.ACCEPTED),
        ("three", Verdict.ACCEPTED),
    ]


def test_groups_come_back_from_json_with_their_subtotals(grader: Grader):
    result = judged(grader, "  - {id: basics, score: min}\n  - {id: more, needs: [one]}\n", two=0.6)
    assert Result.from_dict(result.to_dict()) == result
    assert Result.from_dict(result.to_dict()).subtotals == result.subtotals


def test_results_of_before_there_were_groups_can_still_be_read(grader: Grader):
    document = judged(grader, SUM).to_dict()
    del document["groups"]
    assert by_name(Result.from_dict(document)) == {"basics": (4, 4), "more": (2, 2), "": (1, 1)}


@pytest.mark.parametrize(
    ("groups", "complaint"),
    [
        (
            "  - {id: basics}\n  - {id: basics}\n  - {id: more}\n",
            "question.yaml:{1}: a second group is called 'basics' (rename one)",
        ),
        (
            "  - {id: basics}\n  - {id: more}\n  - {id: mroe}\n",
            "question.yaml:{2}: group 'mroe' has no test (did you mean 'more'?)",
        ),
        (
            "  - {id: basics}\n",
            "grading/tests.py:12: group 'more' is not among the groups of question.yaml (known: basics)",
        ),
        (
            "  - {id: basics}\n  - {id: more, needs: [basic]}\n",
            "question.yaml:{1}: group 'more' needs 'basic', which is neither a group nor a test"
            " (did you mean 'basics'?)",
        ),
        (
            "  - {id: basics, needs: [more]}\n  - {id: more}\n",
            "question.yaml:{0}: group 'basics' needs 'more', but the test 'three' stands after 'one'"
            " (tests run from top to bottom: move what is needed up)",
        ),
        (
            "  - {id: basics}\n  - {id: more, needs: [three]}\n",
            "question.yaml:{1}: group 'more' needs 'three', and so needs itself: more → three (remove one need)",
        ),
        (
            "  - id: basics\n    score: most\n  - {id: more}\n",
            "question.yaml:{1}: 'groups.0.score' cannot be 'most' (one of: sum, all, min)",
        ),
    ],
)
def test_groups_that_do_not_fit_the_tests_are_refused_where_they_stand(groups: str, complaint: str):
    # Lines are counted from the first group; what stands above them is the workshop's.
    first = question(TESTS).files["question.yaml"].count(b"\n") + 2
    complaint = complaint.format(*range(first, first + 3))
    with pytest.raises(QuestionError) as caught:
        asked(groups)
    assert complaint in [str(problem) for problem in caught.value.problems]


def test_groups_that_need_each_other_are_refused_with_the_way_round():
    with pytest.raises(QuestionError) as caught:
        asked("  - {id: basics, needs: [more]}\n  - {id: more, needs: [basics]}\n")
    told = [problem.message for problem in caught.value.problems]
    assert told == [
        "group 'basics' needs 'more', and so needs itself: basics → more → basics",
        "group 'more' needs 'basics', and so needs itself: more → basics → more",
    ]


def test_a_terminal_shows_what_each_group_comes_to_and_by_which_rule(grader: Grader):
    asking = asked("  - {id: basics, title: The basics, score: all}\n  - {id: more}\n")
    source = f"def solve(name): return {RIGHT | {'one': 0}}[name]"
    lines = report.result(asking, grader.judge(asking, {"solution.py": source}, seed=1)).splitlines()
    assert "      0/4    The basics, all or nothing" in lines
    assert "      2/2    more" in lines
