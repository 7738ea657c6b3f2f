"""The workspace by keyboard alone, in both themes: its panes, its editor, and several files."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.e2e.product import Product
from tests.e2e.walk import editor, start_interview


@pytest.fixture(scope="module", params=["light", "dark"])
def desk(
    browser: Browser,
    base_url: str,
    product: Product,
    signed_in: Callable[[str], StorageState],
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """The coding question of one interview, in a browser that nobody has set up yet; the tests of a theme share it."""
    product.cancel_interviews()
    state = signed_in("candidate")
    with closing(
        browser.new_context(base_url=base_url, storage_state=state, color_scheme=request.param)
    ) as context:
        page = context.new_page()
        start_interview(page)
        page.goto(page.url.replace("/1/", "/2/"))
        yield page
    product.cancel_interviews()


@pytest.fixture
def workspace(desk: Page) -> Page:
    """The page as a visit finds it: the device's settings are those of a newcomer."""
    desk.evaluate(
        "Object.keys(localStorage).filter((k) => k.startsWith('fp:workspace')).forEach((k) => delete localStorage[k])"
    )
    desk.reload()
    expect(editor(desk)).to_be_visible()
    return desk


def divider(page: Page, name: str) -> Locator:
    return page.get_by_role("separator", name=name)


def share(page: Page, pane: str, side: str) -> int:
    """What a pane takes of the workspace's width or height, in percent."""
    sides = f"['main', '{pane}'].map((of) => document.querySelector(of).getBoundingClientRect().{side})"
    whole, part = page.evaluate(sides)
    return round(100 * part / whole)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keys_move_the_separators_between_their_bounds_and_back_to_the_start(workspace: Page) -> None:
    page, width, height = (
        workspace,
        divider(workspace, "Width of the statement"),
        divider(workspace, "Height of the results"),
    )
    assert (share(page, "#statement", "width"), share(page, "#console", "height")) == (34, 44)
    width.focus()
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")
    expect(width).to_have_attribute("aria-valuenow", "38")
    assert share(page, "#statement", "width") == 38
    press(page, "End")
    assert share(page, "#statement", "width") == 60 == int(width.get_attribute("aria-valuemax") or 0)
    height.focus()
    press(page, "ArrowDown", "ArrowDown", "ArrowUp")
    assert share(page, "#console", "height") == 42
    press(page, "Home")
    assert int(height.get_attribute("aria-valuenow") or 0) == int(height.get_attribute("aria-valuemin") or 1)
    press(page, "Enter")
    assert share(page, "#console", "height") == 44


def test_the_pointer_moves_a_separator_a_double_click_puts_it_back(workspace: Page) -> None:
    page, width = workspace, divider(workspace, "Width of the statement")
    grip = width.bounding_box()
    assert grip
    page.mouse.move(grip["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(page.evaluate("innerWidth / 2"), 400)
    page.mouse.up()
    assert share(page, "#statement", "width") == 50
    page.mouse.move(100, 400)
    assert share(page, "#statement", "width") == 50
    width.dblclick()
    assert share(page, "#statement", "width") == 34


def test_widths_are_there_again_before_the_first_paint_and_the_page_never_scrolls(workspace: Page) -> None:
    page = workspace
    divider(page, "Width of the statement").focus()
    press(page, "Home")
    divider(page, "Height of the results").focus()
    press(page, "End")
    page.add_init_script(
        "window.shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries().map((s) => s.value)))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.reload()
    expect(editor(page)).to_be_visible()
    assert (share(page, "#statement", "width"), share(page, "#console", "height")) == (20, 75)
    assert page.evaluate(
        "[document.documentElement.scrollHeight > innerHeight, shifts.filter((s) => s > 0.01)]"
    ) == [False, []]


def test_a_phone_has_one_column_and_no_separators(workspace: Page) -> None:
    page, size = workspace, workspace.viewport_size
    assert size
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("separator")).to_have_count(0)
    tops = page.evaluate(
        "['#statement', '.editor-form', '#console'].map((of) => document.querySelector(of).getBoundingClientRect().y)"
    )
    assert tops == sorted(set(tops))
    page.set_viewport_size(size)
