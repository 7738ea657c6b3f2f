"""A page that is asked for while the server cannot be reached."""

from playwright.sync_api import Page, expect


def test_an_unreachable_server_is_answered_for_by_a_page_of_the_product(candidate_page: Page) -> None:
    page = candidate_page
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto("/interviews/mine/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The server cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My interviews")
