"""From the queue to the report and its second look, by keyboard alone: the interviewer's way and the candidate's."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product, until
from tests.e2e.test_desk import is_judged
from tests.e2e.walk import CORRECT, TEXT, Sender, press, start_interview, to

PersonPage = Callable[..., Page]


@pytest.fixture
def candidate_and_interview(candidate_page: Page, product: Product, no_interviews: None) -> tuple[Page, str]:
    """A candidate who has handed in an interview that is judged."""
    interview, sender = start_interview(candidate_page), Sender(candidate_page)
    sender.post(f"/interviews/{interview}/1/save/", text=TEXT, revision="0")
    sender.post(f"/interviews/{interview}/2/submit/", code=CORRECT, kind="submit")
    sender.post(f"/interviews/{interview}/finish/")
    assert until(lambda: is_judged(product, interview), 30)
    return candidate_page, interview


def test_an_interview_is_reviewed_released_read_and_looked_at_again_by_keyboard_alone(
    as_person: PersonPage, candidate_and_interview: tuple[Page, str]
) -> None:
    candidate, interview = candidate_and_interview
    name = interview[:4].upper()
    reviewer = as_person("interviewer")
    reviewer.goto("/review/")
    press(reviewer, "button", f"Review candidate {name}")
    marks_by_digits(reviewer, interview)
    concludes(reviewer)
    reads_the_report(candidate)
    asks_again(candidate, interview)
    answers(as_person("admin"))
    candidate.reload()
    expect(candidate.locator("#q1")).to_contain_text("10 points instead of 4, of 10.")


def marks_by_digits(page: Page, interview: str) -> None:
    page.wait_for_url(f"**/review/{interview}/1/")
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("4")
    expect(page.locator("[data-points]")).to_have_text("4 of 10")
    page.keyboard.press("w")
    expect(page.get_by_role("status").filter(has_text="It is coverage and no grade.")).to_be_visible()
    expect(page.locator("[data-points]")).to_have_text("4 of 10")
    to(page, "textbox", "Why (Says that backpropagation computes the derivative …)", "Shift+Tab")
    page.keyboard.type("Says what each pass is for.")
    page.locator("h1").evaluate("element => { element.tabIndex = -1; element.focus(); }")
    page.keyboard.press("n")
    page.wait_for_url(f"**/review/{interview}/2/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/review/{interview}/release/")


def concludes(page: Page) -> None:
    to(page, "radio", "Strong no")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    to(page, "textbox", "Evidence")
    page.keyboard.type("Names both passes; the code is stable.")
    to(page, "combobox", "Recommendation for Backpropagation and fundamentals")
    page.keyboard.type("Yes")
    to(page, "textbox", "Evidence for Backpropagation and fundamentals")
    page.keyboard.type("Both passes, and a stable softmax.")
    to(page, "textbox", "Summary for the candidate")
    page.keyboard.type("Next: what is cached, and why.")
    press(page, "button", "Release to the candidate…")
    expect(page.get_by_role("dialog")).to_be_visible()
    to(page, "button", "Release to the candidate")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/")
    expect(page.get_by_text("Released. The candidate can read the report now.")).to_be_visible()


def reads_the_report(page: Page) -> None:
    page.goto("/interviews/mine/")
    press(page, "link", "Read the report")
    page.wait_for_url("**/report/")
    expect(page.get_by_role("heading", name="Points by area")).to_be_visible()
    expect(page.locator("#q1")).to_contain_text("Says what each pass is for.")
    expect(page.get_by_role("heading", name="Practise next")).to_be_visible()


def asks_again(page: Page, interview: str) -> None:
    summary = page.locator("#q1 summary", has_text="Ask for a second look")
    summary.focus()
    page.keyboard.press("Enter")
    to(page, "textbox", "What should be looked at again, and why?")
    page.keyboard.type("Sentence 2 has the local derivatives.")
    press(page, "button", "Ask for a second look")
    page.wait_for_url(f"**/{interview}/report/#q1")
    expect(page.locator("#q1")).to_contain_text("It waits for another reviewer")


def answers(page: Page) -> None:
    page.goto("/review/second-looks/")
    press(page, "link", "Explain backpropagation on a small graph")
    to(page, "spinbutton", "")
    page.keyboard.type("10")
    to(page, "textbox", "")
    page.keyboard.type("Right: they are there.")
    press(page, "button", "Answer")
    page.wait_for_url("**/review/second-looks/")
    expect(page.get_by_text("Answered. The candidate reads it in the report.")).to_be_visible()
