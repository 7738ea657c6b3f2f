"""An estimate in a browser: read while it is typed, saved whatever it is, and told its value when asked."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.walk import Sender, saving

SLUG = "memory-of-a-cache"


def begin(page: Page) -> None:
    page.goto(Sender(page).post("/practice/set/", questions=[SLUG], reveal="each"))
    expect(page.get_by_label("Your estimate, in GB")).to_be_visible()


def test_an_estimate_is_read_while_it_is_typed_saves_itself_and_is_told_its_value(
    as_person: PersonPage, no_interviews: None
) -> None:
    page = as_person("candidate", reduced_motion="reduce")
    begin(page)
    number, reading = page.get_by_label("Your estimate, in GB"), page.locator("#reading")
    number.press_sequentially("10-20")
    expect(reading).to_contain_text("That reads like a range. Write one number: your best guess.")
    with saving(page):
        number.fill("3 × 10^10 bytes")
    expect(reading).to_have_text("Read as 30 GB")
    with saving(page):
        page.get_by_label("How you got there").fill("Two bytes for each of them.")
    page.reload()
    expect(number).to_have_value("3 × 10^10 bytes")
    expect(reading).to_have_text("Read as 30 GB")
    page.get_by_role("link", name="Show the answer").click()
    expect(page.locator("main")).to_contain_text("the value and how one gets there")
    page.get_by_role("button", name="Show the answer").click()
    expect(page.get_by_role("region", name="Estimate")).to_contain_text("read as 30 GB")
    expect(page.locator("main")).to_contain_text("Two bytes for each of them.")
