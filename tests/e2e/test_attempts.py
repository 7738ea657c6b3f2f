"""Runs and submits of a question: compared, restored, repeated, limited, and judged though their worker died.

By keyboard alone, in both themes.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import Product, running_product
from tests.e2e.story import hand_over
from tests.e2e.walk import (
    CORRECT,
    JUDGED,
    NAIVE,
    Sender,
    editor,
    interview_of,
    press,
    sign_in,
    start_interview,
    training,
    verdict,
)

ALLOWED = 20  # in a minute: more than all walks of this module together have in one
TAKEN_BACK = 90_000  # milliseconds: a lease runs out, the sweep finds it, and a new worker has loaded PyTorch
TRAINS_FOR_SECONDS = f"""{CORRECT}
import time
for epoch in range(1, 21):
    print(f"Epoch {{epoch}}, Loss: {{1 / epoch:.3f}}", flush=True)
    time.sleep(0.2)
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own, whose worker may be killed and whose limit can be reached."""
    data = tmp_path_factory.mktemp("attempts")
    with running_product(data, RUNS_PER_MINUTE=str(ALLOWED)) as product:
        yield product


@pytest.fixture(params=["light"])
def page(request: pytest.FixtureRequest, browser: Browser, product: Product) -> Iterator[Page]:
    """The coding question of a new interview; its editor has the focus."""
    product.cancel_interviews()
    context = browser.new_context(base_url=product.url, color_scheme=request.param, reduced_motion="reduce")
    page = sign_in(context.new_page(), "candidate")
    start_interview(page)
    page.get_by_role("link", name="Question 2").click()
    expect(editor(page)).to_be_visible()
    editor(page).focus()
    yield page
    context.close()


@pytest.fixture
def practiser(browser: Browser, product: Product) -> Iterator[Page]:
    """Somebody else, who may practise and whose runs are in nobody's way."""
    context = browser.new_context(base_url=product.url)
    yield sign_in(context.new_page(), "admin")
    context.close()


both_themes = pytest.mark.parametrize("page", ["light", "dark"], indirect=True)


def write(page: Page, source: str) -> None:
    editor(page).focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def run(page: Page, source: str, word: str = "Passed") -> None:
    write(page, source)
    page.keyboard.press("Control+'")
    expect(verdict(page)).to_contain_text(word, timeout=JUDGED)


def gradings(product: Product, page: Page) -> list[tuple[object, ...]]:
    """Each grading of the question that the page shows: state, verdict and how often it was tried."""
    return product.fetch(
        "SELECT grading.state, grading.verdict, grading.attempts FROM interview_grading grading"
        " JOIN interview_submission submission ON submission.id = grading.submission_id"
        " JOIN interview_item item ON item.id = submission.item_id"
        " WHERE item.interview_id = %s ORDER BY grading.queued_at",
        interview_of(page.url),
    )


@both_themes
def test_an_earlier_runs_curve_lies_under_this_one_on_the_scale_that_one_likes(page: Page) -> None:
    run(page, training(0.97))
    write(page, training(0.88))
    with page.expect_response(lambda response: response.url.endswith("/submit/")):
        page.keyboard.press("Control+'")
    chart = page.locator("#curves figure")
    page.get_by_role("tab", name="Tests").focus()
    page.keyboard.press("ArrowRight")
    expect(chart).to_contain_text("Loss falls to 0.0491 from 2", timeout=JUDGED)
    press(page, "button", "Lay under this one")
    expect(chart).to_contain_text("the earlier run ended at 0.827")
    expect(page.get_by_role("tab", name="Output")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#curves")).to_contain_text("Dashed, “earlier”: your run of")
    expect(chart.locator("svg.on-log polyline.was")).to_be_visible()
    page.get_by_role("radio", name="Log").focus()
    page.keyboard.press("ArrowLeft")
    expect(chart.locator("svg.on-log")).to_be_hidden()
    expect(chart.locator("svg.on-linear polyline.was")).to_be_visible()
    page.get_by_text("Numbers behind the curve").focus()
    page.keyboard.press("Enter")
    expect(chart.get_by_role("columnheader", name="loss, earlier")).to_be_visible()


def test_the_scale_that_was_chosen_for_a_growing_curve_stays_and_keeps_the_focus(page: Page) -> None:
    write(page, TRAINS_FOR_SECONDS)
    page.keyboard.press("Control+'")
    log = page.get_by_role("radio", name="Log")
    expect(log).to_be_visible(timeout=JUDGED)
    page.get_by_role("radio", name="Linear").focus()
    page.keyboard.press("ArrowRight")
    expect(log).to_be_checked()
    expect(page.get_by_role("region", name="Output so far")).to_contain_text("Epoch 12")
    expect(log).to_be_checked()
    expect(log).to_be_focused()
    expect(page.locator("#result svg.on-linear")).to_be_hidden()


@both_themes
def test_two_runs_are_compared_and_the_first_is_restored(page: Page, product: Product) -> None:
    run(page, training(0.97))
    run(page, NAIVE, "Wrong Answer")
    page.get_by_role("link", name="Runs", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Runs and submissions")).to_be_visible()
    page.locator("input[name=a]:checked").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    press(page, "button", "Compare the two")
    expect(page.get_by_role("heading", name="Compared")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text(re.compile("Run.*Passed", re.DOTALL))
    expect(page.locator(".diff .removed .text").last).to_contain_text("print(f")
    expect(page.locator("figure.chart")).to_contain_text("Loss falls to 0.827 from 2")
    page.get_by_role("button", name="Restore the code").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/2/")
    expect(editor(page)).to_contain_text("range(30)")
    assert product.draft(interview_of(page.url), 2) == {"solution.py": training(0.97)}


@both_themes
def test_the_same_code_gets_its_result_at_once_and_is_judged_again_when_asked(
    page: Page, product: Product
) -> None:
    run(page, CORRECT)
    page.keyboard.press("Control+'")
    same = page.locator("#result .banner")
    expect(same).to_contain_text("Same code as your run at")
    assert len(gradings(product, page)) == 1
    page.get_by_role("button", name="Run it again anyway").focus()
    page.keyboard.press("Enter")
    expect(same).to_have_count(0)
    expect(verdict(page)).to_contain_text("Passed", timeout=JUDGED)
    assert gradings(product, page) == [("done", "AC", 1), ("done", "AC", 1)]


def test_whoever_runs_too_often_is_told_when_the_next_is_possible(practiser: Page) -> None:
    page, person = practiser, Sender(practiser)
    interview = interview_of(person.post("/practice/set/", questions="stable-softmax", reveal="end"))
    [code] = person.call("GET", f"/interviews/{interview}/")["items"]
    for number in range(ALLOWED):
        hand_over(person, code["id"], "run", f"{CORRECT}\n# {number}\n")
    page.goto(f"/interviews/{interview}/1/")
    write(page, f"{CORRECT}\nlast = 1\n")
    page.keyboard.press("Control+'")
    refused = re.compile(rf"You have run {ALLOWED} times in a minute; the next run is possible in \d+ s\.")
    expect(page.locator("#result .banner")).to_contain_text(refused)
    expect(page.locator("#say")).to_have_text(refused)


@both_themes
def test_a_worker_that_is_killed_while_it_judges_costs_nothing_and_nobody_has_to_ask(
    page: Page, product: Product
) -> None:
    write(page, TRAINS_FOR_SECONDS)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Output so far")).to_contain_text("Epoch 3", timeout=JUDGED)
    product.kill("cpu@")
    expect(page.locator("#result .banner")).to_contain_text("Ours, not yours.", timeout=TAKEN_BACK)
    expect(verdict(page)).to_contain_text("Accepted", timeout=TAKEN_BACK)
    assert gradings(product, page) == [("done", "AC", 2)]
