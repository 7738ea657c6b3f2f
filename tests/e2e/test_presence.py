"""What stands beside an answer and never in its way: presence, flags, notes, and saying that something is wrong."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product, until
from tests.e2e.walk import (
    Sender,
    answer,
    banner,
    save_state,
    saving,
    start_interview,
)

# Time that passes at once, for this page and not for the server, to which stretches of two reports overlap;
# and a tab that goes behind another, which a headless browser has not.
SKIP = """
  window.skipped = 0;
  const now = performance.now.bind(performance);
  performance.now = () => now() + window.skipped;
"""
TURN = """([state, milliseconds]) => {
  window.skipped += milliseconds;
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def seconds(product: Product, interview: str, kind: str) -> float:
    """How long, as it is stored."""
    query = (
        "SELECT coalesce(extract(epoch FROM sum(ended_at - began_at)), 0) FROM interview_presence"
        " WHERE interview_id = %s AND kind = %s"
    )
    return float(str(product.fetch(query, interview, kind)[0][0]))


def turn(page: Page, state: str, after: float) -> None:
    """Hide or show the page `after` seconds."""
    page.evaluate(TURN, [state, 1000 * after])


@pytest.fixture
def begun(candidate_page: Page, product: Product) -> tuple[Page, str]:
    """A page whose time can be skipped, of an interview that began ten minutes ago."""
    page = candidate_page
    page.add_init_script(SKIP)
    interview = start_interview(page)
    product.execute(
        "UPDATE interview_interview SET started_at = started_at - interval '10 minutes' WHERE id = %s",
        interview,
    )
    page.evaluate("document.fonts.ready.then(() => true)")
    return page, interview


def test_time_in_view_and_away_is_reported_as_it_passed(begun: tuple[Page, str], product: Product) -> None:
    page, interview = begun
    turn(page, "hidden", after=30)
    assert until(lambda: 30 <= seconds(product, interview, "view") < 60)
    turn(page, "visible", after=60)
    assert until(lambda: 60 <= seconds(product, interview, "away") < 90)


def test_a_glance_elsewhere_is_not_recorded(begun: tuple[Page, str], product: Product) -> None:
    page, interview = begun
    turn(page, "hidden", after=30)
    assert until(lambda: 30 <= seconds(product, interview, "view") < 60)
    turn(page, "visible", after=3)
    turn(page, "hidden", after=100)
    assert until(lambda: 90 <= seconds(product, interview, "view") < 130)
    assert seconds(product, interview, "away") == 0


def test_reports_wait_for_the_connection(begun: tuple[Page, str], product: Product) -> None:
    page, interview = begun
    page.context.set_offline(True)
    turn(page, "hidden", after=40)
    turn(page, "visible", after=20)
    page.context.set_offline(False)
    assert until(lambda: seconds(product, interview, "view") >= 40)
    assert until(lambda: seconds(product, interview, "away") >= 20)


def test_practice_reports_nothing(candidate_page: Page) -> None:
    page = candidate_page
    page.goto(Sender(page).post("/practice/set/", questions=["explain-backpropagation"], reveal="each"))
    expect(answer(page)).to_be_visible()
    assert page.locator("[data-presence-url]").count() == 0
    assert page.locator("script[src*='presence']").count() == 0


def test_a_question_is_flagged_by_keyboard_without_leaving_it(candidate_page: Page) -> None:
    page = candidate_page
    start_interview(page)
    with saving(page):
        answer(page).fill("Half an idea.")
    page.get_by_role("button", name="Flag for later").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Flagged, take the flag off")
    expect(button).to_be_focused()
    expect(page.get_by_role("link", name="Question 1, draft saved, flagged")).to_be_visible()
    expect(answer(page)).to_have_value("Half an idea.")
    page.locator("#map summary").click()
    told = page.get_by_role("navigation", name="Map of the questions")
    expect(told.get_by_role("listitem").first).to_contain_text("Flagged")
    expect(told.get_by_role("listitem").first).to_contain_text("Draft saved")
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()


def test_notes_save_themselves_follow_to_every_question_and_say_so_apart(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    page.get_by_text("Notes", exact=True).click()
    page.get_by_label("Your notes").fill("The mask, again.")
    expect(page.locator("[data-notes-state]")).to_contain_text("Saved ")
    expect(save_state(page)).to_have_text("Nothing to save yet")
    stored = product.fetch("SELECT text FROM interview_notes WHERE interview_id = %s", interview)
    assert stored == [("The mask, again.",)]
    assert product.draft(interview) is None
    page.get_by_role("link", name="Question 2").click()
    expect(page.get_by_label("Your notes")).to_have_value("The mask, again.")


def test_notes_that_were_typed_offline_are_sent_later(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    page.get_by_text("Notes", exact=True).click()
    page.context.set_offline(True)
    page.get_by_label("Your notes").fill("Typed in a tunnel.")
    expect(page.locator("[data-notes-state]")).to_have_text("Offline, kept on this device")
    page.context.set_offline(False)
    expect(page.locator("[data-notes-state]")).to_contain_text("Saved ", timeout=8000)
    stored = product.fetch("SELECT text FROM interview_notes WHERE interview_id = %s", interview)
    assert stored == [("Typed in a tunnel.",)]


def test_a_problem_is_reported_without_losing_work_and_offline_it_waits_for_another_press(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    with saving(page):
        answer(page).fill("My answer. ")
    page.get_by_text("Report a problem with this question").click()
    page.context.set_offline(True)
    answer(page).press_sequentially("More of it.")
    page.get_by_label("What is wrong?").fill("Figure 1 does not load.")
    page.get_by_role("button", name="Send the report").click()
    expect(banner(page, "trouble")).to_contain_text("The server could not be reached.")
    expect(page.get_by_label("What is wrong?")).to_have_value("Figure 1 does not load.")
    page.context.set_offline(False)
    expect(save_state(page)).to_contain_text("Saved ", timeout=8000)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("Thank you, it is sent.")).to_be_visible()
    assert product.draft(interview) == answer(page).input_value()
    reports = product.fetch("SELECT count(*) FROM interview_problem WHERE body = 'Figure 1 does not load.'")
    assert reports == [(1,)]
