"""Run my code, by keyboard alone: own lines and input, what they print, where they fail, and how they are stopped."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.product import Product
from tests.e2e.test_workspace import kinds
from tests.e2e.walk import JUDGED, editor, start_interview, verdict, write_code

CODE = """def softmax(x, dim):
    return x.exp() / x.exp().sum(dim)


def logsumexp(x, dim):
    return x
"""
SNIPPET = "import torch\nsoftmax(torch.zeros(4), 0)"
TRAINS_FOR_EVER = """import itertools, time
for step in itertools.count(1):
    print(f"Epoch {step}, Loss: {1 / step:.3f}")
    time.sleep(0.2)
"""
THEMES = ("light", "dark")


@pytest.fixture(params=THEMES)
def workspace(candidate_page: Page, request: pytest.FixtureRequest) -> Page:
    """The coding question of a new interview, in each theme."""
    page = candidate_page
    page.emulate_media(color_scheme=request.param)
    start_interview(page)
    page.get_by_role("link", name="Question 2").click()
    page.wait_for_url("**/2/")
    expect(editor(page)).to_be_visible()
    return page


def open_panel(page: Page) -> None:
    page.locator(".own > summary").focus()
    page.keyboard.press("Enter")


def write_own(page: Page, label: str, text: str) -> None:
    page.get_by_label(label).focus()
    page.keyboard.insert_text(text)


def run_own(page: Page) -> None:
    page.keyboard.press("Alt+Enter")


def output(page: Page) -> str:
    return page.get_by_role("region", name="Output").locator(".console").first.inner_text()


def test_own_lines_and_input_run_and_come_back_after_a_reload(workspace: Page, product: Product) -> None:
    page = workspace
    write_code(page, CODE + "\nprint('read', input())\n")
    open_panel(page)
    write_own(page, "Your own lines, run after the file", SNIPPET)
    write_own(page, "Input (stdin)", "forty-two")
    run_own(page)
    expect(verdict(page)).to_have_text(re.compile("Ran to the end"), timeout=JUDGED)
    assert output(page) == "read forty-two\ntensor([0.2500, 0.2500, 0.2500, 0.2500])\n"
    expect(page.locator("#result")).not_to_contain_text("Accepted")
    assert kinds(product, page) == ["run_my_code"]
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    page.reload()
    expect(page.get_by_label("Your own lines, run after the file")).to_have_value(SNIPPET)
    expect(page.get_by_label("Input (stdin)")).to_have_value("forty-two")
    expect(page.get_by_label("Input (stdin)")).to_be_visible()
    expect(page.locator("#code")).to_have_value(CODE + "\nprint('read', input())\n")


def test_the_other_keys_do_in_the_panel_what_they_do_elsewhere(workspace: Page, product: Product) -> None:
    page = workspace
    write_code(page, CODE)
    open_panel(page)
    write_own(page, "Your own lines, run after the file", "1")
    page.keyboard.press("Control+'")
    expect(verdict(page)).to_contain_text("Wrong Answer", timeout=JUDGED)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result")).to_contain_text("18 points", timeout=JUDGED)
    assert kinds(product, page) == ["run", "submit"]
    expect(page.get_by_label("Your own lines, run after the file")).to_have_value("1")


def test_an_endless_loop_shows_what_it_prints_and_is_stopped(workspace: Page, product: Product) -> None:
    page = workspace
    write_code(page, TRAINS_FOR_EVER)
    run_own(page)
    expect(page.get_by_role("region", name="Output so far")).to_contain_text("Epoch 3", timeout=JUDGED)
    expect(page.locator("#result figcaption")).to_contain_text("Loss falls to")
    run_own(page)
    expect(page.locator("#say")).to_have_text("Your code is still running.")
    page.locator("#stop").focus()
    page.keyboard.press("Enter")
    expect(verdict(page)).to_contain_text("Aborted")
    assert kinds(product, page) == ["run_my_code"]


def test_ten_megabytes_of_output_are_cut_and_the_page_lives_on(workspace: Page) -> None:
    page = workspace
    write_code(page, "for _ in range(100_000):\n    print('x' * 100)\n")
    run_own(page)
    expect(verdict(page)).to_contain_text("Output Limit Exceeded", timeout=JUDGED)
    expect(page.locator("#result")).to_contain_text("It printed more than 64 KiB.")
    write_code(page, "print('still here')\n")
    run_own(page)
    expect(page.get_by_role("region", name="Output")).to_contain_text("still here", timeout=JUDGED)


def test_a_syntax_error_is_told_with_its_place_and_marked(workspace: Page) -> None:
    page = workspace
    write_code(page, "x = 1\ndef softmax(x, dim)\n    return x\n")
    run_own(page)
    expect(verdict(page)).to_contain_text("Compile Error", timeout=JUDGED)
    expect(page.locator("#result .trace li")).to_contain_text("line 2 column 20")
    mark = page.locator("#result [data-mark]")
    expect(mark).to_have_attribute("data-file", "solution.py")
    expect(mark).to_have_attribute("data-line", "2")
    expect(mark).to_have_attribute("data-text", re.compile("^SyntaxError: expected ':'"))


def test_an_error_is_told_by_the_lines_that_it_came_through(workspace: Page) -> None:
    page = workspace
    write_code(page, "def softmax(x, dim):\n    return x.sofmax(dim)\n")
    open_panel(page)
    write_own(page, "Your own lines, run after the file", SNIPPET)
    run_own(page)
    expect(verdict(page)).to_contain_text("Runtime Error", timeout=JUDGED)
    lines = page.locator("#result .trace li")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text("your own lines line 2 softmax(torch.zeros(4), 0)")
    expect(lines.nth(1)).to_contain_text("solution.py line 2 in softmax return x.sofmax(dim)")
    lines.nth(0).get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your own lines, run after the file")).to_be_focused()


def test_two_tabs_run_one_at_a_time(workspace: Page) -> None:
    page = workspace
    write_code(page, "while True:\n    pass\n")
    run_own(page)
    expect(verdict(page)).to_contain_text("Running", timeout=JUDGED)
    other = page.context.new_page()
    other.goto(page.url)
    expect(verdict(other)).to_contain_text("Running")
    other.locator("#stop").focus()
    other.keyboard.press("Enter")
    expect(verdict(other)).to_contain_text("Aborted")
    # The first page learns of it by itself.
    expect(verdict(page)).to_contain_text("Aborted")
