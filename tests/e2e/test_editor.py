"""The workspace by keyboard alone, in both themes: its panes, its editor, and several files."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Locator, Page, Response, StorageState, expect

from tests.e2e.product import Product
from tests.e2e.test_access import FINDINGS
from tests.e2e.walk import JUDGED, editor, saving, start_interview, verdict

# What the tests before wrote is on the server: a page that still had to put it back would overwrite the next one's.
SAVED = """() => {
  const waiting = [];
  document.dispatchEvent(new CustomEvent("fp:flush", {detail: {waiting}}));
  return Promise.all(waiting).then(() => {});
}"""


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
    """The page as a visit finds it: all is saved, and the device's settings are those of a newcomer."""
    desk.evaluate(SAVED)
    desk.evaluate("Object.keys(localStorage).forEach((key) => localStorage.removeItem(key))")
    desk.reload()
    expect(editor(desk)).to_be_visible()
    return desk


# What moved beside the words of a statement, which do where its formulas become drawn ones.
WATCHED = """
window.moved = [];
window.since = performance.now();
new PerformanceObserver((list) => {
  const entries = list.getEntries().filter(({startTime}) => startTime >= since);
  const nodes = entries.flatMap(({sources}) => sources.map(({node}) => node)).filter((node) => node?.matches);
  const own = nodes.filter((node) => !node.closest('#statement'));
  moved.push(...own.map((node) => node.outerHTML.slice(0, 100)));
}).observe({type: 'layout-shift', buffered: true});
"""


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
    page.add_init_script(WATCHED)
    page.reload()
    expect(editor(page)).to_be_visible()
    assert (share(page, "#statement", "width"), share(page, "#console", "height")) == (20, 75)
    assert page.evaluate("[document.documentElement.scrollHeight > innerHeight, moved]") == [False, []]


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


def write(page: Page, source: str) -> None:
    """Replace what the editor holds by the keyboard, and leave the cursor at its end."""
    editor(page).focus()
    press(page, "Control+a")
    page.keyboard.insert_text(source)


def code(page: Page) -> str:
    return page.locator("#code").input_value()


def offered(page: Page) -> Locator:
    return page.locator(".cm-tooltip-autocomplete li")


def faults(page: Page) -> Locator:
    return page.locator(".cm-lint-marker")


def settings(page: Page) -> Locator:
    """The dialog of the editor's settings, opened by keyboard."""
    page.get_by_role("button", name="Settings…").focus()
    press(page, "Enter")
    return page.get_by_role("dialog", name="Editor settings")


def choose_keys(page: Page, name: str) -> None:
    dialog = settings(page)
    dialog.get_by_role("radio", name=name).focus()
    press(page, "Space")
    expect(dialog.get_by_role("radio", name=name)).to_be_checked()
    press(page, "Escape")


def violations(page: Page) -> object:
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(FINDINGS, True)


@pytest.mark.parametrize(
    ("written", "first", "completed"),
    [
        ("import torch.nn.functional as G\nG.soft", "softmax(x, dim, dtype)", "G.softmax"),
        ("from torch import nn as layers\nlayers.LayerN", "LayerNorm(", "layers.LayerNorm"),
        ("import torch\ntorch.optim.lr_scheduler.Cos", "CosineAnnealingLR(", ".CosineAnnealingLR"),
        (
            "from torch.nn.functional import scaled",
            "scaled_dot_product_attention(",
            "import scaled_dot_product_attention",
        ),
        ("def f(scores):\n    return scores.masked_f", "masked_fill(mask, value)", "scores.masked_fill"),
        ("def f(temperature):\n    return temp", "temperature", "return temperature"),
        ("self.momentum = 1\nself.mome", "momentum", "self.momentum"),
    ],
    ids=["alias", "from", "dotted", "import", "tensor", "name", "attribute"],
)
def test_names_are_completed_with_their_arguments(
    workspace: Page, written: str, first: str, completed: str
) -> None:
    write(workspace, written[:-1])
    workspace.keyboard.type(written[-1])
    expect(offered(workspace).first).to_contain_text(first)
    # What has been offered for less than 75 ms is not accepted: nobody can have read it.
    workspace.wait_for_function(
        "since => performance.now() > since + 75", arg=workspace.evaluate("performance.now()")
    )
    press(workspace, "Tab")
    assert code(workspace).endswith(completed)


def test_a_line_that_python_cannot_read_is_marked_with_the_reason_until_it_is_mended(workspace: Page) -> None:
    page = workspace
    write(page, "import torch\n\n\ndef f(x)\n    return x\n")
    expect(faults(page)).to_have_count(1)
    press(page, "Control+Home", "F8")
    expect(page.locator(".cm-diagnostic")).to_have_text("A “:” is missing at the end of this “def” line.")
    assert violations(page) == []
    press(page, "End")
    page.keyboard.type(":")
    expect(faults(page)).to_have_count(0)


def test_an_open_bracket_is_marked_where_it_was_opened(workspace: Page) -> None:
    write(workspace, "total = (1 +\nother = 2\n")
    expect(faults(workspace)).to_have_count(1)
    press(workspace, "Control+Home", "F8")
    expect(workspace.locator(".cm-diagnostic")).to_have_text("This “(” is never closed.")


def test_several_cursors_write_at_once(workspace: Page) -> None:
    write(workspace, "a = 1\na = 2\na = 3")
    press(workspace, "Control+Home", "Control+Alt+ArrowDown", "Control+Alt+ArrowDown")
    workspace.keyboard.type("b")
    assert code(workspace) == "ba = 1\nba = 2\nba = 3"
    press(workspace, "Escape", "Control+Home", "Control+d", "Control+d", "Control+d")
    workspace.keyboard.type("c")
    assert code(workspace) == "c = 1\nc = 2\nc = 3"


def test_words_are_searched_and_replaced(workspace: Page) -> None:
    page = workspace
    write(page, "mean = total / count\nprint(mean)")
    press(page, "Control+f")
    page.keyboard.type("mean")
    page.get_by_role("textbox", name="Replace").focus()
    page.keyboard.type("average")
    assert violations(page) == []
    page.get_by_role("button", name="replace all").focus()
    press(page, "Enter", "Escape")
    assert code(page) == "average = total / count\nprint(average)"


def test_control_m_frees_tab_and_takes_it_back(workspace: Page) -> None:
    page = workspace
    write(page, "x = 1")
    press(page, "Home", "Control+m", "Tab")
    expect(editor(page)).not_to_be_focused()
    assert code(page) == "x = 1"
    editor(page).focus()
    press(page, "Control+m", "Tab")
    assert code(page) == "    x = 1"


def test_vim_has_its_keys_and_escape_and_they_are_remembered(workspace: Page) -> None:
    page = workspace
    expect(page.get_by_text("Esc frees Tab once")).to_be_visible()
    choose_keys(page, "Vim")
    expect(page.locator(".cm-vim-panel")).to_be_visible()
    expect(page.get_by_text("Ctrl M frees Tab, Esc does not")).to_be_visible()
    page.get_by_role("button", name="Settings…").focus()
    editor(page).focus()
    press(page, "g", "g", "d", "G", "i", *"y=1", "Escape", "Tab")
    expect(editor(page)).to_be_focused()
    assert code(page) == "    y=1"
    assert violations(page) == []
    with saving(page):
        press(page, "o", *"z=2", "Escape", ":", "w", "Enter")
    press(page, "Control+m", "Tab")
    expect(editor(page)).not_to_be_focused()
    page.reload()
    expect(page.locator(".cm-vim-panel")).to_be_visible()
    editor(page).focus()
    press(page, "g", "g", "d", "d", "Control+'")
    expect(verdict(page)).to_contain_text("Invalid Submission", timeout=JUDGED)
    assert code(page) == "z=2"
    choose_keys(page, "Standard")
    expect(page.locator(".cm-vim-panel")).to_have_count(0)


def test_emacs_has_its_keys(workspace: Page) -> None:
    page = workspace
    choose_keys(page, "Emacs")
    expect(page.locator(".cm-emacsMode")).to_be_visible()
    editor(page).focus()
    press(page, "Control+x", "h", "Control+w")
    page.keyboard.type("left = right")
    press(page, "Control+a", "Control+k")
    assert code(page) == ""
    press(page, "Control+y")
    assert code(page) == "left = right"
    press(page, "Control+m", "Tab")
    expect(editor(page)).not_to_be_focused()


def test_the_keys_of_others_cost_nothing_unless_they_are_chosen(workspace: Page) -> None:
    fetched = workspace.evaluate("performance.getEntriesByType('resource').map((r) => r.name)")
    assert [name for name in fetched if "workspace-" in name and "keys" in name] == []


def test_the_size_of_the_code_and_the_width_of_a_tab_are_remembered(workspace: Page) -> None:
    page = workspace
    dialog = settings(page)
    dialog.get_by_role("button", name="Larger").focus()
    press(page, "Enter", "Enter")
    expect(dialog.locator("output")).to_have_text("16 px")
    dialog.get_by_role("combobox", name="Width of a tab").focus()
    press(page, "ArrowUp")
    assert violations(page) == []
    press(page, "Escape")
    page.reload()
    expect(page.locator(".cm-scroller")).to_have_css("font-size", "16px")
    write(page, "x")
    press(page, "Home", "Tab")
    assert code(page) == "  x"


BROKEN = """import torch


def softmax(x, dim):
    return x / scale


def logsumexp(x, dim):
    return x
"""


def marked(page: Page) -> Locator:
    return page.locator(".cm-line.cm-marked")


def test_the_line_that_broke_is_marked_until_it_is_edited_and_nothing_moves(workspace: Page) -> None:
    page = workspace
    write(page, BROKEN)
    page.evaluate(WATCHED)
    press(page, "Control+'")
    expect(verdict(page)).to_contain_text("Runtime Error", timeout=JUDGED)
    expect(marked(page)).to_have_text(re.compile(r"return x / scale.*NameError: name 'scale' is not defined"))
    assert page.evaluate("moved") == []
    assert violations(page) == []
    page.get_by_role("link", name="line 5").first.focus()
    press(page, "Enter")
    expect(editor(page)).to_be_focused()
    expect(page.locator(".cm-activeLine")).to_contain_text("return x / scale")
    press(page, "Control+Home")
    page.keyboard.insert_text("# further down\n")
    expect(marked(page)).to_contain_text("return x / scale")
    press(page, *["ArrowDown"] * 4, "End")
    page.keyboard.type("d")
    expect(marked(page)).to_have_count(0)


def test_a_mark_is_there_again_after_a_reload_while_the_code_is_what_was_judged(workspace: Page) -> None:
    page = workspace
    write(page, BROKEN)
    press(page, "Control+'")
    expect(marked(page)).to_have_count(1, timeout=JUDGED)
    page.reload()
    expect(marked(page)).to_contain_text("return x / scale")
    with saving(page):
        write(page, "import math\n" + BROKEN)
    page.reload()
    expect(verdict(page)).to_contain_text("Runtime Error")
    expect(marked(page)).to_have_count(0)


def weight(answers: list[Response]) -> int:
    """Bytes on their way to a browser that has nothing yet, where texts travel compressed."""
    bodies = [(answer.url, answer.body()) for answer in answers if answer.ok]
    return sum(len(body if url.endswith(".woff2") else gzip.compress(body)) for url, body in bodies)


def test_the_page_is_no_heavier_than_it_may_be(
    browser: Browser, base_url: str, signed_in: Callable[[str], StorageState], workspace: Page
) -> None:
    state = signed_in("candidate")
    with closing(browser.new_context(base_url=base_url, storage_state=state)) as context:
        page, answers = context.new_page(), list[Response]()
        page.on("response", lambda answer: answers.append(answer))
        page.goto(workspace.url, wait_until="networkidle")
        without_maths = [answer for answer in answers if "katex" not in answer.url.lower()]
        assert weight(without_maths) < 250_000
        assert weight(answers) < 400_000


STARTERS = {
    "solution.py": "from parts import shifted\n",
    "parts.py": "def shifted(x, dim):\n    raise NotImplementedError\n",
}
ANSWERS = {
    "solution.py": """from parts import shifted


def softmax(x, dim=-1):
    powers = shifted(x, dim).exp()
    return powers / powers.sum(dim, keepdim=True)


def logsumexp(x, dim=-1):
    return shifted(x, dim).exp().sum(dim).log() + x.amax(dim)
""",
    "parts.py": """def shifted(x, dim):
    return x - x.amax(dim, keepdim=True)
""",
}


@pytest.fixture
def several(
    browser: Browser, base_url: str, product: Product, signed_in: Callable[[str], StorageState]
) -> Iterator[Page]:
    """The coding question as if it had been published with two files, in an interview of its own."""
    product.cancel_interviews()
    was = product.fetch(f"SELECT starter::text {OF_SOFTMAX}")[0][0]
    publish(product, json.dumps(STARTERS))
    state = signed_in("candidate")
    with closing(browser.new_context(base_url=base_url, storage_state=state)) as context:
        page = context.new_page()
        start_interview(page)
        page.goto(page.url.replace("/1/", "/2/"))
        yield page
    product.cancel_interviews()
    publish(product, str(was))


OF_SOFTMAX = (
    "FROM interview_release WHERE starter ? 'solution.py' AND question_id ="
    " (SELECT id FROM interview_question WHERE slug = 'stable-softmax')"
)


def publish(product: Product, starter: str) -> None:
    """Change the starter of a release, which its trigger refuses to everybody else."""
    product.execute(
        "ALTER TABLE interview_release DISABLE TRIGGER USER; UPDATE interview_release SET starter ="  # noqa: S608 - ours
        f" $json${starter}$json$::jsonb WHERE id IN (SELECT id {OF_SOFTMAX});"
        "ALTER TABLE interview_release ENABLE TRIGGER USER"
    )


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def texts(page: Page) -> dict[str, str]:
    return {
        area.get_attribute("data-file") or "": area.input_value()
        for area in page.locator("[data-file][name=code]").all()
    }


def test_several_files_are_written_kept_and_judged_together(several: Page, product: Product) -> None:
    page = several
    shown = page.locator(".cm-content:visible")
    assert texts(page) == STARTERS
    tab(page, "solution.py").focus()
    with saving(page):
        for name in ANSWERS:
            expect(tab(page, name)).to_be_focused()
            shown.focus()
            press(page, "Control+a")
            page.keyboard.insert_text(ANSWERS[name])
            tab(page, name).focus()
            press(page, "ArrowRight")
    assert violations(page) == []
    page.reload()
    expect(shown).to_have_count(1)
    assert texts(page) == ANSWERS
    press(page, "Control+Enter")
    expect(verdict(page)).to_contain_text("Accepted", timeout=JUDGED)
    reset(page, "Reset this file")
    assert texts(page) == ANSWERS | {"solution.py": STARTERS["solution.py"]}
    reset(page, "Reset all files")
    assert texts(page) == STARTERS


def reset(page: Page, which: str) -> None:
    page.get_by_role("button", name="Reset…").focus()
    press(page, "Enter")
    page.get_by_role("dialog").get_by_role("button", name=which).focus()
    press(page, "Enter")


def test_a_name_of_another_file_is_completed_and_its_broken_line_is_found(several: Page) -> None:
    page = several
    page.locator(".cm-content:visible").focus()
    press(page, "Control+End")
    page.keyboard.type("softmax = logsumexp = lambda x, dim: shif")
    expect(offered(page).filter(has_text="parts.py")).to_have_text(["shiftedparts.py"])
    press(page, "Escape")
    page.keyboard.type("ted(x, dim)")
    press(page, "Control+'")
    expect(verdict(page)).to_contain_text("Runtime Error", timeout=JUDGED)
    page.locator("[data-goto][data-file='parts.py']").first.focus()
    press(page, "Enter")
    expect(tab(page, "parts.py")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".cm-content:visible")).to_be_focused()
    expect(marked(page).filter(visible=True)).to_contain_text("raise NotImplementedError")
