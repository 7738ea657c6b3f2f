"""Run my code: one's own lines and input beside the answer. Nothing tests it, nothing counts, everything is kept."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader import Verdict
from grader.frames import Frame
from grader.request import MOST_OWN
from interview.exceptions import InvalidAnswer, StillGrading
from interview.models import Grading, Interview, Item, Submission, User
from interview.models.event import EventKind
from interview.models.grading import GradingState
from interview.models.snapshot import SnapshotReason
from interview.models.submission import SubmissionKind
from interview.selectors import item as items
from interview.services import grading as gradings
from interview.services.interview import hand_in
from interview.services.submission import stop, submit
from tests.interview.conftest import SOFTMAX, code_answer, judged, result_for
from tests.interview.test_api import SignIn, post
from tests.interview.test_candidate_pages import HTMX, address, text_of

OWN = SubmissionKind.RUN_MY_CODE
SNIPPET = "import torch\nsoftmax(torch.zeros(2))"
CODE = "def softmax(x, dim=-1):\n    return x.exp() / x.exp().sum(dim)\n"


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def ran(item: Item, source: str = CODE, **own: str) -> Grading:
    """What came of running that, in the real sandbox."""
    grading = submit(item, OWN, code_answer(item, source), **own).current_grading
    assert grading
    gradings.grade(grading.pk)
    return Grading.objects.get(pk=grading.pk)


def in_one_line(web: Client, item: Item) -> str:
    """The result beside the editor, each stretch of white space as one space."""
    return " ".join(text_of(web.get(address("item", item), headers=HTMX)).split())


def test_it_is_kept_with_its_lines_and_input_and_with_everything_that_a_run_leaves(code_item: Item) -> None:
    submit(code_item, OWN, code_answer(code_item), snippet=SNIPPET, stdin="1\n2\n")
    kept = code_item.submissions.get()
    assert (kept.kind, kept.snippet, kept.stdin) == (OWN, SNIPPET, "1\n2\n")
    assert [point.reason for point in code_item.snapshots.all()] == [SnapshotReason.RUN_MY_CODE]
    assert [event.kind for event in code_item.events.all()] == [EventKind.RAN_OWN_CODE]


@pytest.mark.usefixtures("_sandbox")
def test_own_lines_run_and_nothing_is_tested(code_item: Item) -> None:
    grading = ran(code_item, snippet=SNIPPET)
    assert (grading.verdict, grading.tests, grading.points) == ("RAN", [], 0)
    assert grading.result["stdout"] == "tensor([0.5000, 0.5000])\n"


@pytest.mark.usefixtures("_sandbox")
def test_input_is_read(code_item: Item) -> None:
    assert ran(code_item, "print(input()[::-1])", stdin="abc").result["stdout"] == "cba\n"


def test_it_never_counts(running: Interview, candidate: User, code_item: Item) -> None:
    judged(submit(code_item, OWN, code_answer(code_item)).current_grading, Verdict.RAN)
    assert items.counting_submission(code_item) is None
    assert items.state(code_item) == items.ItemState.DRAFT
    hand_in(running, candidate)
    assert items.counting_submission(code_item).kind == SubmissionKind.FINAL


def test_the_same_again_runs_again(code_item: Item) -> None:
    for _ in range(2):
        judged(submit(code_item, OWN, code_answer(code_item), snippet="time()").current_grading, Verdict.RAN)
    assert Grading.objects.count() == 2


@pytest.mark.parametrize("second", SubmissionKind.values)
def test_nothing_else_is_taken_while_it_runs(code_item: Item, second: str) -> None:
    submit(code_item, OWN, code_answer(code_item))
    with pytest.raises(StillGrading):
        submit(code_item, SubmissionKind(second), code_answer(code_item))
    assert Submission.objects.count() == 1


def test_it_can_be_stopped_and_there_is_nothing_to_withdraw(code_item: Item) -> None:
    run = submit(code_item, OWN, code_answer(code_item))
    assert stop(code_item)
    run.refresh_from_db()
    assert (run.current_grading.state, run.withdrawn_at) == (GradingState.CANCELLED, None)


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({"snippet": "x" * (MOST_OWN + 1)}, "Your own lines come to 64 KiB; at most 64 KiB are accepted."),
        ({"stdin": "é" * MOST_OWN}, "Your input comes to 128 KiB; at most 64 KiB are accepted."),
        ({"snippet": "x = '\0'"}, "NUL"),
        ({"stdin": "\ud800"}, "not valid Unicode"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_reason(
    code_item: Item, own: dict[str, str], why: str
) -> None:
    with pytest.raises(InvalidAnswer, match=why):
        submit(code_item, OWN, code_answer(code_item), **own)
    assert Submission.objects.count() == 0


def test_own_lines_come_with_nothing_else(code_item: Item) -> None:
    with pytest.raises(InvalidAnswer, match="Run my code alone"):
        submit(code_item, SubmissionKind.RUN, code_answer(code_item), snippet="1")
    with pytest.raises(IntegrityError, match="submission_own_lines_are_run_alone"), transaction.atomic():
        Submission.objects.create(
            item=code_item, kind="submit", answer={}, created_at=timezone.now(), stdin="1"
        )


def test_the_page_sends_own_lines_with_every_button_and_they_go_with_one(
    web: Client, code_item: Item
) -> None:
    fields = {"code": SOFTMAX, "snippet": SNIPPET, "stdin": "1"}
    web.post(address("item_submit", code_item), {**fields, "kind": "run"})
    judged(Grading.objects.get())
    web.post(address("item_submit", code_item), {**fields, "kind": "run_my_code"})
    told = Submission.objects.values_list("kind", "snippet", "stdin")
    assert list(told) == [("run", "", ""), ("run_my_code", SNIPPET, "1")]


def test_the_last_lines_and_input_come_back_with_the_page(web: Client, code_item: Item) -> None:
    for words in ("first", "second"):
        run = submit(code_item, OWN, code_answer(code_item), snippet=f"# {words}", stdin=f"{words} input")
        judged(run.current_grading, Verdict.RAN)
    page = text_of(web.get(address("item", code_item)))
    assert "# second</textarea>" in page
    assert "second input</textarea>" in page
    assert "first" not in page.partition("<details class=")[2].partition("</details>")[0]


@pytest.mark.parametrize(("cookie", "opened"), [("open", True), ("closed", False), ("", False)])
def test_the_panel_comes_as_it_was_left(web: Client, code_item: Item, cookie: str, opened: bool) -> None:
    web.cookies["own-lines"] = cookie
    assert ('<details class="own" open>' in text_of(web.get(address("item", code_item)))) is opened


@pytest.mark.usefixtures("_sandbox")
def test_the_page_says_that_it_ran_and_never_that_it_is_accepted(web: Client, code_item: Item) -> None:
    ran(code_item, snippet=SNIPPET)
    fragment = text_of(web.get(address("item", code_item), headers=HTMX))
    assert "Ran to the end" in fragment
    assert "No test ran, and it does not count" in fragment
    assert "tensor([0.5000, 0.5000])" in fragment
    assert [word for word in ("Accepted", "points", 'id="tests"') if word in fragment] == []


@pytest.mark.usefixtures("_sandbox")
def test_an_error_is_told_with_its_lines_and_marked_where_it_arose(web: Client, code_item: Item) -> None:
    grading = ran(code_item, "def softmax(x):\n    return x.sofmax(0)\n", snippet=SNIPPET)
    assert grading.verdict == "RE"
    fragment = in_one_line(web, code_item)
    assert '<a href="#snippet">line 2</a> <code class="line">softmax(torch.zeros(2))</code>' in fragment
    line = '<a href="#code" data-goto data-file="solution.py" data-line="2">line 2</a>'
    assert f'{line} in <code>softmax</code> <code class="line">return x.sofmax(0)</code>' in fragment
    mark = 'data-mark data-file="solution.py" data-line="2" data-kind="error" data-text="AttributeError:'
    assert fragment.count(mark) == 1


@pytest.mark.usefixtures("_sandbox")
def test_a_syntax_error_is_told_with_line_and_column(web: Client, code_item: Item) -> None:
    assert ran(code_item, "x = 1\ndef softmax(x:\n    pass\n").verdict == "CE"
    fragment = in_one_line(web, code_item)
    assert 'data-line="2">line 2</a> column 12 <code class="line">def softmax(x:</code>' in fragment
    assert 'data-mark data-file="solution.py" data-line="2"' in fragment


def test_lines_that_a_hidden_test_led_to_stay_with_the_reviewer(web: Client, code_item: Item) -> None:
    grading = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item)).current_grading
    claimed = gradings.claim(grading.pk)
    result = result_for(claimed, Verdict.RUNTIME_ERROR)
    frames = (Frame("solution.py", 7, "softmax", "raise ValueError"),)
    tests = tuple(
        replace(test, frames=frames, reveal="message" if test.visible else "name") for test in result.tests
    )
    gradings.record(claimed, replace(result, tests=tests))
    hidden = sum(not test.visible for test in tests)
    assert hidden
    assert text_of(web.get(address("item", code_item))).count("raise ValueError") == len(tests) - hidden


def test_a_run_that_passes_every_visible_test_is_not_called_accepted(web: Client, code_item: Item) -> None:
    judged(submit(code_item, SubmissionKind.RUN, code_answer(code_item)).current_grading)
    fragment = text_of(web.get(address("item", code_item), headers=HTMX))
    assert "Passed" in fragment
    assert "Accepted" not in fragment.replace('<span class="sr">Accepted</span>', "")


def test_the_api_takes_lines_and_input_and_tells_them(web: Client, code_item: Item) -> None:
    body = {
        "kind": "run_my_code",
        "answer": code_answer(code_item),
        "snippet": " 1 + 1\n",
        "stdin": "x\n",
    }
    answer = web.post(reverse("api:submissions", args=[code_item.pk]), body, "application/json")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["kind"], made["snippet"], made["stdin"]) == ("run_my_code", " 1 + 1\n", "x\n")
    assert made["grading"]["state"] == "queued"


def test_the_api_refuses_lines_with_anything_else(web: Client, code_item: Item) -> None:
    body = {"kind": "submit", "answer": code_answer(code_item), "snippet": "1"}
    refused = web.post(reverse("api:submissions", args=[code_item.pk]), body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_answer")
    assert post(web, code_item, "run_my_code", code_answer(code_item)).status_code == 201


def test_the_timeline_tells_it_apart_from_a_run(web: Client, code_item: Item) -> None:
    submit(code_item, OWN, code_answer(code_item))
    page = text_of(web.get(address("item_timeline", code_item)))
    assert "<strong>Run my code</strong>" in page
