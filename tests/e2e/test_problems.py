"""Saying that something is wrong with a question, by the keyboard and without losing a word, and reading the answer."""

from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.walk import NAIVE, TEXT, answer, saving, start_interview, write_code


def test_a_problem_is_reported_by_the_keyboard_answered_by_a_curator_and_read(
    candidate_page: Page, as_person: PersonPage
) -> None:
    wrong = f"Part 2 does not say what x is. {uuid4().hex}"
    start_interview(candidate_page)
    with saving(candidate_page):
        answer(candidate_page).fill(TEXT)
    report_by_keyboard(candidate_page, wrong)
    expect(answer(candidate_page)).to_have_value(TEXT)

    curate(as_person("admin"), wrong)
    candidate_page.goto("/problems/mine/")
    reported = candidate_page.locator(".reported").filter(has_text=wrong)
    expect(reported.get_by_text("It stands in the figure.")).to_be_visible()
    expect(reported.get_by_text("as release 1 stands")).to_be_visible()


def test_the_keys_of_the_workspace_send_no_code_from_a_report(candidate_page: Page) -> None:
    start_interview(candidate_page)
    candidate_page.get_by_role("link", name="Question 2").click()
    write_code(candidate_page, NAIVE)
    candidate_page.get_by_text("Report a problem with this question").click()
    candidate_page.get_by_label("What is wrong?").fill("The limits are not given.")
    candidate_page.keyboard.press("Control+Enter")
    candidate_page.get_by_role("button", name="Send the report").click()
    expect(candidate_page.get_by_text("Thank you, it is sent.")).to_be_visible()
    expect(candidate_page.locator("#result .verdict")).to_have_count(0)


def report_by_keyboard(page: Page, wrong: str) -> None:
    page.get_by_text("Report a problem with this question").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.insert_text(wrong)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you, it is sent.")).to_be_focused()
    expect(page.locator(".reported").filter(has_text=wrong)).to_be_visible()
    expect(page.get_by_label("What is wrong?")).to_have_value("")


def curate(page: Page, wrong: str) -> None:
    page.get_by_role("link", name="Reported problems").click()
    page.get_by_role("link", name=wrong).click()
    page.get_by_label("Answer", exact=True).fill("It stands in the figure.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Answered. The person who reported it sees the answer")).to_be_visible()
    expect(page.get_by_role("link", name=wrong)).to_have_count(0)
