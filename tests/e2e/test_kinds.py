"""Questions that are answered by picking, matching, ordering and by entries: each saves itself like a text."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.product import until
from tests.e2e.walk import Sender, banner, saving


def open_question(page: Page, template: str, form: str) -> str:
    """Start the interview and open its question of that answer form; returns the address of its draft."""
    page.goto(Sender(page).post(f"/interviews/start/{template}/", alone="on"))
    steps = page.get_by_role("navigation", name="Questions").get_by_role("link")
    fields = page.locator(f"[data-draft-form={form}]")
    for number in range(steps.count()):
        if fields.count():
            break
        steps.nth(number).click()
        page.wait_for_load_state()
    return (fields.get_attribute("data-draft-url") or "").removeprefix("/api/v1")


def stored(page: Page, draft: str) -> dict[str, Any]:
    answer = Sender(page).call("GET", draft)["answer"]
    assert isinstance(answer, dict)
    return answer


def entries(page: Page) -> Locator:
    return page.locator("[data-entries] textarea")


def becomes(page: Page, draft: str, *texts: str) -> bool:
    """Whether the entries that the server holds are soon these; a save follows a second after the last change."""
    return until(lambda: [entry["text"] for entry in stored(page, draft)["entries"]] == list(texts))


def test_picks_matches_and_orders_save_themselves_and_survive_a_reload(candidate_page: Page) -> None:
    page = candidate_page
    draft = open_question(page, "fundamentals", "choice")
    page.locator("[data-form=single] input").first.check()
    page.locator("[data-form=multiple] input").nth(1).check()
    page.locator("[data-form=matching] select").first.select_option(index=1)
    page.get_by_role("button", name="Move down").first.click()
    assert until(lambda: len(stored(page, draft)["choices"]) == 4)
    picked = stored(page, draft)["choices"]
    page.reload()
    order = page.locator("[data-sortable] > li").evaluate_all("lines => lines.map((line) => line.dataset.id)")
    assert order in picked.values()
    expect(page.locator("[data-form=single] input").first).to_be_checked()
    expect(page.locator("[data-use]")).to_be_checked()


def test_an_order_nobody_touched_is_no_answer(candidate_page: Page) -> None:
    page = candidate_page
    draft = open_question(page, "fundamentals", "choice")
    with saving(page):
        page.locator("[data-form=single] input").first.check()
    assert len(stored(page, draft)["choices"]) == 1


def test_entries_are_added_moved_removed_and_put_back_by_keyboard(candidate_page: Page) -> None:
    page = candidate_page
    draft = open_question(page, "debugging-and-trade-offs", "entries")
    entries(page).first.fill("Look at a batch.")
    page.get_by_role("button", name="Add an entry").press("Enter")
    page.keyboard.type("Check the loss.")
    page.keyboard.press("Alt+ArrowUp")
    assert becomes(page, draft, "Check the loss.", "Look at a batch.")
    page.get_by_role("button", name="Remove entry 1").press("Enter")
    assert becomes(page, draft, "Look at a batch.")
    page.get_by_role("button", name="Put back the removed entry 1").press("Enter")
    assert becomes(page, draft, "Check the loss.", "Look at a batch.")
    expect(entries(page).first).to_be_focused()


def test_a_move_keeps_the_focus_on_its_button(candidate_page: Page) -> None:
    page = candidate_page
    open_question(page, "fundamentals", "choice")
    button = page.locator("[data-sortable] > li").nth(2).get_by_role("button", name="Move up")
    name = button.get_attribute("aria-label") or ""
    button.press("Enter")
    expect(page.get_by_role("button", name=name)).to_be_focused()
    expect(page.locator("#say")).to_have_text("Now at place 2 of 6.")


def test_entries_written_offline_are_sent_when_the_connection_is_back(candidate_page: Page) -> None:
    page = candidate_page
    draft = open_question(page, "debugging-and-trade-offs", "entries")
    page.context.set_offline(True)
    entries(page).first.fill("Written on a train.")
    expect(banner(page, "offline")).to_be_visible(timeout=10_000)
    page.context.set_offline(False)
    assert becomes(page, draft, "Written on a train.")


def test_a_second_tab_makes_the_first_read_only(candidate_page: Page) -> None:
    page = candidate_page
    open_question(page, "fundamentals", "choice")
    other = page.context.new_page()
    other.goto(page.url)
    with saving(other):
        other.locator("[data-form=single] input").first.check()
    page.locator("[data-form=single] input").nth(1).check()
    expect(banner(page, "taken")).to_be_visible(timeout=10_000)
    expect(page.locator("[data-form=single] input").first).to_be_disabled()
