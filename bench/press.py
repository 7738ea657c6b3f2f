"""Measures how long it takes from the press of Run to the verdict on the page, with everything real. Prints a table.

    python -m bench.press [--presses N]

It starts the whole product on data of its own, puts Chromium in front of it, and runs the visible tests of a softmax
question by their key. Each press judges other code, so that none is given an earlier result. What the sandbox took of
it is read from the grading's own phases; the rest is what everything around it adds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.e2e.product import Product, browser_arguments, running_product
from tests.e2e.walk import CORRECT, editor, saving, sign_in, start_interview, write_code

WARM_UP = 5

#: From the key that reaches the page to the frame after the one in which the finished result stands.
WATCH = """() => {
  const old = document.querySelector("#result");
  window.verdictShown = new Promise((resolve) => {
    let pressed = 0;
    document.addEventListener("keydown", (event) => { pressed ||= event.key === "'" && performance.now(); }, true);
    const watcher = new MutationObserver(() => {
      const now = document.querySelector("#result");
      if (now === old || now?.matches("[data-job-open]") || !now?.querySelector(".verdict")) return;
      watcher.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - pressed)));
    });
    watcher.observe(document.body, { childList: true, subtree: true });
  });
}"""

GRADING = """
SELECT extract(epoch FROM started_at - queued_at), extract(epoch FROM judged_at - started_at), result -> 'phases'
FROM interview_grading ORDER BY queued_at DESC LIMIT 1
"""


@dataclass(frozen=True)
class Press:
    """Milliseconds of one press: all of it, what the sandbox took, what is left, and of that the way to a worker."""

    whole: float
    sandbox: float
    rest: float
    to_worker: float
    beside_sandbox: float
    requests: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--presses", type=int, default=30)
    presses = parser.parse_args().presses
    # Fair use would have a person wait after so many runs in a minute.
    os.environ["RUNS_PER_MINUTE"] = "1000"
    with tempfile.TemporaryDirectory() as data, running_product(Path(data)) as product:
        found = measured(product, presses)
    for name in (field.name for field in fields(Press)):
        print(told(name, [getattr(press, name) for press in found]))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the end")


def told(name: str, values: Sequence[float]) -> str:
    """A row: median, and the value that nine of ten stay below."""
    return f"{name:16} median {statistics.median(values):6.1f}   p90 {statistics.quantiles(values, n=10)[-1]:6.1f}"


def measured(product: Product, presses: int) -> list[Press]:
    """So many presses, after some that warm everything up."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**browser_arguments())
        page = sign_in(browser.new_page(base_url=product.url), "candidate")
        start_interview(page)
        page.goto(page.url.replace("/1/", "/2/"))
        editor(page).wait_for()
        found = [press(product, page, number) for number in range(WARM_UP + presses)]
        browser.close()
    return found[WARM_UP:]


def press(product: Product, page: Page, number: int) -> Press:
    """Write other code, wait until it is saved and spares are ready again, and press."""
    with saving(page):
        write_code(page, f"{CORRECT}# {number}\n")
    page.wait_for_timeout(500)
    page.evaluate(WATCH)
    page.evaluate("performance.clearResourceTimings()")
    page.keyboard.press("Control+'")
    whole = float(page.evaluate("window.verdictShown"))
    requests = page.evaluate("performance.getEntriesByType('resource').length")
    ((to_worker, with_worker, phases),) = product.fetch(GRADING)
    sandbox = 1000 * sum(_phases(phases))
    beside = 1000 * float(str(with_worker)) - sandbox
    return Press(whole, sandbox, whole - sandbox, 1000 * float(str(to_worker)), beside, requests)


def _phases(phases: Any) -> Sequence[float]:
    return [float(seconds) for seconds in phases.values()]


if __name__ == "__main__":
    main()
