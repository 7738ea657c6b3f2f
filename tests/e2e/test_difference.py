"""Failures that a person can see: where tensors differ, drawn and in words; and a debug lab from its broken run on."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import ROOT
from tests.e2e.test_practice import accessible
from tests.e2e.walk import JUDGED, Sender, editor, verdict, write_code

RIGHT = ROOT / "bank/architecture/convolution-from-scratch/submissions/accepted/sum_over_the_kernel.py"
LAB = ROOT / "bank/debugging/predicts-the-mean"
# Right but for the last column, and one row of one channel that is no number.
ASTRAY = """

right = conv2d


def conv2d(x, weight, bias=None, stride=1, padding=0):
    y = right(x, weight, bias, stride, padding).clone()
    y[..., -1] += 0.5
    if y.shape[1] > 2:
        y[0, 2, 1] = float("nan")
    return y
"""


@pytest.fixture
def page(as_person: PersonPage, no_interviews: None) -> Page:
    return as_person("candidate", reduced_motion="reduce")


def begin(page: Page, slug: str) -> None:
    page.goto(Sender(page).post("/practice/set/", questions=[slug], reveal="each"))
    expect(editor(page)).to_be_visible()


def run(page: Page, source: str, word: str) -> None:
    """Write and run by keyboard, and wait for the verdict."""
    write_code(page, source)
    page.keyboard.press("Control+'")
    expect(verdict(page)).to_contain_text(word, timeout=JUDGED)


def step(page: Page, name: str) -> str:
    """What stands beside one of the three steps of a lab."""
    return (
        page.get_by_role("list", name="How far it is")
        .get_by_role("listitem")
        .filter(has_text=name)
        .inner_text()
    )


def test_where_tensors_differ_is_drawn_and_told_in_words_by_keyboard(page: Page) -> None:
    begin(page, "convolution-from-scratch")
    run(page, RIGHT.read_text() + ASTRAY, "Wrong Answer")
    small, large = page.locator("figure.heat").all()
    expect(small).to_contain_text("3 of 9 elements differ, all at index 2 of dimension 3.")
    expect(small).to_contain_text("Largest error 0.5")
    expect(large).to_contain_text("6 NaN or infinite on one side.")
    expect(large).to_contain_text("The slice with the largest error, [0, 2, :, :].")
    expect(large.get_by_role("img")).to_have_accessible_name(re.compile("^Map of the differences. "))
    expect(page.locator(".tests > li", has_text="a kernel is not turned round")).to_contain_text(
        re.compile(r"\d ms|\d s")
    )
    expect(page.locator("#result .verdict")).to_contain_text(re.compile(r"ran [\d.]+ m?s of 30 s.*MB"))
    summary = large.get_by_text("The map in words")
    summary.focus()
    page.keyboard.press("Enter")
    row = large.get_by_role("row", name=re.compile("^NaN or infinite on one side"))
    expect(row).to_contain_text("[0, 2, 1, 0:6]")
    accessible(page)


def test_a_debug_lab_opens_with_its_broken_run_and_tells_how_far_one_is(page: Page) -> None:
    begin(page, LAB.name)
    found = page.get_by_role("region", name="The run as you found it")
    expect(found).to_contain_text("error on new days: 0.916")
    expect(found.locator("figcaption").first).to_contain_text("Loss falls to 0.931 from 1.48")
    accessible(page)

    run(page, submission("wrong_answer/larger_rate.py"), "Wrong Answer")
    assert "The place of the fault is as it was" in step(page, "Located")
    assert "Does not hold" in step(page, "Fixed")
    expect(page.locator("#result")).to_contain_text("You changed LEARNING_RATE.")

    run(page, submission("accepted/column_dropped.py"), "Passed")
    assert "The place of the fault is changed" in step(page, "Located")
    assert "2 of 4 tests passed so far; Submit tries the rest" in step(page, "Fixed")
    assert "No test of it was run yet" in step(page, "No collateral damage")
    page.get_by_role("tab", name="Output").click()
    page.locator("#output summary", has_text="The run as you found it").focus()
    page.keyboard.press("Enter")
    expect(found).to_contain_text("error on new days: 0.916")
    accessible(page)


def submission(path: str) -> str:
    return Path(LAB / "submissions" / path).read_text()
