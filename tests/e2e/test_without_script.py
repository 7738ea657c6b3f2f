"""The main path of a candidate where no script runs: forms, links and reloads do it all."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import Product, until
from tests.e2e.walk import (
    CORRECT,
    NAIVE,
    TEXT,
    answer,
    choose_and_start,
    interview_of,
    start_interview,
    verdict,
)


def press(page: Page, name: str) -> None:
    """Send a form; a reload before its answer is there would get lost."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def reload_until(page: Page, word: str) -> None:
    """What a person without script is told to do."""

    def judged() -> bool:
        page.reload()
        return word in verdict(page).inner_text()

    until(judged, 30)
    expect(verdict(page)).to_contain_text(word)


def test_a_candidate_without_script_is_examined_as_well(
    as_person: PersonPage, no_interviews: None, product: Product
) -> None:
    page = as_person("candidate", java_script_enabled=False)
    choose_and_start(page)
    write_and_save(page)
    page.get_by_role("link", name="Next question").click()
    run_and_submit(page)
    page.get_by_role("link", name="Finish").click()
    expect(page.get_by_role("table")).to_contain_text("your submission of")
    press(page, "Hand in and end")
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed in")
    page.get_by_role("link", name="My interviews").last.click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Waits for an interviewer")
    assert product.draft(interview_of_first(page)) == "\n" + TEXT


def interview_of_first(page: Page) -> str:
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    return interview_of(page.url)


def write_and_save(page: Page) -> None:
    """An empty first line survives, and a reload shows what was saved."""
    answer(page).fill("\n" + TEXT)
    press(page, "Save")
    expect(page.locator("#banners")).to_have_text("Saved.")
    page.reload()
    expect(answer(page)).to_have_value("\n" + TEXT)


def run_and_submit(page: Page) -> None:
    code = page.get_by_role("textbox", name="solution.py")
    code.fill(NAIVE)
    press(page, "Run")
    reload_until(page, "Wrong Answer")
    expect(code).to_have_value(NAIVE)
    code.fill(CORRECT)
    press(page, "Submit")
    reload_until(page, "Accepted")


def test_without_script_a_stale_page_keeps_its_text_and_asks_before_it_overwrites(
    as_person: PersonPage, no_interviews: None, product: Product
) -> None:
    stale = as_person("candidate", java_script_enabled=False)
    interview = start_interview(stale)
    newer = stale.context.new_page()
    newer.goto(stale.url)
    answer(newer).fill("Newer.")
    press(newer, "Save")
    answer(stale).fill("Older.")
    press(stale, "Save")
    expect(stale.locator("#banners")).to_contain_text("Saving again puts it over the newer")
    expect(answer(stale)).to_have_value("Older.")
    assert product.draft(interview) == "Newer."
    press(stale, "Save")
    expect(stale.locator("#banners")).to_have_text("Saved.")
    assert product.draft(interview) == "Older."
