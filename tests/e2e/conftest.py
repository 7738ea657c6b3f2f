"""The real product, started by its own launcher, and a real browser in front of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.e2e.product import CHROMIUM, Deployment, Product, browser_arguments, running_product

PersonPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests, so that a quick run can leave them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM:
        return CHROMIUM
    reason = "no Chromium on this machine: install the package `chromium` to run the browser tests"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, object]:
    return browser_arguments()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The launcher's, or one that is up already, see deploy/trial.py."""
    if url := os.environ.get("DEPLOYED_URL"):
        yield Deployment(url, os.environ["DEPLOYED_LINK"])
        return
    with running_product(tmp_path_factory.mktemp("product")) as product:
        yield product


@pytest.fixture(scope="session")
def base_url(product: Product) -> str:
    return product.url


@pytest.fixture(scope="session")
def signed_in(browser: Browser, base_url: str, product: Product) -> Callable[[str], StorageState]:
    """What a browser keeps of a person who has signed in; each signs in once."""

    @cache
    def state(role: str) -> StorageState:
        with closing(browser.new_context(base_url=base_url)) as context:
            product.sign_in(context.new_page(), role)
            return context.storage_state()

    return state


@pytest.fixture
def as_person(
    browser: Browser, base_url: str, signed_in: Callable[[str], StorageState]
) -> Iterator[PersonPage]:
    """A page in a browser of its own for each demo person, at their start: `as_person("candidate")`."""
    with ExitStack() as contexts:

        def open_page(role: str, **options: object) -> Page:
            context = browser.new_context(base_url=base_url, storage_state=signed_in(role), **options)
            page = contexts.enter_context(closing(context)).new_page()
            page.goto("/")
            return page

        yield open_page


@pytest.fixture
def no_interviews(product: Product) -> Iterator[None]:
    """The demo candidate has no interview that runs or awaits review, before and after."""
    product.cancel_interviews()
    yield
    product.cancel_interviews()


@pytest.fixture
def candidate_page(as_person: PersonPage, no_interviews: None) -> Page:
    """The demo candidate with no interview running, before and after."""
    return as_person("candidate")
