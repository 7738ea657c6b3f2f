"""Earlier versions of an answer: what is kept, looking back, and restoring, as a candidate does it."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import Product
from tests.e2e.walk import NAIVE, answer, banner, editor, save_state, saving, start_interview, write_code

PASTED = "Copied from a file of one's own. " * 10


@pytest.fixture
def page(as_person: PersonPage, no_interviews: None) -> Page:
    """The candidate's page, in a browser whose clipboard the test may fill."""
    return as_person("candidate", permissions=["clipboard-read", "clipboard-write"])


def kept(product: Product, interview: str, position: int = 1) -> list[tuple[object, ...]]:
    return product.fetch(
        "SELECT reason, pasted FROM interview_snapshot snapshot JOIN interview_item item ON item.id = item_id"
        " WHERE interview_id = %s AND position = %s ORDER BY taken_at, snapshot.id",
        interview,
        position,
    )


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_a_large_paste_is_kept_by_itself_with_its_size(page: Page, product: Product) -> None:
    interview = start_interview(page)
    with saving(page):
        answer(page).fill("Own words first. ")
    answer(page).press("End")
    with saving(page):
        paste(page, PASTED)
    assert product.draft(interview) == "Own words first. " + PASTED
    assert kept(product, interview) == [("step", None), ("paste", len(PASTED))]


def test_a_small_paste_is_typing_like_any_other(page: Page, product: Product) -> None:
    interview = start_interview(page)
    answer(page).focus()
    with saving(page):
        paste(page, "a name")
    assert kept(product, interview) == [("step", None)]


def test_code_that_was_reset_comes_back_from_the_timeline(page: Page, product: Product) -> None:
    interview = start_interview(page)
    page.get_by_role("link", name="Question 2").click()
    with saving(page):
        write_code(page, NAIVE)
    page.get_by_role("button", name="Reset…").click()
    with saving(page):
        page.get_by_role("button", name="Reset the code").click()
    assert kept(product, interview, 2) == [("step", None), ("reset", None)]
    page.get_by_role("link", name="Earlier versions").click()
    page.get_by_role("link", name="Look at the version").last.click()
    expect(page.get_by_role("heading", name="What restoring it would change")).to_be_visible()
    page.get_by_role("button", name="Restore this version").click()
    page.wait_for_url("**/2/")
    expect(editor(page)).to_contain_text("x.exp().sum(dim).log()")
    assert product.draft(interview, 2) == {"solution.py": NAIVE}
    assert kept(product, interview, 2)[2:] == [("restore", None)]


def test_a_restored_version_turns_other_tabs_read_only(page: Page, product: Product) -> None:
    interview = start_interview(page)
    with saving(page):
        answer(page).fill("The first idea.")
    with saving(page):
        answer(page).fill("The second idea.")
    other = page.context.new_page()
    other.goto(page.url)
    page.get_by_role("link", name="Earlier versions").click()
    page.get_by_role("link", name="Look at the version").last.click()
    page.get_by_role("button", name="Restore this version").click()
    expect(answer(page)).to_have_value("The first idea.")
    answer(other).fill("Typed where nobody knew.")
    expect(banner(other, "taken")).to_be_visible()
    expect(save_state(other)).to_have_text("Read-only")
    assert product.draft(interview) == "The first idea."
