"""The steps that walks through the product have in common, and the code that candidates write in them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import APIResponse, Locator, Page, Response, expect

CORRECT = """import torch


def softmax(x, dim=-1):
    shifted = (x - x.amax(dim, keepdim=True)).exp()
    return shifted / shifted.sum(dim, keepdim=True)


def logsumexp(x, dim=-1):
    top = x.amax(dim, keepdim=True)
    return (x - top).exp().sum(dim).log() + top.squeeze(dim)
"""
NAIVE = """import torch


def softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    \"\"\"Probabilities along `dim`.\"\"\"
    return x.exp() / x.exp().sum(dim, keepdim=True)


def logsumexp(x: torch.Tensor, dim: int) -> torch.Tensor:
    \"\"\"The logarithm of the sum of the exponentials along `dim`.\"\"\"
    return x.exp().sum(dim).log()
"""


def training(rate: float) -> str:
    """A right answer that prints a loss which falls by `rate` in each of thirty steps."""
    loop = f'for step in range(30):\n    print(f"Step {{step}}, Loss: {{2 * {rate} ** step:.4f}}")\n'
    return f"{CORRECT}\n\n{loop}"


TEXT = (
    "The forward pass computes each value of the graph once and caches what the derivatives will need. "
    "The backward pass walks the graph in reverse and multiplies what arrives by each local derivative."
)
STARTS = re.compile(r"/(interviews|review|questions)/$")
PROVEN = 180_000  # milliseconds: some fifty gradings, on a machine that does other things as well
JUDGED = 30_000  # milliseconds: the first grading also starts the forkserver


class Sender:
    """Sends what the forms and scripts of a person's pages would send, without opening them."""

    def __init__(self, page: Page) -> None:
        self.context = page.context

    def post(self, path: str, **fields: str | list[str]) -> str:
        """Send a form; returns the address that it led to."""
        kind = "application/x-www-form-urlencoded"
        answer = self._send("POST", path, kind, urlencode(fields, doseq=True))
        assert answer.ok, f"{path}: {answer.status}"
        return answer.url

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask the API; returns the document of its answer."""
        answer = self._send(method, f"/api/v1{path}", "application/json", json.dumps(body))
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()

    def _send(self, method: str, path: str, kind: str, data: str) -> APIResponse:
        headers = {"Content-Type": kind, "X-CSRFToken": self._token()}
        return self.context.request.fetch(path, method=method, headers=headers, data=data)

    def _token(self) -> str:
        tokens = [cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "csrftoken"]
        return tokens[0] if tokens else ""


def sign_in(page: Page, role: str) -> Page:
    """One click as a demo person."""
    page.goto("/sign-in/")
    page.get_by_role("button", name=role.title()).click()
    page.wait_for_url(STARTS)
    return page


def sign_out(page: Page) -> None:
    page.goto("/")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")


def choose_and_start(page: Page) -> str:
    """From the catalogue over the rules to the first question; returns the interview's id."""
    page.goto("/interviews/")
    page.get_by_role("link", name="Read the rules").first.click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("^Start the 45 minutes")).click()
    page.wait_for_url("**/1/")
    return interview_of(page.url)


def start_interview(page: Page) -> str:
    """The same without the pages before it, for walks that are about what comes after."""
    url = Sender(page).post("/interviews/start/first-interview/", alone="on")
    page.goto(url)
    return interview_of(url)


def interview_of(url: str) -> str:
    found = re.search(r"interviews/([0-9a-f-]{36})", url)
    assert found, url
    return found.group(1)


def answer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your answer")


def editor(page: Page) -> Locator:
    return page.locator(".cm-content")


def write_code(page: Page, source: str) -> None:
    """Replace what the editor holds, as a paste does."""
    editor(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def save_state(page: Page) -> Locator:
    return page.locator("[data-save-state]")


@contextmanager
def saving(page: Page) -> Iterator[None]:
    """What is typed inside is confirmed by the server at the end, with no button pressed."""
    with page.expect_response(_is_stored_draft, timeout=5000):
        yield
    expect(save_state(page)).to_have_text(re.compile(r"Saved \d\d:\d\d:\d\d"))


def _is_stored_draft(response: Response) -> bool:
    return response.url.endswith("/draft/") and response.request.method == "PUT" and response.ok


def banner(page: Page, name: str) -> Locator:
    return page.locator(f"[data-banner={name}]")


def verdict(page: Page) -> Locator:
    return page.locator("#result .verdict .v")


def submit_code(page: Page, source: str, word: str) -> None:
    """Write and submit, and wait until the page shows the verdict."""
    write_code(page, source)
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(verdict(page)).to_contain_text(word, timeout=JUDGED)


def to(page: Page, role: str, name: str, key: str = "Tab") -> None:
    """Walk with Tab until the control has the focus, as a person who uses no mouse does."""
    wanted = page.get_by_role(role, name=name, exact=bool(name)).first
    for _ in range(40):
        page.keyboard.press(key)
        if wanted.evaluate("element => element === document.activeElement"):
            return
    expect(wanted).to_be_focused()


def press(page: Page, role: str, name: str, key: str = "Tab") -> None:
    to(page, role, name, key)
    page.keyboard.press("Enter")


def files(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Files")


def saved(page: Page) -> Locator:
    return page.locator("[data-save-state='saved']")


def open_file(page: Page, path: str) -> None:
    files(page).locator(f"a[href$='={path}']").click()
    expect(page.get_by_role("textbox", name=path, exact=True)).to_be_visible()


def save(page: Page) -> None:
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/edit/")
    ):
        page.keyboard.press("Control+s")
    expect(saved(page)).to_be_visible()


def check(page: Page) -> Locator:
    """Press Check and wait for the report."""
    page.get_by_role("button", name="Check", exact=True).click()
    report = page.locator("#check-report")
    expect(report.locator(".verdict .v")).to_have_text(re.compile("Proven|Not proven"), timeout=PROVEN)
    return report
