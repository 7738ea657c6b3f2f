"""Work saves itself, and nothing that was typed is lost or overwritten: offline, in two tabs, on a shared device."""

import re

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import PersonPage
from tests.e2e.product import Product, until
from tests.e2e.walk import (
    CORRECT,
    answer,
    banner,
    editor,
    interview_of,
    save_state,
    saving,
    sign_in,
    sign_out,
    start_interview,
    write_code,
)

OFFLINE = "Offline, kept on this device"
RETRYING = "Not saved, retrying"
SAVED = re.compile(r"Saved \d\d:\d\d:\d\d")


def test_typing_saves_within_a_moment_and_survives_a_reload(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    answer(page).press_sequentially("Typed, not sent.")
    expect(save_state(page)).to_have_text(SAVED, timeout=2500)
    assert product.draft(interview) == "Typed, not sent."
    page.reload()
    expect(answer(page)).to_have_value("Typed, not sent.")
    expect(save_state(page)).to_have_text(SAVED)


def test_code_in_the_editor_saves_itself_as_well(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    page.get_by_role("link", name="Question 2").click()
    with saving(page):
        write_code(page, CORRECT)
    assert product.draft(interview, 2) == {"solution.py": CORRECT}
    page.reload()
    expect(editor(page)).to_contain_text("top.squeeze(dim)")


def test_a_page_killed_right_after_saved_loses_nothing(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    with saving(page):
        answer(page).fill("Saved, then killed.")
    page.context.close()
    assert product.draft(interview) == "Saved, then killed."


def test_leaving_for_another_question_sends_the_last_words_first(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    answer(page).fill("Written a moment before.")
    page.get_by_role("link", name="Next question").click()
    page.wait_for_url("**/2/")
    assert product.draft(interview) == "Written a moment before."


def test_offline_work_is_kept_on_the_device_and_sent_when_the_connection_is_back(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    go_offline_with(page, "Typed in a tunnel.")
    assert product.draft(interview) is None
    page.context.set_offline(False)
    expect(save_state(page)).to_have_text(SAVED)
    expect(banner(page, "offline")).to_have_count(0)
    assert product.draft(interview) == "Typed in a tunnel."


def go_offline_with(page: Page, text: str) -> None:
    page.context.set_offline(True)
    answer(page).fill(text)
    expect(save_state(page)).to_have_text(OFFLINE)
    expect(banner(page, "offline")).to_contain_text("will be sent when you are back")


def test_offline_work_outlives_its_tab(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    address, context = page.url, page.context
    go_offline_with(page, "Kept across the tab's end.")
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(answer(again)).to_have_value("Kept across the tab's end.")
    expect(save_state(again)).to_have_text(SAVED)
    assert product.draft(interview) == "Kept across the tab's end."


def test_a_stale_tab_becomes_read_only_and_overwrites_nothing(candidate_page: Page, product: Product) -> None:
    first = candidate_page
    interview = start_interview(first)
    second = first.context.new_page()
    second.goto(first.url)
    with saving(second):
        answer(second).fill("From the second tab.")
    answer(first).fill("From the stale first tab.")
    expect(banner(first, "taken")).to_contain_text("Open in another tab.")
    expect(save_state(first)).to_have_text("Read-only")
    expect(answer(first)).not_to_be_editable()
    assert product.draft(interview) == "From the second tab."


def test_a_stale_tab_can_take_over_and_the_person_chooses_which_text_stays(candidate_page: Page) -> None:
    first = candidate_page
    start_interview(first)
    second = first.context.new_page()
    second.goto(first.url)
    with saving(second):
        answer(second).fill("From the second tab.")
    answer(first).fill("From the stale first tab.")
    first.get_by_role("button", name="Work here instead").click()
    expect(answer(first)).to_have_value("From the second tab.")
    with saving(first):
        first.get_by_role("button", name="Use the work from this device").click()
    expect(answer(first)).to_have_value("From the stale first tab.")
    expect(banner(first, "unsent")).to_have_count(0)


def test_on_a_shared_device_nobody_sees_the_draft_of_another(
    browser: Browser, base_url: str, no_interviews: None, product: Product
) -> None:
    context = browser.new_context(base_url=base_url)
    first = sign_in(context.new_page(), "candidate")
    start_interview(first)
    go_offline_with(first, "Nobody else's business.")
    first.close()
    context.set_offline(False)
    page = context.new_page()
    sign_out(page)
    try:
        start_interview(sign_in(page, "admin"))  # an admin may sit an interview as well
        expect(save_state(page)).to_have_text("Nothing to save yet")
        expect(answer(page)).to_have_value("")
        expect(page.locator("#banners")).to_have_text("")
        assert product.draft(interview_of(page.url)) is None
    finally:
        context.close()
        product.cancel_interviews("admin@demo.invalid")


def test_a_server_that_fails_is_asked_again_until_it_takes_the_draft(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)
    page.route("**/draft/", lambda route: route.fulfill(status=500, body="broken"))
    answer(page).fill("Sent again and again.")
    expect(save_state(page)).to_have_text(RETRYING)
    page.unroute("**/draft/")
    expect(save_state(page)).to_have_text(SAVED, timeout=8000)
    assert product.draft(interview) == "Sent again and again."


def test_a_server_that_is_away_is_found_again(candidate_page: Page, product: Product) -> None:
    page = candidate_page
    interview = start_interview(page)
    page.route("**/draft/", lambda route: route.abort())
    answer(page).fill("Nobody answered at first.")
    expect(save_state(page)).to_have_text(OFFLINE)
    page.unroute("**/draft/")
    expect(save_state(page)).to_have_text(SAVED, timeout=8000)
    assert product.draft(interview) == "Nobody answered at first."


def test_a_save_whose_answer_was_lost_is_not_taken_for_another_tab(
    candidate_page: Page, product: Product
) -> None:
    page = candidate_page
    interview = start_interview(page)

    def stored_but_unheard(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/draft/", stored_but_unheard, times=1)
    answer(page).fill("Arrived, but nobody heard.")
    expect(save_state(page)).to_have_text(OFFLINE)
    expect(save_state(page)).to_have_text(SAVED, timeout=8000)
    expect(banner(page, "taken")).to_have_count(0)
    assert until(lambda: product.draft(interview)) == "Arrived, but nobody heard."


def test_a_text_that_ends_with_its_browser_is_put_back_when_it_opens_again(
    browser: Browser, base_url: str, no_interviews: None
) -> None:
    context = browser.new_context(base_url=base_url)
    start_interview(sign_in(context.new_page(), "candidate"))
    go_offline_with(context.pages[0], "In the middle of a sen")
    address, kept = context.pages[0].url, context.storage_state()
    context.close()
    again = browser.new_context(base_url=base_url, storage_state=kept)
    page = again.new_page()
    page.goto(address)
    expect(answer(page)).to_have_value("In the middle of a sen")
    expect(save_state(page)).to_have_text(SAVED)
    again.close()


def test_what_is_typed_before_the_scripts_have_come_is_saved_as_well(
    as_person: PersonPage, no_interviews: None, product: Product
) -> None:
    page = as_person("candidate", service_workers="block")
    interview = start_interview(page)
    held: list[Route] = []
    page.route("**/build/draft.js", lambda route: held.append(route))
    page.goto(page.url, wait_until="commit")
    answer(page).fill("quick hands")
    held[0].continue_()
    expect(save_state(page)).to_have_text(SAVED)
    assert product.draft(interview) == "quick hands"
