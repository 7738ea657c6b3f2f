"""The clock is the server's: it shows the same wherever it is read, and at zero it closes, browser or no browser."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import Product, until
from tests.e2e.walk import Sender, answer, banner, editor, save_state, saving, sign_in, start_interview

CLOSING = 5.0  # seconds: a tick each second, and what a loaded machine adds
FINALISING = 15.0  # the grace for the last draft, and a tick
FOLLOWS = 15_000  # milliseconds: a page asks for the clock every five seconds


def timer(page: Page) -> Locator:
    return page.locator("[data-clock]")


def figures(page: Page) -> Locator:
    return page.locator("[data-clock-figures]")


def asks_the_clock(page: Page) -> None:
    """A page that was away asks the server for the time as soon as it is back."""
    with page.expect_response("**/clock/"):
        page.context.set_offline(True)
        page.context.set_offline(False)


def seconds_shown(page: Page) -> int:
    minutes, seconds = figures(page).inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def seconds_left(product: Product, interview: str) -> float:
    rows = product.fetch(
        "SELECT extract(epoch FROM deadline_at - now()) FROM interview_interview WHERE id = %s", interview
    )
    return float(str(rows[0][0]))


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_browser_whose_clock_is_an_hour_off_shows_the_time_that_the_server_has(
    candidate_page: Page, product: Product, hours: int
) -> None:
    page = candidate_page
    page.clock.install(time=datetime.now() + timedelta(hours=hours))
    interview = start_interview(page)
    assert abs(seconds_shown(page) - seconds_left(product, interview)) < 3
    before = figures(page).inner_text()
    expect(figures(page)).not_to_have_text(before)
    asks_the_clock(page)
    assert abs(seconds_shown(page) - seconds_left(product, interview)) < 3


def test_the_last_minutes_change_the_clock_and_are_spoken(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    expect(timer(page)).not_to_have_attribute("data-state", re.compile("."))
    product.leave_only_seconds(interview, 299)
    asks_the_clock(page)
    expect(page.locator("#say")).to_have_text("5 minutes left.")
    expect(timer(page)).not_to_have_attribute("data-state", re.compile("."))
    product.leave_only_seconds(interview, 175)
    asks_the_clock(page)
    expect(timer(page)).to_have_attribute("data-state", "low")
    product.leave_only_seconds(interview, 59.5)
    asks_the_clock(page)
    expect(timer(page)).to_have_attribute("data-state", "last")
    expect(page.locator("#say-now")).to_have_text("1 minute left.")


def test_a_page_that_slept_says_how_much_is_really_left(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    product.leave_only_seconds(interview, 175)
    asks_the_clock(page)
    expect(page.locator("#say")).to_have_text("3 minutes left.")


def test_a_page_that_runs_ahead_asks_before_it_closes_and_goes_on(candidate_page: Page) -> None:
    page = candidate_page
    page.clock.install()
    start_interview(page)
    with page.expect_response("**/clock/"):
        page.clock.fast_forward(timedelta(minutes=46).seconds * 1000)
    expect(figures(page)).to_have_text(re.compile(r"^44:"))
    expect(answer(page)).to_be_editable()
    with saving(page):
        answer(page).fill("Still in time.")


def test_extra_time_reaches_the_page_and_is_spoken(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    product.leave_only_seconds(interview, 59)
    asks_the_clock(page)
    expect(timer(page)).to_have_attribute("data-state", "last")
    product.leave_only_seconds(interview, 600)
    asks_the_clock(page)
    expect(page.locator("#say")).to_have_text(
        re.compile(r"^You were given more time: (10:00|9:\d\d) left\.$")
    )
    expect(timer(page)).not_to_have_attribute("data-state", re.compile("."))


def shows_the_last_second(page: Page) -> None:
    """Looked at with every frame: an expectation that looks now and then would come too late to type."""
    page.evaluate(
        """() => new Promise((done) => {
          const figures = document.querySelector("[data-clock-figures]");
          const look = () => (figures.textContent === "0:01" ? done() : requestAnimationFrame(look));
          look();
        })"""
    )


def tab_to(page: Page, target: Locator) -> None:
    """Go there by the keyboard alone."""
    expect(target).to_be_visible()
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never came there")


def test_extra_time_that_an_admin_grants_arrives_without_a_reload(
    candidate_page: Page, as_person: PersonPage, product: Product
) -> None:
    page, admin = candidate_page, as_person("admin")
    interview = start_interview(page)
    product.leave_only_seconds(interview, 100)
    asks_the_clock(page)
    expect(timer(page)).to_have_attribute("data-state", "low")
    admin.goto(f"/people/interviews/{interview}/")
    minutes = admin.get_by_label("Minutes")
    tab_to(admin, minutes)
    admin.keyboard.type("10")
    admin.keyboard.press("Tab")
    admin.keyboard.type("The fire alarm went off.")
    admin.keyboard.press("Tab")
    admin.keyboard.press("Enter")
    expect(admin.locator("#banners")).to_contain_text("Demo candidate has 10 minutes more.")
    expect(page.locator("#say")).to_have_text(
        re.compile(r"^You were given more time: 11:\d\d left\.$"), timeout=FOLLOWS
    )
    expect(timer(page)).not_to_have_attribute("data-state", re.compile("."))


def test_extra_time_after_zero_shows_on_the_closed_page_and_leads_back(
    candidate_page: Page, as_person: PersonPage, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    with saving(page):
        answer(page).fill("Before the alarm.")
    product.leave_only_seconds(interview, 0)
    page.wait_for_url("**/closed/", timeout=FOLLOWS)
    assert until(lambda: final_text(product, interview), FINALISING) == "Before the alarm."
    Sender(as_person("admin")).post(
        f"/people/interviews/{interview}/", minutes="10", reason="The fire alarm went off."
    )
    again = page.get_by_role("link", name="Continue")
    expect(page.locator("#again")).to_contain_text("Open again", timeout=FOLLOWS)
    tab_to(page, again)
    page.keyboard.press("Enter")
    page.wait_for_url("**/1/")
    expect(answer(page)).to_have_value("Before the alarm.")
    with saving(page):
        answer(page).fill("After the alarm.")


def test_a_hidden_clock_stays_hidden_speaks_and_comes_back_once_at_three_minutes(
    as_person: PersonPage, no_interviews: None, product: Product
) -> None:
    page = as_person("candidate", service_workers="block")  # behind one, a page's requests are not seen
    interview = start_interview(page)
    expect(figures(page)).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Hide the clock"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Show the clock")).to_be_focused()
    expect(figures(page)).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Show the clock")).to_be_visible()
    expect(figures(page)).to_be_hidden()
    product.leave_only_seconds(interview, 299)
    asks_the_clock(page)
    expect(page.locator("#say")).to_have_text("5 minutes left.")
    expect(figures(page)).to_be_hidden()
    product.leave_only_seconds(interview, 170)
    asks_the_clock(page)
    expect(figures(page)).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Hide the clock"))
    page.keyboard.press("Enter")
    expect(figures(page)).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Show the clock")).to_be_visible()
    expect(figures(page)).to_be_hidden()


@pytest.fixture
def one_way(product: Product) -> Iterator[None]:
    """The sections of the first interview go one way, on clocks of their own."""
    turn = (
        "UPDATE interview_section SET navigation = %s"
        " WHERE template_id = (SELECT id FROM interview_template WHERE slug = 'first-interview')"
    )
    product.execute(turn, "one_way")
    yield
    product.execute(turn, "free")


def leave_section_only_seconds(product: Product, interview: str, seconds: float) -> None:
    """Move the deadline so that the clock of the present section has so much left."""
    product.execute(
        "UPDATE interview_interview SET deadline_at = now() + reserved + %s * interval '1 second' WHERE id = %s",
        seconds,
        interview,
    )


@pytest.mark.usefixtures("one_way")
def test_at_the_zero_of_a_section_the_page_goes_to_the_next_and_the_words_typed_last_are_kept(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    expect(figures(page)).to_have_text(re.compile(r"^1[45]:\d\d$"))
    expect(page.locator("[data-clock-overall]")).to_have_text(re.compile(r"^4[45]:\d\d$"))
    leave_section_only_seconds(product, interview, 59)
    asks_the_clock(page)
    expect(page.locator("#say-now")).to_have_text("1 minute left in this section, 31 minutes in all.")
    expect(timer(page)).to_have_attribute("data-state", "last")
    with saving(page):
        answer(page).fill("Saved before.")
    leave_section_only_seconds(product, interview, 3)
    asks_the_clock(page)
    shows_the_last_second(page)
    answer(page).press("End")
    page.keyboard.insert_text(" Typed last.")
    page.wait_for_url("**/2/", timeout=20_000)
    expect(editor(page)).to_be_visible()
    expect(page.locator("[data-clock-overall]")).to_have_count(0)
    expect(figures(page)).to_have_text(re.compile("^(30:00|29:)"))
    assert product.draft(interview) == "Saved before. Typed last."
    page.goto(f"/interviews/{interview}/1/")
    expect(page.get_by_role("main")).to_contain_text("or the time of this section was over")


@pytest.mark.usefixtures("one_way")
def test_with_no_browser_at_all_a_section_ends_by_itself(candidate_page: Page, product: Product) -> None:
    interview = start_interview(candidate_page)
    candidate_page.goto("about:blank")
    leave_section_only_seconds(product, interview, 0)

    def reached() -> bool:
        rows = product.fetch("SELECT reached FROM interview_interview WHERE id = %s", interview)
        return rows == [(2,)]

    assert until(reached, CLOSING)


def test_at_zero_the_page_locks_moves_on_and_the_words_typed_last_count(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    with saving(page):
        answer(page).fill("Saved before.")
    product.leave_only_seconds(interview, 3)
    asks_the_clock(page)
    shows_the_last_second(page)
    answer(page).press("End")
    page.keyboard.insert_text(" Typed last.")  # less than a second before zero: no save by itself is due yet
    page.wait_for_url("**/closed/", timeout=20_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Time is up")
    assert until(lambda: final_text(product, interview), FINALISING) == "Saved before. Typed last."


def final_text(product: Product, interview: str) -> object:
    rows = product.fetch(
        "SELECT submission.answer ->> 'text' FROM interview_submission submission"
        " JOIN interview_item item ON item.id = submission.item_id"
        " WHERE item.interview_id = %s AND submission.kind = 'final'",
        interview,
    )
    return rows[0][0] if rows else None


def test_at_zero_a_page_that_cannot_reach_the_server_locks_and_says_so(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    product.leave_only_seconds(interview, 2)
    asks_the_clock(page)
    page.context.set_offline(True)
    expect(banner(page, "closed")).to_contain_text("Your answers are locked", timeout=10_000)
    expect(answer(page)).not_to_be_editable()
    page.context.set_offline(False)
    page.wait_for_url("**/closed/", timeout=20_000)


def test_with_no_browser_at_all_the_server_closes(
    browser: Browser, base_url: str, no_interviews: None, product: Product
) -> None:
    context = browser.new_context(base_url=base_url)
    page = sign_in(context.new_page(), "candidate")
    interview = start_interview(page)
    with saving(page):
        answer(page).fill("Nobody watches.")
    expect(save_state(page)).to_contain_text("Saved")
    context.close()
    product.leave_only_seconds(interview, 0)
    assert until(lambda: closing(product, interview), CLOSING) == [("time_up", True)]
    assert product.draft(interview) == "Nobody watches."


def closing(product: Product, interview: str) -> list[tuple[object, ...]]:
    return product.fetch(
        "SELECT close_reason, closed_at = deadline_at FROM interview_interview"
        " WHERE id = %s AND closed_at IS NOT NULL",
        interview,
    )
