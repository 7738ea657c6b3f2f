"""The coding workspace: run and submit by keyboard, readable results, and nothing that code prints comes alive."""

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.product import Product
from tests.e2e.walk import CORRECT, JUDGED, NAIVE, editor, start_interview, submit_code, verdict, write_code

BROKEN = """def softmax(x, dim):
    return x / scale


def logsumexp(x, dim):
    return x / scale
"""
UNREADABLE = "def softmax(x, dim)\n    return x\n"
ENDLESS = """def softmax(x, dim):
    while True:
        pass


def logsumexp(x, dim):
    return x
"""
TRAINS_FOR_EVER = """import itertools, time
def softmax(x, dim):
    for epoch in itertools.count(1):
        print(f"Epoch {epoch}, Loss: {1 / epoch:.3f}", flush=True)
        time.sleep(0.2)


def logsumexp(x, dim):
    return x
"""
HOSTILE = """print("<img id='owned' src='x' onerror='alert(1)'><script>alert(2)</script>")
print("\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07")


def softmax(x, dim):
    raise ValueError("<b id='owned'>bold</b> \\x1b[1mstrong")


def logsumexp(x, dim):
    return x
"""
READABLE = {
    "Wrong Answer": (NAIVE, "NaN at [0, 0], where a finite number is expected."),
    "Runtime Error": (BROKEN, "NameError: name 'scale' is not defined"),
    "Compile Error": (UNREADABLE, "expected ':'"),
}


@pytest.fixture
def workspace(candidate_page: Page) -> Page:
    """The coding question of a new interview."""
    start_interview(candidate_page)
    candidate_page.get_by_role("link", name="Question 2").click()
    candidate_page.wait_for_url("**/2/")
    expect(editor(candidate_page)).to_be_visible()
    return candidate_page


def kinds(product: Product, page: Page) -> list[object]:
    """What was handed over of the question that the page shows, in order."""
    rows = product.fetch(
        "SELECT submission.kind FROM interview_submission submission"
        " JOIN interview_item item ON item.id = submission.item_id"
        " WHERE %s LIKE '%%' || item.interview_id || '/' || item.position || '/' ORDER BY submission.created_at",
        page.url,
    )
    return [kind for (kind,) in rows]


def test_keys_run_the_visible_tests_and_submit_all_of_them(workspace: Page, product: Product) -> None:
    page = workspace
    write_code(page, NAIVE)
    page.keyboard.press("Control+'")
    expect(verdict(page)).to_contain_text("Wrong Answer", timeout=JUDGED)
    expect(page.locator("#result")).to_contain_text("1 of 3 visible tests passed")
    write_code(page, CORRECT)
    page.keyboard.press("Control+Enter")
    expect(verdict(page)).to_contain_text("Accepted", timeout=JUDGED)
    expect(page.locator("#result")).to_contain_text(re.compile(r"All \d\d tests passed, 18 of 18 points"))
    assert kinds(product, page) == ["run", "submit"]
    assert page.locator("#code").input_value() == CORRECT  # Ctrl+Enter wrote no line into the editor


def test_while_code_runs_a_second_press_does_nothing_and_the_limit_ends_it(
    workspace: Page, product: Product
) -> None:
    page = workspace
    write_code(page, ENDLESS)
    page.keyboard.press("Control+'")
    expect(verdict(page)).to_contain_text("Running", timeout=JUDGED)
    expect(page.get_by_role("button", name=re.compile("^Run Ctrl"))).to_have_attribute(
        "aria-disabled", "true"
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#say")).to_have_text("Your code is still running.")
    page.get_by_role("button", name=re.compile("^Submit")).click(force=True)
    expect(verdict(page)).to_contain_text("Time Limit Exceeded", timeout=JUDGED)
    expect(page.locator("#result")).to_contain_text("10 s")
    expect(page.get_by_role("button", name=re.compile("^Run Ctrl"))).not_to_have_attribute(
        "aria-disabled", "true"
    )
    assert kinds(product, page) == ["run"]


def test_output_and_curve_show_while_a_submit_runs_and_stop_ends_it_at_once(
    workspace: Page, product: Product
) -> None:
    page = workspace
    write_code(page, TRAINS_FOR_EVER)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Output so far")).to_contain_text(
        "Epoch 3, Loss: 0.333", timeout=JUDGED
    )
    expect(page.locator("#result figcaption")).to_contain_text("Loss falls to")
    page.locator("#stop").focus()
    page.keyboard.press("Enter")
    expect(verdict(page)).to_contain_text("Aborted")
    expect(page.locator("#result")).to_contain_text("it does not count")
    # The worker is free again long before the limit of ten seconds, and what it judged left no result.
    write_code(page, CORRECT)
    page.keyboard.press("Control+Enter")
    expect(verdict(page)).to_contain_text("Accepted", timeout=5000)
    states = product.fetch(
        "SELECT grading.state, submission.withdrawn_at IS NOT NULL FROM interview_submission submission"
        " JOIN interview_grading grading ON grading.submission_id = submission.id"
        " JOIN interview_item item ON item.id = submission.item_id"
        " WHERE %s LIKE '%%' || item.interview_id || '/' || item.position || '/' ORDER BY submission.created_at",
        page.url,
    )
    assert states == [("cancelled", True), ("done", False)]


@pytest.mark.parametrize("word", READABLE)
def test_a_refused_answer_says_what_is_wrong_with_it(workspace: Page, word: str) -> None:
    source, message = READABLE[word]
    submit_code(workspace, source, word)
    expect(workspace.locator("#result")).to_contain_text(message)


def test_what_a_candidate_prints_and_raises_is_inert_text(workspace: Page) -> None:
    page, dialogs = workspace, list[Dialog]()
    page.on("dialog", lambda dialog: dialogs.append(dialog))
    submit_code(page, HOSTILE, "Runtime Error")
    expect(page.locator("#tests")).to_contain_text("<b id='owned'>bold</b> ␛[1mstrong")
    page.get_by_role("tab", name="Output").click()
    expect(page.locator("#output")).to_contain_text("<script>alert(2)</script>")
    expect(page.locator("#output")).to_contain_text("␛[31mred")
    expect(page.locator("#owned")).to_have_count(0)
    assert (dialogs, "\x1b" in page.content()) == ([], False)


def test_the_result_is_still_there_after_a_reload(workspace: Page) -> None:
    submit_code(workspace, CORRECT, "Accepted")
    workspace.reload()
    expect(verdict(workspace)).to_contain_text("Accepted")


def test_tab_indents_and_escape_then_tab_leaves_the_editor(workspace: Page) -> None:
    page = workspace
    write_code(page, "x = 1")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    expect(page.locator("#code")).to_have_value("    x = 1")
    expect(editor(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(editor(page)).not_to_be_focused()
    expect(page.locator("#code")).to_have_value("    x = 1")


def test_reset_asks_first_and_undo_brings_the_code_back(workspace: Page) -> None:
    page = workspace
    starter = page.locator("#code").input_value()
    write_code(page, CORRECT)
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep my code").click()
    expect(page.locator("#code")).to_have_value(CORRECT)
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset the code").click()
    expect(page.locator("#code")).to_have_value(starter)
    expect(editor(page)).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#code")).to_have_value(CORRECT)
