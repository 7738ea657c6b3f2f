"""An evening without an interviewer: a set of one's own, answers after each, marked by oneself; and a rehearsal."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.walk import CORRECT, JUDGED, answer, saving, verdict, write_code

TEXT = "The forward pass caches values; the backward pass applies the chain rule from the loss to the inputs."
SIZES = [(1440, 900), (390, 844), (320, 640)]


@pytest.fixture
def page(as_person: PersonPage, no_interviews: None) -> Page:
    return as_person("candidate", reduced_motion="reduce")


def choose(page: Page, *titles: str) -> None:
    page.get_by_role("link", name="Practice", exact=True).click()
    for title in titles:
        page.get_by_role("checkbox", name=title).check()
    page.get_by_role("button", name="Make a set of the ticked").click()


def show_answer(page: Page) -> None:
    page.get_by_role("link", name="Show the answer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Show the answer?")
    page.get_by_role("button", name="Show the answer").click()
    expect(page.get_by_role("heading", name="Model answer")).to_be_visible()


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


def test_a_person_practises_a_set_and_finds_it_again(page: Page) -> None:
    choose(page, "Explain backpropagation", "A softmax that survives")
    accessible(page)
    page.get_by_role("button", name="Start the set").click()
    page.wait_for_url("**/1/")
    expect(page.locator(".mode")).to_have_text("Practice")
    expect(page.locator("[data-clock]")).to_have_count(0)

    with saving(page):
        answer(page).fill(TEXT)
    page.get_by_role("button", name="Open hint 1 of 1").click()
    expect(page.get_by_text("All hints are open")).to_be_visible()
    show_answer(page)
    expect(page.get_by_text("caches values")).to_be_visible()
    page.locator("input[name=met]").nth(0).check()
    page.locator("input[name=met]").nth(1).check()
    expect(page.locator("[data-points]")).to_have_text("3 of 10")
    page.get_by_role("textbox", name="Note to yourself").fill("Name what each node keeps.")
    page.get_by_role("button", name="Save my marks").click()
    expect(page.get_by_text("Question 1 is marked.")).to_be_visible()
    expect(page.locator("[data-points]")).to_have_text("3 of 10")
    accessible(page)

    page.get_by_role("link", name="Next question").click()
    with saving(page):
        write_code(page, CORRECT)
    show_answer(page)
    expect(verdict(page)).to_contain_text("Accepted", timeout=JUDGED)
    expect(page.get_by_text("hidden").first).to_be_visible()
    accessible(page)

    page.get_by_role("link", name="Finish…").last.click()
    page.get_by_role("button", name="Finish and see the answers").click()
    expect(page.get_by_text("marked by yourself").first).to_be_visible()
    expect(page.get_by_text("Name what each node keeps.")).to_be_visible()
    expect(page.get_by_text("1 opened")).to_be_visible()
    accessible(page)

    page.get_by_role("link", name="My interviews").click()
    expect(
        page.get_by_role("region", name="Practice").get_by_role("link", name="Read the report").first
    ).to_be_visible()
    page.get_by_role("link", name="Practice", exact=True).click()
    expect(page.get_by_text(re.compile(r"\d time(s)?,\s+last 30 %")).first).to_be_visible()
    accessible(page)


def test_a_rehearsal_pauses_and_keeps_its_questions_covered(page: Page) -> None:
    page.goto("/practice/rehearse/first-interview/")
    page.get_by_label("At the end").check()
    accessible(page)
    page.get_by_role("button", name="Start the 45 minutes").click()
    page.wait_for_url("**/1/")
    with saving(page):
        answer(page).fill(TEXT)
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Paused")
    expect(page.get_by_text(title)).to_have_count(0)
    stood = page.locator(".timer").inner_text()
    accessible(page)
    page.reload()
    assert page.locator(".timer").inner_text() == stood
    page.locator("main").get_by_role("button", name="Resume").click()
    expect(answer(page)).to_have_value(TEXT)
    expect(page.get_by_role("link", name="Show the answer")).to_have_count(0)
    accessible(page)


def test_practice_is_closed_while_an_interview_counts(page: Page) -> None:
    choose(page, "Explain backpropagation")
    page.get_by_role("button", name="Start the set").click()
    page.wait_for_url("**/1/")
    practice = page.url
    show_answer(page)
    page.goto("/interviews/start/first-interview/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("^Start the 45 minutes")).click()
    page.wait_for_url("**/1/")
    page.goto(practice)
    expect(page.get_by_role("heading", level=1)).to_have_text("Closed while your interview runs")
    expect(page.get_by_role("heading", name="Model answer")).to_have_count(0)
    accessible(page)
    page.goto("/practice/")
    expect(page.get_by_text("Practice shows model answers, so it waits")).to_be_visible()
    accessible(page)
