"""The reviewer's desk by keyboard: comments in place, own notes, playback, and running the code again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product, until
from tests.e2e.walk import CORRECT, JUDGED, NAIVE, TEXT, Sender, editor, start_interview, to

PersonPage = Callable[..., Page]


@pytest.fixture
def desk(as_person: PersonPage, candidate_page: Page, product: Product) -> tuple[Page, str]:
    """The interviewer before the code of an interview that was written in two steps, and its id."""
    interview, candidate = start_interview(candidate_page), Sender(candidate_page)
    candidate.post(f"/interviews/{interview}/1/save/", text=TEXT, revision="0")
    for revision, code in enumerate((NAIVE, CORRECT)):
        candidate.post(f"/interviews/{interview}/2/save/", code=code, revision=str(revision))
    candidate.post(f"/interviews/{interview}/2/submit/", code=CORRECT, kind="submit")
    candidate.post(f"/interviews/{interview}/finish/")
    assert until(lambda: is_judged(product, interview), 30)
    page = as_person("interviewer")
    Sender(page).post(f"/review/{interview}/claim/")
    page.goto(f"/review/{interview}/2/")
    return page, interview


def is_judged(product: Product, interview: str) -> bool:
    query = (
        "SELECT count(*) FROM interview_grading g JOIN interview_submission s ON g.submission_id = s.id"
        " JOIN interview_item i ON s.item_id = i.id JOIN interview_interview v ON i.interview_id = v.id"
        " WHERE v.id = %s AND g.state = 'done' AND v.finalised_at IS NOT NULL"
    )
    return product.fetch(query, interview) == [(1,)]


def test_a_line_is_commented_by_keyboard_and_the_marks_beside_it_stay(desk: tuple[Page, str]) -> None:
    page, interview = desk
    page.get_by_label("Comment to the candidate").fill("Half a thought.")
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.get_by_role("spinbutton", name="Line")).to_be_focused()
    page.keyboard.type("5")
    to(page, "combobox", "Comment")
    page.keyboard.type("This is what keeps it finite.")
    to(page, "checkbox", "Offer these words to everyone who reviews this question")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    said = page.get_by_role("complementary", name="Comment on line 5")
    expect(said).to_contain_text("This is what keeps it finite.")
    expect(page.get_by_label("Comment to the candidate")).to_have_value("Half a thought.")
    page.locator(".code .ln", has_text=re.compile("^2$")).click()
    expect(page.get_by_role("spinbutton", name="Line")).to_have_value("2")
    page.get_by_text("Your own notes on this interview").click()
    page.get_by_label("Only you read them").fill("Ask about dtype.")
    expect(page.locator("#own-notes-state")).to_have_text("Saved.")
    page.goto(f"/review/{interview}/2/")
    expect(page.get_by_label("Only you read them")).to_have_value("Ask about dtype.")
    page.get_by_text("Comments in place (1) and shared words (1)").click()
    page.get_by_role("button", name="Take back the comment on line 5").focus()
    page.keyboard.press("Enter")
    expect(said).to_have_count(0)


def test_the_answer_is_played_back_and_run_again_without_touching_it(
    desk: tuple[Page, str], product: Product
) -> None:
    page, interview = desk
    page.get_by_role("link", name="How it came about").focus()
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider", name="Point of the timeline")
    last = int(slider.get_attribute("max") or 0)
    expect(page.locator("#moment-title")).to_contain_text(f"point {last} of {last}")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#moment-title")).to_contain_text(f"point 1 of {last}")
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#moment-title")).to_contain_text(f"point {last} of {last}", timeout=15_000)
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("link", name=re.compile("Submit$")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#moment-title")).to_contain_text("Submit")

    page.goto(f"/review/{interview}/2/run/")
    editor(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(NAIVE)
    page.get_by_role("button", name="Run all tests").focus()
    page.keyboard.press("Enter")
    outcome = page.get_by_role("region", name="Your run")
    expect(outcome).to_contain_text("Wrong Answer", timeout=JUDGED)
    expect(outcome).to_contain_text("hidden")
    kept = product.fetch(
        "SELECT count(*) FROM interview_submission s JOIN interview_item i ON s.item_id = i.id"
        " WHERE i.interview_id = %s AND s.kind = 'submit'",
        interview,
    )
    assert kept == [(1,)]


def test_where_it_might_be_said_is_asked_by_key_and_what_was_typed_stays(desk: tuple[Page, str]) -> None:
    page, interview = desk
    page.goto(f"/review/{interview}/1/")
    page.locator("h1").click()
    page.keyboard.press("2")
    page.get_by_role("textbox", name="Why (Explains the mechanism").fill("Half a reason.")
    page.get_by_label("Comment to the candidate").fill("Half a thought.")
    told = page.get_by_role("status").filter(has_text="It is coverage and no grade.")
    expect(told).to_have_count(0)
    page.locator("h1").click()
    page.keyboard.press("w")
    expect(told).to_be_visible()
    beside = page.locator("#coverage-of-chain-rule")
    expect(beside).to_contain_text("multiplies what arrives by each local derivative")
    expect(beside.locator("mark", has_text="multiplies")).to_be_visible()
    expect(page.get_by_role("textbox", name="Why (Explains the mechanism")).to_have_value("Half a reason.")
    expect(page.get_by_label("Comment to the candidate")).to_have_value("Half a thought.")
    expect(page.locator("input[name=met]:checked")).to_have_count(1)
    expect(page.locator("[data-points]")).to_have_text("2 of 10")
    beside.get_by_role("link", name="Sentence 2").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#place-2:target")).to_be_in_viewport()
    link = page.get_by_role("link", name="Hide where it might be said")
    link.focus()
    page.keyboard.press("Enter")
    expect(told).to_have_count(0)
    expect(page.get_by_role("link", name="Where might this be said?")).to_be_focused()
    expect(beside).to_be_hidden()
    expect(page.get_by_label("Comment to the candidate")).to_have_value("Half a thought.")
