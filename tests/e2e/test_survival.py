"""What was typed outlives everything that can die: the network, the browser, and each process of the product.

Every test compares every character.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect
from psycopg import OperationalError

from tests.e2e.product import Product, browser_arguments, process_lines, running_product, until
from tests.e2e.walk import (
    CORRECT,
    JUDGED,
    answer,
    banner,
    save_state,
    saving,
    sign_in,
    start_interview,
    verdict,
    write_code,
)

FIRST = "Gradients flow backwards along the edges: “dL/dw” is a sum over paths. "
SECOND = "Each node hands on what it gets, times its own derivative.\nÜber alles: ∂L/∂a."
LOST_AT_MOST = 2.0  # seconds of typing
BACK = 60_000  # milliseconds: a process that was killed starts again, and the page tries again


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own: the others' would be in the middle of something when a process of it ends."""
    with running_product(tmp_path_factory.mktemp("survivor")) as product:
        yield product


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    product.cancel_interviews()
    context = browser.new_context(base_url=product.url)
    yield sign_in(context.new_page(), "candidate")
    context.close()


def saved_whole(page: Page, product: Product, interview: str, text: str) -> None:
    """The page says that everything is saved, and it is, to the last character."""
    assert until(lambda: product_draft(product, interview) == text, BACK / 1000)
    expect(save_state(page)).to_contain_text("Saved ", timeout=BACK)
    expect(answer(page)).to_have_value(text)
    assert product.draft(interview) == text


def product_draft(product: Product, interview: str) -> object:
    """What is stored, or nothing while Postgres is away."""
    try:
        return product.draft(interview)
    except OperationalError:
        return None


def test_a_network_that_is_cut_in_the_middle_of_typing_costs_no_character(
    page: Page, product: Product
) -> None:
    interview = start_interview(page)
    answer(page).press_sequentially(FIRST)
    page.context.set_offline(True)
    answer(page).press_sequentially(SECOND)
    expect(save_state(page)).to_have_text("Offline, kept on this device")
    page.context.set_offline(False)
    saved_whole(page, product, interview, FIRST + SECOND)


@pytest.mark.parametrize("name", ["uvicorn", "valkey-server", "bin/postgres", "cpu@"])
def test_a_killed_process_of_the_product_costs_no_character(name: str, page: Page, product: Product) -> None:
    interview = start_interview(page)
    with saving(page):
        answer(page).press_sequentially(FIRST)
    product.kill(name)
    answer(page).press_sequentially(SECOND)
    saved_whole(page, product, interview, FIRST + SECOND)
    page.reload()
    expect(answer(page)).to_have_value(FIRST + SECOND)


@pytest.mark.parametrize("name", ["valkey-server", "cpu@"])
def test_code_that_was_handed_over_is_judged_though_the_queue_or_the_worker_died(
    name: str, page: Page, product: Product
) -> None:
    start_interview(page)
    page.get_by_role("link", name="Question 2").click()
    write_code(page, CORRECT)
    with page.expect_response(lambda response: response.url.endswith("/submit/")):
        page.get_by_role("button", name="Submit").click()
    product.kill(name)
    expect(verdict(page)).to_contain_text("Accepted", timeout=BACK + JUDGED)


class Device:
    """A browser with a profile on disk, which can be killed and started again."""

    def __init__(self, playwright: Playwright, profile: Path, address: str) -> None:
        self.playwright, self.profile, self.address = playwright, profile, address

    @contextmanager
    def started(self, cookies: list[dict[str, object]] | None = None) -> Iterator[BrowserContext]:
        context = self.playwright.chromium.launch_persistent_context(
            self.profile, base_url=self.address, **browser_arguments()
        )
        # A browser writes its cookies down after half a minute; one that died before asks to sign in again.
        context.add_cookies(cookies or [])
        try:
            yield context
        finally:
            with_no_browser_left(context)

    def kill(self) -> None:
        pid = self._process()
        os.kill(pid, signal.SIGKILL)
        assert until(lambda: not self._process())

    def _process(self) -> int:
        """The browser's own process: its helpers say by --type what they are."""
        running = process_lines(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        mine = (pid for pid, line in running.items() if str(self.profile) in line and "--type=" not in line)
        return next(mine, 0)


def with_no_browser_left(context: BrowserContext) -> None:
    """Close it, unless it was killed."""
    try:
        context.close()
    except Error as error:
        assert "closed" in str(error)  # noqa: PT017  # the killed one has nothing left to close


@pytest.fixture
def device(playwright: Playwright, tmp_path: Path, product: Product) -> Device:
    product.cancel_interviews()
    return Device(playwright, tmp_path / "profile", product.url)


@pytest.mark.parametrize("offline", [False, True])
def test_a_killed_browser_costs_at_most_the_last_two_seconds(
    offline: bool, device: Device, product: Product
) -> None:
    with device.started() as context:
        page = sign_in(context.new_page(), "candidate")
        interview = start_interview(page)
        cookies, address = context.cookies(), page.url
        context.set_offline(offline)
        typed = type_for(page, seconds=4)
        device.kill()
        safe = sum(at < time.monotonic() - LOST_AT_MOST for at in typed)
    with device.started(cookies) as context:
        page = context.new_page()
        page.goto(address)
        expect(answer(page)).not_to_have_value("")
        expect(save_state(page)).to_contain_text("Saved ")
        found = answer(page).input_value()
        assert found == digits(len(found))
        assert len(found) >= safe
        assert product.draft(interview) == found


def type_for(page: Page, seconds: float) -> list[float]:
    """Type without a pause; returns when each character was there."""
    answer(page).focus()
    typed, end = list[float](), time.monotonic() + seconds
    while time.monotonic() < end:
        page.keyboard.type(digits(len(typed) + 1)[-1])
        typed.append(time.monotonic())
    return typed


def digits(count: int) -> str:
    """A text whose every place can be told from its neighbours."""
    return "".join(str(number % 10) for number in range(count))


def test_a_browser_killed_after_saved_lost_nothing(device: Device, product: Product) -> None:
    with device.started() as context:
        page = sign_in(context.new_page(), "candidate")
        interview = start_interview(page)
        with saving(page):
            answer(page).press_sequentially(FIRST)
        device.kill()
    assert product.draft(interview) == FIRST


@pytest.fixture
def second_device(browser: Browser, product: Product) -> Iterator[Callable[[str], Page]]:
    """The same person at another device, on the page of that address."""
    context = browser.new_context(base_url=product.url)

    def opened(address: str) -> Page:
        page = sign_in(context.new_page(), "candidate")
        page.goto(address)
        return page

    yield opened
    context.close()


def test_a_second_device_takes_over_and_the_first_overwrites_nothing(
    page: Page, second_device: Callable[[str], Page], product: Product
) -> None:
    interview = start_interview(page)
    with saving(page):
        answer(page).press_sequentially(FIRST)
    other = second_device(page.url)
    expect(answer(other)).to_have_value(FIRST)
    with saving(other):
        answer(other).press_sequentially(SECOND)
    answer(page).press_sequentially("Typed at the first device, which knows nothing of it.")
    expect(banner(page, "taken")).to_be_visible()
    expect(answer(page)).not_to_be_editable()
    assert product.draft(interview) == answer(other).input_value()
    page.get_by_role("button", name="Work here instead").click()
    page.get_by_role("button", name="Keep what is shown").click()
    expect(answer(page)).to_have_value(str(product.draft(interview)))
    with saving(page):
        answer(page).press_sequentially("!")
    answer(other).press_sequentially("?")
    expect(save_state(other)).to_have_text("Read-only")
