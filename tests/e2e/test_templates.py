"""An admin composes an interview by keyboard, looks at what it draws, offers it; a candidate takes it, one way."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import Product, until

SIZES = [(1440, 900), (390, 844), (320, 640)]
TITLE = "By lot and one way"


@pytest.fixture
def nothing_composed(product: Product, no_interviews: None) -> None:
    """What an earlier run composed would be in the way of the names."""
    product.execute("UPDATE interview_template SET title = title || ' (old)' WHERE title = %s", TITLE)


def accessible(page: Page) -> None:
    """Neither axe nor a page that is wider than the window, in both themes, from a phone to a wide screen."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    page.set_viewport_size({"width": 1440, "height": 900})


def add_section(page: Page, title: str, minutes: int, navigation: str) -> None:
    page.get_by_role("link", name="Add a section").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Minutes").fill(str(minutes))
    page.get_by_role("radio", name=navigation).check()
    page.get_by_role("button", name="Add the section").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def press(page: Page, name: str) -> None:
    """By keyboard alone; the focus stays on the button, whatever moved."""
    button = page.get_by_role("button", name=name)
    button.focus()
    own = button.get_attribute("id")
    with page.expect_response(re.compile("/act/")):
        page.keyboard.press("Enter")
    expect(page.locator("#say")).to_contain_text("Moved")
    expect(page.locator(f"#{own}")).to_be_focused()


def slots(page: Page) -> list[str]:
    return [text.splitlines()[0] for text in page.locator(".slots > li").all_inner_texts()]


def composed(page: Page) -> None:
    """Two sections: one question and a draw, one way; then a draw."""
    page.goto("/templates/")
    page.get_by_role("link", name="New template").click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Summary").fill("One after the other.")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_text("It has no section yet. Add one.")).to_be_visible()
    add_section(page, "Strictly", 20, "One way")
    page.get_by_role("link", name="Add a slot to Strictly").click()
    page.get_by_role("checkbox", name="Concept").check()
    expect(page.locator("#matching")).to_contain_text("Concept")
    page.get_by_role("button", name="Add the slot").click()
    page.get_by_role("link", name="Add a slot to Strictly").click()
    page.get_by_role("radio", name="One question").check()
    page.get_by_role("combobox", name="Question").select_option("stable-softmax")
    page.get_by_role("button", name="Add the slot").click()
    add_section(page, "Freely", 15, "Move freely")
    page.get_by_role("link", name="Add a slot to Freely").click()
    page.get_by_label("Area").select_option("optimizers")
    page.get_by_role("checkbox", name="Junior").check()
    page.get_by_label("How many").fill("30")
    page.get_by_role("button", name="Add the slot").click()


def test_an_admin_composes_by_keyboard_and_a_candidate_goes_one_way(
    as_person: PersonPage, nothing_composed: None
) -> None:
    admin = as_person("admin", reduced_motion="reduce")
    composed(admin)
    expect(
        admin.get_by_role("link", name=re.compile("Slot 1 of “Freely” wants 30 questions"))
    ).to_be_visible()
    accessible(admin)
    admin.get_by_role("button", name="Offer it").click()
    expect(admin.get_by_text("is not offered yet.")).to_be_visible()
    admin.locator(".slots").last.get_by_role("link", name=re.compile("^Change")).click()
    admin.get_by_label("How many").fill("1")
    admin.get_by_role("checkbox", name="Junior").uncheck()
    admin.get_by_role("button", name="Save").click()

    assert [line[:6] for line in slots(admin)] == ["Draw 1", "A soft", "Draw 1"]
    press(admin, "Move up: A softmax that survives large scores")
    assert [line[:6] for line in slots(admin)] == ["A soft", "Draw 1", "Draw 1"]
    admin.get_by_role("link", name="Ten draws").click()
    expect(admin.get_by_text("10 of 10").first).to_be_visible()
    admin.go_back()
    admin.get_by_role("button", name="Offer it").click()
    expect(admin.get_by_text(f"“{TITLE}” is offered from now on.")).to_be_visible()

    candidate = as_person("candidate", reduced_motion="reduce")
    candidate.get_by_role("link", name=TITLE, exact=True).click()
    expect(candidate.get_by_text("Some of it goes one way")).to_be_visible()
    candidate.get_by_role("checkbox").check()
    candidate.get_by_role("button", name="Start the 35 minutes").click()
    expect(candidate.get_by_role("heading", level=1)).to_have_text("A softmax that survives large scores")
    candidate.get_by_role("link", name="Go on…").click()
    candidate.get_by_role("button", name="Lock and go on").click()
    candidate.wait_for_url("**/2/")
    candidate.go_back()
    candidate.goto(candidate.url.replace("/1/on/", "/1/").replace("/2/", "/1/"))
    expect(candidate.get_by_text("the question is locked")).to_be_visible()
    accessible(candidate)
    candidate.get_by_role("link", name="Back to where you are").click()
    candidate.wait_for_url("**/2/")


def test_workers_are_noted_when_they_start(product: Product) -> None:
    """What decides whether questions for a GPU are served."""
    assert until(lambda: product.fetch("SELECT 1 FROM interview_worker WHERE queue = 'cpu'"))
    assert product.fetch("SELECT 1 FROM interview_worker WHERE queue = 'gpu'") == []
