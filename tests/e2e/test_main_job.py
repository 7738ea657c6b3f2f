"""The main job, walked as all three people: take, review, release, read, edit."""

import re
from io import BytesIO

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import PersonPage
from tests.e2e.walk import (
    CORRECT,
    JUDGED,
    NAIVE,
    TEXT,
    answer,
    check,
    open_file,
    save,
    saving,
    start_interview,
    write_code,
)


def test_a_candidate_is_examined_reviewed_and_reads_the_report(
    candidate_page: Page, as_person: PersonPage
) -> None:
    page = candidate_page
    interview = start_interview(page)
    with saving(page):
        answer(page).fill(TEXT)
    page.get_by_role("link", name="Question 2").click()

    write_code(page, NAIVE)
    page.get_by_role("button", name=re.compile("^Run Ctrl")).click()
    expect(page.locator("#result .verdict .v")).to_contain_text("Wrong Answer", timeout=JUDGED)
    write_code(page, CORRECT)
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.locator("#result .verdict .v")).to_contain_text("Accepted", timeout=JUDGED)
    assert page.locator("#result .tests > li").count() >= 8

    page.get_by_role("link", name="Finish").click()
    page.get_by_role("button", name=re.compile("Hand in")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    review(as_person("interviewer"))
    page.goto(f"/interviews/{interview}/report/")
    expect(page.get_by_text("Go deeper into the cost of the backward pass.")).to_be_visible()
    expect(page.get_by_text("A sound start.")).to_be_visible()
    assert_it_can_be_taken_along(page)
    asked = statement_as_asked(page)

    edit_statement(as_person("admin"))
    page.reload()
    assert statement_as_asked(page) == asked


def assert_it_can_be_taken_along(page: Page) -> None:
    """As a PDF, and printed by the browser: model answers open, nothing to press, no line cut off."""
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    made = words(PdfReader(download.value.path()))
    assert "A sound start." in made
    printed = words(PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))))
    last_line = CORRECT.strip().splitlines()[-1].strip()
    expected = [
        "A sound start.",
        "Model answer",
        "The question as it was asked, release 1",
        "page 1 of ",
        last_line,
    ]
    assert [one for one in expected if one not in printed] == []
    assert [one for one in ("Report a problem", "Ask for a second look", "Print") if one in printed] == []


def words(pages: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pages.pages).split())


def statement_as_asked(page: Page) -> str:
    """What the report says that question 1 was, with the number of its release."""
    page.get_by_text("The question as it was asked, release 1").first.click()
    return page.locator("#q1, section[aria-labelledby='q1-title']").first.inner_text()


def review(page: Page) -> None:
    """The interviewer takes the first interview of the queue, marks it and releases it."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name=re.compile("^(Review|Continue with) candidate")).first.click()
    page.get_by_role("checkbox").first.check()
    page.get_by_label(re.compile("^Comment to the candidate")).fill("A sound start.")
    page.get_by_role("button", name=re.compile("Save and")).click()
    page.get_by_role("button", name=re.compile("Save and")).click()
    page.get_by_role("radio", name="Yes", exact=True).check()
    page.get_by_label("Evidence", exact=True).fill("Names both passes and the cache.")
    page.get_by_label("Recommendation for Backpropagation and fundamentals").select_option("Yes")
    page.get_by_label("Evidence for Backpropagation and fundamentals").fill("Question 1.")
    page.get_by_label(re.compile("Summary")).fill("Go deeper into the cost of the backward pass.")
    page.get_by_role("button", name="Release to the candidate…").click()
    page.get_by_role("dialog").get_by_role("button", name="Release to the candidate").click()
    expect(page.get_by_text(re.compile("released", re.IGNORECASE)).first).to_be_visible()


def edit_statement(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Explain|backprop", re.IGNORECASE)).first.click()
    page.get_by_role("link", name=re.compile("Edit")).first.click()
    open_file(page, "statement.md")
    write_code(page, "Explain backpropagation in **your** words.\n\n![Its graph](figures/graph.svg)\n")
    expect(page.frame_locator("iframe[data-preview]").locator("strong").first).to_have_text("your")
    save(page)
    expect(check(page).locator(".verdict .v")).to_contain_text("Proven")
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name="Publish release 2").click()
    expect(page.get_by_text(re.compile(r"Release 2 is published"))).to_be_visible()
