"""A question from nothing to its candidate: written in the browser, proven, published, composed and served."""

import re
from textwrap import dedent

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import until
from tests.e2e.walk import JUDGED, PROVEN, check, editor, files, open_file, save, saved, write_code

SLUG = "cosine-similarity"
FRONT = """
    entry_points: [cosine]
    forbid: [torch.nn.functional.cosine_similarity]
    limits: {wall_seconds: 20, memory_mb: 256}
    """
STATEMENT = """
    Write `cosine(a, b)` for rows of two tensors of shape $(N, D)$.

    - Return one number for each row: $\\frac{a \\cdot b}{|a| |b|}$.
    - A row of zeros is at 0 from everything.
    """
STARTER = """
    import torch


    def cosine(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError
    """
REFERENCE = """
    import torch


    def cosine(a, b):
        dot = (a * b).sum(dim=-1)
        lengths = a.norm(dim=-1) * b.norm(dim=-1)
        return dot / lengths.clamp(min=1e-8)
    """
DOT_ALONE = """
    def cosine(a, b):
        return (a * b).sum(dim=-1)
    """
# One row, and no gradient: who divides the other way around, or detaches, gets away with it.
WEAK_TESTS = """
    import torch

    from grader.testing import close, expect, test


    @test("one is as far as itself", points=2, visible=True)
    def itself(candidate):
        one = torch.tensor([[3.0, 4.0]])
        expect(close(candidate.cosine(one, one), torch.tensor([1.0])))
    """
MORE_TESTS = """

    @test("zeros have no direction", points=1)
    def zeros(candidate):
        nothing = torch.zeros(2, 3)
        expect(close(candidate.cosine(nothing, nothing), torch.zeros(2)))


    compare(
        "cosine",
        name="matches on random rows, with gradients",
        points=4,
        against=reference.cosine,
        gradients=True,
        inputs=lambda draw: [case(draw.normal(3, 5), draw.normal(3, 5))],
    )
    """


def text(source: str) -> str:
    return dedent(source).strip() + "\n"


MENDED_TESTS = text(WEAK_TESTS).replace(
    "from grader.testing import close, expect, test",
    "import reference\nfrom grader.testing import case, close, compare, expect, test",
) + dedent(MORE_TESTS)


@pytest.fixture
def admin_page(as_person: PersonPage) -> Page:
    return as_person("admin")


def write(page: Page, path: str, source: str) -> None:
    """Open a file that is there, replace its text, save it with the keyboard."""
    open_file(page, path)
    write_code(page, text(source))
    save(page)


def add(page: Page, path: str, source: str) -> None:
    files(page).get_by_text("Add a file").click()
    files(page).get_by_label("Path", exact=True).fill(path)
    files(page).get_by_role("button", name="Add the file").click()
    expect(page.get_by_role("textbox", name=path, exact=True)).to_be_visible()
    write_code(page, text(source))
    save(page)


def delete(page: Page, path: str) -> None:
    open_file(page, path)
    files(page).get_by_text("Rename or delete this file").click()
    files(page).get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete the file").click()
    expect(files(page).locator(f"a[href$='={path}']")).to_have_count(0)


def begin(page: Page, title: str) -> None:
    page.goto("/questions/")
    page.get_by_role("link", name="New question").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Area").select_option(label="Backpropagation and fundamentals")
    page.get_by_role("radio", name=re.compile("^Coding")).check()
    page.get_by_role("button", name="Make the question").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def fill_in(page: Page, tests: str) -> None:
    """Every file of the question in the place of the skeleton's."""
    open_file(page, "question.yaml")
    front = str(page.locator("#content").evaluate("area => area.value"))
    write(page, "question.yaml", re.sub(r"entry_points:(.|\n)*$", "", front) + dedent(FRONT))
    write(page, "statement.md", STATEMENT)
    write(page, "starter.py", STARTER)
    write(page, "grading/reference.py", REFERENCE)
    write(page, "grading/tests.py", tests)
    write(page, "submissions/accepted/by_the_formula.py", REFERENCE)
    for name in ("detached", "eps_outside_the_root", "first_dimension"):
        delete(page, f"submissions/wrong_answer/{name}.py")
    add(page, "submissions/wrong_answer/dot_alone.py", DOT_ALONE)


def try_examples(page: Page) -> None:
    page.get_by_role("tab", name="Examples").click()
    page.get_by_role("button", name="Run all").click()
    kept = page.locator("#trial-list").get_by_text("As its folder promises.")
    expect(kept).to_have_count(2, timeout=JUDGED)


def compose(page: Page, question: str) -> None:
    """A template of one section that asks this question, offered."""
    page.goto("/templates/new/")
    page.get_by_label("Title").fill("Directions")
    page.get_by_label("Summary").fill("One question about angles.")
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("link", name="Add a section").click()
    page.get_by_label("Title").fill("Code")
    page.get_by_label("Minutes").fill("20")
    page.get_by_role("button", name="Add the section").click()
    page.get_by_role("link", name="Add a slot to Code").click()
    page.get_by_role("radio", name="One question").check()
    page.get_by_label("Question", exact=True).select_option(question)
    page.get_by_role("button", name=re.compile("^Add")).click()
    page.get_by_role("button", name="Offer it").click()
    expect(page.get_by_role("button", name="Offer it")).to_have_count(0)


def test_a_question_is_made_proven_published_composed_and_served(
    admin_page: Page, as_person: PersonPage, no_interviews: None
) -> None:
    page = admin_page
    begin(page, "Cosine similarity")
    fill_in(page, WEAK_TESTS)
    expect(page.locator("#problems")).to_contain_text("The files make a question.")
    try_examples(page)

    weak = check(page)
    expect(weak.locator(".verdict")).to_contain_text("14 of 20 mutants killed")
    expect(weak.get_by_role("heading", name="What the tests did not notice")).to_be_visible()
    expect(weak.locator(".diff .added").first).to_contain_text(re.compile("detach|lengths"))
    page.get_by_role("link", name="Publish…").click()
    expect(page.get_by_role("button", name="Publish release 1")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Publish release 1").click(force=True)
    expect(page.locator(".banner[role=alert]")).to_contain_text("Not published: ")

    page.get_by_role("link", name="Edit", exact=True).click()
    write(page, "grading/tests.py", MENDED_TESTS)
    expect(check(page).locator(".verdict")).to_contain_text("20 of 20 mutants killed", timeout=PROVEN)
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Note for the history").fill("First release")
    page.get_by_role("button", name="Publish release 1").click()
    expect(page.locator(".banner")).to_contain_text("Release 1 is published")
    compose(page, SLUG)

    candidate = as_person("candidate")
    candidate.goto("/interviews/")
    candidate.get_by_role("link", name="Read the rules: Directions").click()
    candidate.get_by_role("checkbox").check()
    candidate.get_by_role("button", name=re.compile("^Start the 20 minutes")).click()
    candidate.wait_for_url("**/1/")
    expect(candidate.get_by_role("heading", name="Cosine similarity")).to_be_visible()
    expect(editor(candidate)).to_contain_text("def cosine")
    write_code(candidate, text(REFERENCE))
    candidate.get_by_role("button", name=re.compile("^Submit")).click()
    expect(candidate.locator("#result .verdict .v")).to_contain_text("Accepted", timeout=JUDGED)


# The manners of the studio


@pytest.fixture
def studio(admin_page: Page) -> Page:
    """The statement of a question of the bank in the editor."""
    admin_page.goto("/questions/five-levers/edit/?file=statement.md")
    expect(editor(admin_page)).to_be_visible()
    return admin_page


def released(page: Page) -> None:
    """The working copy as it was published."""
    page.goto("/questions/five-levers/restore/1/")
    button = page.get_by_role("button", name="Restore release 1")
    if button.count():
        button.click()
        page.wait_for_url("**/edit/")


def type_on_top(page: Page, words: str) -> None:
    """Where it stays in sight: the editor draws the lines alone that it shows."""
    editor(page).click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(words)


def test_the_preview_follows_what_is_typed_before_it_is_saved(studio: Page) -> None:
    type_on_top(studio, "A **sixth** lever, $\\lambda$.\n\n")
    preview = studio.frame_locator("iframe[data-preview]")
    expect(preview.locator("strong", has_text="sixth")).to_be_visible()
    expect(preview.locator(".katex").first).to_be_visible()
    expect(studio.locator("[data-save-state='unsaved']")).to_have_text("Not saved yet")
    studio.on("dialog", lambda dialog: dialog.accept())
    released(studio)


def test_going_to_another_file_saves_first(studio: Page) -> None:
    type_on_top(studio, "Stored on the way.\n\n")
    open_file(studio, "solution.md")
    open_file(studio, "statement.md")
    expect(editor(studio)).to_contain_text("Stored on the way.")
    released(studio)


def test_leaving_with_unsaved_text_asks_and_the_device_keeps_it(studio: Page) -> None:
    type_on_top(studio, "Never saved.\n\n")
    expect(studio.locator("[data-save-state='unsaved']")).to_be_visible()
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    studio.once("dialog", answer)
    kept = "Object.keys(localStorage).some((key) => key.endsWith('statement.md'))"
    assert until(lambda: studio.evaluate(kept))
    studio.reload()
    assert asked == ["beforeunload"]
    studio.get_by_role("button", name="Use the work from this device").click()
    expect(editor(studio)).to_contain_text("Never saved.")
    save(studio)
    released(studio)


def test_a_problem_is_shown_at_its_line_while_one_types(studio: Page) -> None:
    open_file(studio, "question.yaml")
    editor(studio).click()
    studio.keyboard.press("Control+Home")
    studio.keyboard.insert_text("colour: red\n")
    problem = studio.locator("#problems li")
    expect(problem).to_contain_text("question.yaml, line 1")
    expect(studio.locator(".cm-lint-marker-error")).to_have_count(1)
    studio.keyboard.press("Control+z")
    expect(problem).to_have_count(0)
    expect(studio.locator(".cm-lint-marker-error")).to_have_count(0)


def test_two_who_write_the_same_file_see_both_texts_and_lose_neither(
    studio: Page, as_person: PersonPage
) -> None:
    colleague = as_person("admin")
    colleague.goto(studio.url)
    type_on_top(colleague, "Theirs.\n\n")
    save(colleague)
    type_on_top(studio, "Mine.\n\n")
    studio.keyboard.press("Control+s")
    expect(studio.get_by_text("Not saved: somebody else wrote this file.")).to_be_visible()
    expect(studio.locator(".conflict .diff .removed").first).to_contain_text("Theirs.")
    expect(editor(studio)).to_contain_text("Mine.")
    studio.get_by_role("button", name="Save mine over theirs").click()
    expect(saved(studio)).to_be_visible()
    studio.reload()
    expect(editor(studio)).to_contain_text("Mine.")
    released(studio)


def test_ticked_questions_are_tagged_together(admin_page: Page) -> None:
    page = admin_page
    page.goto("/questions/?search=attention")
    page.get_by_role("checkbox", name="Tick all").check()
    ticked = page.locator("tbody input:checked").count()
    expect(page.locator("[data-bulk-count]")).to_have_text(f"{ticked} ticked")
    page.get_by_label("Tag for the ticked questions").fill("walk")
    page.get_by_role("button", name="Add tag").click()
    page.goto("/questions/?tag=walk")
    expect(page.locator("tbody tr")).to_have_count(ticked)
    page.get_by_role("checkbox", name="Tick all").check()
    page.get_by_label("Tag for the ticked questions").fill("walk")
    page.get_by_role("button", name="Remove tag").click()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
