"""The pages of a self-assessment: what they never say, what they keep, and what the report shows of it."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interview.models import Interview, Item, Question, Section, SelfAssessment, Slot, Template, User
from interview.models.interview import CloseReason, Reveal
from interview.models.question import AnswerForm, QuestionState
from interview.models.template import TemplateState
from interview.selectors import item as items
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import rehearse
from interview.services.review import claim_review
from interview.services.self_assessment import open_criteria, save
from tests.interview.conftest import some_entries
from tests.interview.test_self_assessment import NUMBERS, PURPOSE, marks, released

SignIn = Callable[[User], Client]
INVITATION = "Mark yourself before you hear from us"


def page(response: Any) -> str:
    """What is sent, with characters as they are read and in one line."""
    return " ".join(unescape(response.content.decode()).split())


def main_of(response: Any) -> str:
    """The same without what differs each time that the page is sent."""
    main = page(response).partition("<main")[2]
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", main)


@pytest.fixture
def template(template: Template) -> Template:
    Template.objects.filter(pk=template.pk).update(self_assessment=True)
    template.refresh_from_db()
    return template


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


@pytest.fixture
def opened(handed_in: Interview, candidate: User) -> SelfAssessment:
    return open_criteria(handed_in, candidate)


def address(interview: Interview) -> str:
    return reverse("self_assessment", args=[interview.pk])


def ticks(client: Client, interview: Interview, *criteria: str) -> list[str]:
    """What the boxes of these criteria of question 1 send."""
    html = page(client.get(address(interview)))
    rubric = interview.items.get(position=1).release.rubric["criteria"]
    wanted = {entry["describe"] for entry in rubric if entry["id"] in criteria}
    boxes = re.findall(r'name="met_1" value="(\d+)"[^>]*> <span>(.*?)</span>', html)
    return [value for value, describe in boxes if describe in wanted]


# The way there


def test_the_page_of_what_was_handed_in_and_the_list_invite_to_it(web: Client, handed_in: Interview) -> None:
    for url in (reverse("interview_closed", args=[handed_in.pk]), reverse("interview_list")):
        html = page(web.get(url))
        assert (INVITATION in html, address(handed_in) in html) == (True, True)


@pytest.mark.parametrize("cancelled", [True, False])
def test_where_there_is_none_nothing_invites_to_it(
    web: Client, handed_in: Interview, cancelled: bool
) -> None:
    handed_in.plan["self_assessment"] = cancelled
    handed_in.close_reason = CloseReason.CANCELLED if cancelled else CloseReason.HANDED_IN
    handed_in.save()
    for url in (reverse("interview_closed", args=[handed_in.pk]), reverse("interview_list")):
        assert INVITATION not in page(web.get(url))
    assert web.get(address(handed_in)).status_code == 404
    assert web.post(reverse("self_assessment_open", args=[handed_in.pk])).status_code == 404


def test_where_nothing_was_answered_nothing_invites_to_it(
    web: Client, running: Interview, candidate: User
) -> None:
    hand_in(running, candidate)
    for url in (reverse("interview_closed", args=[running.pk]), reverse("interview_list")):
        assert INVITATION not in page(web.get(url))
    assert "There is nothing to mark" in page(web.get(address(running)))


def test_practice_has_no_such_page(web: Client, candidate: User, template: Template) -> None:
    practice = rehearse(candidate, template, Reveal.END)
    hand_in(practice, candidate)
    assert web.get(address(practice)).status_code == 404
    assert INVITATION not in page(web.get(reverse("interview_list")))


def test_it_is_nobody_elses_page(
    sign_in: SignIn,
    client: Client,
    opened: SelfAssessment,
    other_candidate: User,
    interviewer: User,
    admin: User,
) -> None:
    url = address(opened.interview)
    for person in (other_candidate, interviewer, admin):
        assert sign_in(person).get(url).status_code == 404
        assert sign_in(person).post(url, {"revision": "0"}).status_code == 404
    assert client.get(url).status_code == 302


def test_before_the_end_it_leads_to_the_interview(web: Client, running: Interview) -> None:
    assert web.get(address(running)).headers["location"] == reverse("interview", args=[running.pk])


def test_looking_at_it_shows_no_criteria_until_one_asks_for_them(
    web: Client, handed_in: Interview, text_item: Item
) -> None:
    before = page(web.get(address(handed_in)))
    assert [entry for entry in text_item.release.rubric_entries() if entry["describe"] in before] == []
    assert not SelfAssessment.objects.exists()
    shown = page(web.post(reverse("self_assessment_open", args=[handed_in.pk]), follow=True))
    criteria = text_item.release.rubric["criteria"]
    assert [entry["id"] for entry in criteria if entry["describe"] not in shown] == []
    assert SelfAssessment.objects.count() == 1


def test_its_price_is_told_where_there_is_one(
    web: Client, handed_in: Interview, template: Template, candidate: User
) -> None:
    assert "no extra time" not in page(web.get(address(handed_in)))
    Interview.objects.update(close_reason=CloseReason.TIME_UP, deadline_at=handed_in.closed_at)
    assert "After this, no extra time." in page(web.get(address(handed_in)))


def test_beside_another_interview_it_says_why_it_is_closed_and_shows_nothing(
    web: Client, opened: SelfAssessment, template: Template, candidate: User, text_item: Item
) -> None:
    start_interview(candidate, template)
    for answer in (
        web.get(address(opened.interview)),
        web.post(address(opened.interview), {"revision": "0"}),
    ):
        assert answer.status_code == 409
        html = page(answer)
        assert "your interview “A first interview” is still running" in html
        assert [entry for entry in text_item.release.rubric_entries() if entry["describe"] in html] == []


# What it never says


def answer_to(item: Item) -> dict[str, Any]:
    match item.release.answer_form:
        case AnswerForm.ENTRIES:
            return some_entries("Looks at one batch.", "Prints the norms.")
        case AnswerForm.ESTIMATE:
            return {"estimate": "12 GB", "working": "Layers times heads."}
        case AnswerForm.TEXT:
            return {"text": "It depends on the data."}
        case _:
            return items.blank_answer(item.release)


def forbidden(item: Item) -> list[str]:
    """All that stands in the folder of a question but its statement and what its criteria look for."""
    release = item.release
    rubric = release.rubric or {"criteria": []}
    said = [
        entry[word] for entry in rubric["criteria"] for word in ("explain", "reviewer_note") if word in entry
    ]
    said += [flag[word] for flag in rubric.get("red_flags", []) for word in ("describe", "explain")]
    said += rubric.get("follow_ups", [])
    said += [rubric["order"]["explain"]] if rubric.get("order") else []
    hidden = [entry for path, entry in release.files.items() if path.startswith(("grading/", "hints/"))]
    texts = [release.solution, *(entry["text"] for entry in hidden if "text" in entry)]
    said += [line for text in texts for line in text.splitlines() if len(line.strip()) > 30]
    return [" ".join(words.split()) for words in said]


@pytest.fixture
def everything(candidate: User, bank: None) -> Interview:
    """Every question of the bank, answered where words can answer it, and handed in."""
    template = Template.objects.create(
        slug="all", title="All", summary="All.", state=TemplateState.ACTIVE, self_assessment=True
    )
    section = Section.objects.create(template=template, position=0, title="All", minutes=600)
    asked = Question.objects.filter(state=QuestionState.PUBLISHED).exclude(kind="debug_lab")
    for position, question in enumerate(asked):
        Slot.objects.create(section=section, position=position, question=question)
    interview = start_interview(candidate, template)
    for item in interview.items.select_related("release"):
        if item.release.answer_form in {AnswerForm.ENTRIES, AnswerForm.ESTIMATE, AnswerForm.TEXT}:
            save_draft(item, answer_to(item), 0)
    return hand_in(interview, candidate)


def test_nothing_of_any_folder_but_what_is_looked_for_reaches_the_pages(
    web: Client, everything: Interview, candidate: User
) -> None:
    before = page(web.get(address(everything)))
    opened = open_criteria(everything, candidate)
    form = page(web.get(address(everything)))
    marked = [item for item in everything.items.select_related("release") if item.release.rubric]
    save(opened, candidate, {item.pk: [] for item in marked}, 0, finish=True)
    finished = page(web.get(address(everything)))
    assert len(marked) == 15
    for item in everything.items.select_related("release"):
        statement = " ".join(item.release.statement.split())
        secret = [words for words in forbidden(item) if words not in statement]
        for html in (before, form, finished):
            assert [words for words in secret if words in html] == [], item.release.title
    for item in marked:
        looked_for = [" ".join(entry["describe"].split()) for entry in item.release.rubric["criteria"]]
        assert [words for words in looked_for if words not in form] == []


def test_the_boxes_name_no_criterion_and_tell_no_weight(
    web: Client, everything: Interview, candidate: User
) -> None:
    open_criteria(everything, candidate)
    main = main_of(web.get(address(everything)))
    sent = re.findall(r'name="met_\d+" value="([^"]*)"', main)
    assert len(sent) == sum(
        len(item.release.rubric["criteria"]) for item in everything.items.all() if item.release.rubric
    )
    assert [value for value in sent if not value.isdecimal()] == []
    fieldsets = "".join(re.findall("<fieldset>.*?</fieldset>", main))
    around = re.sub(r"<span>.*?</span>", "", fieldsets).lower()
    assert [word for word in ("essential", "good", "point", "step", "tier") if word in around] == []


def test_reviewers_learn_nothing_of_it_before_they_release(
    sign_in: SignIn, opened: SelfAssessment, candidate: User, interviewer: User, text_item: Item
) -> None:
    review = claim_review(opened.interview, interviewer)
    client = sign_in(interviewer)
    urls = [
        reverse("review_queue"),
        reverse("review_item", args=[review.interview_id, text_item.position]),
        reverse("review_release", args=[review.interview_id]),
    ]
    before = [main_of(client.get(url)) for url in urls]
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0, finish=True)
    assert [main_of(client.get(url)) for url in urls] == before
    assert client.get(reverse("report", args=[review.interview_id])).status_code == 404


# Saving and finishing


def test_ticks_are_saved_and_lead_back_to_their_question(
    web: Client, opened: SelfAssessment, handed_in: Interview
) -> None:
    sent = ticks(web, handed_in, PURPOSE, NUMBERS)
    assert "Nothing is saved yet" in page(web.get(address(handed_in)))
    answer = web.post(address(handed_in), {"revision": "0", "met_1": sent, "at": "1"})
    assert answer.headers["location"] == f"{address(handed_in)}#saved-1"
    assert marks(opened) == {PURPOSE, NUMBERS}
    html = page(web.get(address(handed_in)))
    assert (html.count(" checked"), "Saved <time" in html) == (2, True)


def test_none_of_these_is_a_mark_as_well(web: Client, opened: SelfAssessment, handed_in: Interview) -> None:
    web.post(address(handed_in), {"revision": "0", "none_1": "on"})
    assert (marks(opened), opened.marks.count()) == (set(), 8)
    assert page(web.get(address(handed_in))).count(" checked") == 1


def test_none_of_these_beside_others_is_told_at_its_place_and_nothing_ticked_is_lost(
    web: Client, opened: SelfAssessment, handed_in: Interview
) -> None:
    sent = {"revision": "0", "none_1": "on", "met_1": ticks(web, handed_in, PURPOSE)}
    answer = web.post(address(handed_in), sent)
    html = page(answer)
    assert (answer.status_code, html.count(" checked")) == (422, 2)
    assert "“None of these” is ticked beside others" in html
    assert not opened.marks.exists()


def test_finishing_asks_for_every_question_and_keeps_what_is_ticked(
    web: Client, opened: SelfAssessment, handed_in: Interview
) -> None:
    missing = web.post(address(handed_in), {"revision": "0", "action": "finish"})
    assert missing.status_code == 422
    assert "Tick what this answer does, or “None of these”; then finish." in page(missing)
    sent = {"revision": "0", "action": "finish", "met_1": ticks(web, handed_in, PURPOSE)}
    done = page(web.post(address(handed_in), sent, follow=True))
    assert "Finished. Your report will show where you and your interviewer differ." in done
    assert "Save and finish" not in done
    late = page(web.post(address(handed_in), sent | {"revision": "1"}, follow=True))
    assert "Not saved: you have finished your marks" in late
    assert "See your marks" in page(web.get(reverse("interview_list")))
    assert "See your marks" in page(web.get(reverse("interview_closed", args=[handed_in.pk])))


def test_a_second_tab_overwrites_nothing_unknowingly(
    web: Client, opened: SelfAssessment, handed_in: Interview
) -> None:
    first, second = ticks(web, handed_in, PURPOSE), ticks(web, handed_in, NUMBERS)
    web.post(address(handed_in), {"revision": "0", "met_1": first})
    answer = web.post(address(handed_in), {"revision": "0", "met_1": second})
    html = page(answer)
    assert (answer.status_code, marks(opened)) == (409, {PURPOSE})
    assert "saved from another tab or device" in html
    assert f'value="{second[0]}" checked' in html
    assert 'name="revision" value="1"' in html
    web.post(address(handed_in), {"revision": "1", "met_1": second})
    assert marks(opened) == {NUMBERS}


@pytest.mark.parametrize("sent", [{}, {"revision": "x"}, {"revision": "0", "met_1": "99"}])
def test_what_no_page_sends_is_refused(
    web: Client, opened: SelfAssessment, handed_in: Interview, sent: dict[str, str]
) -> None:
    assert web.post(address(handed_in), sent).status_code == 422
    assert not opened.marks.exists()


def test_what_comes_after_the_release_is_told_not_to_be_saved(
    web: Client, opened: SelfAssessment, handed_in: Interview, interviewer: User, text_item: Item
) -> None:
    sent = ticks(web, handed_in, PURPOSE)
    released(handed_in, interviewer, text_item, [])
    answer = web.post(address(handed_in), {"revision": "0", "met_1": sent}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("report", args=[handed_in.pk])
    assert "Not saved: the feedback is released." in page(answer)
    assert INVITATION not in page(web.get(reverse("interview_list")))


# The report


def test_the_report_shows_both_marks_and_names_where_they_differ(
    sign_in: SignIn, web: Client, opened: SelfAssessment, candidate: User, interviewer: User, text_item: Item
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE, NUMBERS]}, 0)
    released(opened.interview, interviewer, text_item, [PURPOSE])
    for client in (web, sign_in(interviewer)):
        html = page(client.get(reverse("report", args=[opened.interview_id])))
        assert html.count("You gave yourself 3 of 10 points where your interviewer gave 1.") == 2
        assert "1 of 8 criteria" in html
        assert html.count("<strong>You marked it met</strong>") == 1
        assert html.count("You marked it met, too") == 1
        assert html.count("You marked it not met, too") == 6
        numbers = next(entry for entry in text_item.release.rubric["criteria"] if entry["id"] == NUMBERS)
        assert f"<li>{numbers['describe']}</li>" in html


def test_where_nobody_marked_themselves_the_report_says_nothing_of_it(
    web: Client, opened: SelfAssessment, interviewer: User, text_item: Item
) -> None:
    released(opened.interview, interviewer, text_item, [PURPOSE])
    html = page(web.get(reverse("report", args=[opened.interview_id])))
    assert ("You gave yourself" in html, "You marked it" in html) == (False, False)


# Queries


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_many_questions_take_as_many_queries_as_one(
    web: Client, opened: SelfAssessment, everything: Interview, candidate: User
) -> None:
    open_criteria(everything, candidate)
    few, many = queries(web, address(opened.interview)), queries(web, address(everything))
    assert few == many
    assert few <= 12


def test_the_list_takes_as_many_queries_for_two_interviews_as_for_one(
    web: Client, opened: SelfAssessment, candidate: User, template: Template
) -> None:
    one = queries(web, reverse("interview_list"))
    hand_in(start_interview(candidate, template), candidate)
    assert queries(web, reverse("interview_list")) == one


def test_marks_cost_the_report_one_query(
    web: Client, opened: SelfAssessment, candidate: User, interviewer: User, text_item: Item
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0)
    released(opened.interview, interviewer, text_item, [PURPOSE])
    with CaptureQueriesContext(connection) as caught:
        web.get(reverse("report", args=[opened.interview_id]))
    assert sum("interview_selfmark" in query["sql"] for query in caught.captured_queries) == 1
