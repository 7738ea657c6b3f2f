"""Marking oneself in a browser, from what was handed in to the finished marks, without a mouse."""

from playwright.sync_api import expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import Product
from tests.e2e.story import written
from tests.e2e.walk import Sender, press, to


def test_one_marks_oneself_by_keyboard_alone(
    as_person: PersonPage, no_interviews: None, product: Product
) -> None:
    page = as_person("candidate")
    interview = written(Sender(page))
    allowed = """UPDATE interview_interview SET plan = plan || '{"self_assessment": true}' WHERE id = %s"""
    product.execute(allowed, interview)
    page.goto(f"/interviews/{interview}/closed/")
    press(page, "link", "Mark yourself before you hear from us")
    page.wait_for_url("**/self-assessment/")
    press(page, "button", "Show me the criteria")
    expect(page.get_by_role("group", name="What does your answer do?")).to_be_visible()
    to(page, "checkbox", "None of these")
    page.keyboard.press("Space")
    press(page, "button", "Save all marks, at question 1")
    page.wait_for_url("**/self-assessment/#saved-1")
    expect(page.get_by_role("checkbox", name="None of these")).to_be_checked()
    press(page, "button", "Save and finish")
    expect(page.get_by_role("heading", name="Your marks")).to_be_visible()
    expect(page.get_by_text("Finished. Your report will show")).to_be_visible()
