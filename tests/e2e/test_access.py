"""Every page of every role, in both themes, from 1440 px to 320 px: by axe, without sideways scrolling, by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import Product
from tests.e2e.story import VIEWS, Story
from tests.e2e.walk import press, to

THEMES = ("light", "dark")
WIDTHS = {1440: 900, 390: 844, 320: 640}
COLOURED = (1440, 390)  # to compare colours takes most of the time, and at 320 px they are those of 390 px
# Best practices are looked for as well as the criteria of WCAG; only what fails is reported back. The drawn glyphs of
# a formula are left out: there are hundreds, in the colour of their line, and its MathML is what is read.
FINDINGS = """(colours) => axe.run({exclude: [['.katex-html']]}, {
  resultTypes: ['violations'], elementRef: false, rules: {'color-contrast': {enabled: colours}},
}).then(({violations}) =>
  violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`)))"""
# Two frames later the page is laid out anew, and what watches its own size has answered.
LAID_OUT = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass
class Trouble:
    """What a page asked of other hosts, and what its content policy refused or its scripts broke on."""

    host: str
    found: list[str] = field(default_factory=list)

    def requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.host}/", "data:")):
            self.found.append(f"asked for {request.url}")

    def said(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.found.append(message.text)

    def broke(self, error: Error) -> None:
        self.found.append(str(error))


@contextmanager
def watched(page: Page, host: str) -> Iterator[list[str]]:
    trouble = Trouble(host)
    listeners = {"request": trouble.requested, "console": trouble.said, "pageerror": trouble.broke}
    for event, listener in listeners.items():
        page.on(event, listener)
    yield trouble.found
    for event, listener in listeners.items():
        page.remove_listener(event, listener)


@pytest.fixture(scope="module")
def story(browser: Browser, product: Product) -> Iterator[Story]:
    product.cancel_interviews()
    told = Story(browser, product, reduced_motion="reduce").tell()
    yield told
    told.end()


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_is_accessible_in_both_themes_at_every_width(story: Story, name: str) -> None:
    with watched(story.page(VIEWS[name].role), story.product.url) as trouble:
        page = story.open(name)
        page.evaluate(AXE_SCRIPT)
        found = {variant: findings(page, *variant) for variant in variants()}
    assert {variant: lines for variant, lines in found.items() if lines} == {}
    assert trouble == []


def variants() -> list[tuple[str, int]]:
    return [(theme, width) for theme in THEMES for width in WIDTHS]


def findings(page: Page, theme: str, width: int) -> list[str]:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.evaluate(LAID_OUT)
    found = page.evaluate(FINDINGS, width in COLOURED)
    if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"the page is {needed} px wide")
    return found


def test_the_theme_that_a_person_chose_wins_over_the_system_and_survives(as_person: PersonPage) -> None:
    page = as_person("candidate", color_scheme="light")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    chosen = background(page)
    page.reload()
    assert background(page) == chosen
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="System").click()
    assert background(page) != chosen
    page.emulate_media(color_scheme="dark")
    assert background(page) == chosen


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_a_whole_interview_can_be_walked_by_keyboard_alone(
    as_person: PersonPage, no_interviews: None
) -> None:
    page = as_person("candidate")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    press(page, "link", "Read the rules: A first interview")
    page.wait_for_url("**/start/**")
    to(page, "checkbox", "")
    page.keyboard.press("Space")
    press(page, "button", "Start the 45 minutes")
    page.wait_for_url("**/1/")
    to(page, "textbox", "Your answer")
    page.keyboard.insert_text("Written without a mouse.")
    press(page, "link", "Next question")
    page.wait_for_url("**/2/")
    expect(page.locator(".cm-content")).to_be_visible()
    to(page, "textbox", "solution.py")
    page.keyboard.press("Escape")
    press(page, "link", "Finish…", key="Shift+Tab")
    page.wait_for_url("**/finish/")
    press(page, "button", "Hand in and end")
    page.wait_for_url("**/closed/")
