"""Self-assessment: when it opens and closes, what is saved, what the database refuses, and the difference."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from interview.exceptions import (
    InvalidTime,
    NotAllowed,
    SelfAssessmentClosed,
    StaleMarks,
)
from interview.models import Interview, Item, Review, SelfAssessment, SelfMark, Template, User
from interview.models.interview import CloseReason, Reveal
from interview.selectors import extra_time as extra_times
from interview.selectors import interview as interviews
from interview.selectors import self_assessment as self_assessments
from interview.selectors.report import Report
from interview.selectors.report import report as make_report
from interview.services.draft import save_draft
from interview.services.extra_time import grant
from interview.services.interview import close_due, finalise_due, hand_in, start_interview
from interview.services.practice import rehearse
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.self_assessment import open_criteria, save
from tests.interview.conftest import concluded
from tests.interview.test_estimate import RUBRIC, answered, publish, sat_by

SignIn = Callable[[User], Client]
MINUTE = timedelta(minutes=1)
PURPOSE, NUMBERS, CHAIN = "purpose", "numbers", "chain-rule"  # of 1, 2 and 2 points, of 10


@pytest.fixture
def template(template: Template) -> Template:
    """The interview that ships, whose candidates may mark themselves."""
    Template.objects.filter(pk=template.pk).update(self_assessment=True)
    template.refresh_from_db()
    return template


@pytest.fixture
def opened(handed_in: Interview, candidate: User) -> SelfAssessment:
    return open_criteria(handed_in, candidate)


@pytest.fixture
def timed_out(running: Interview, text_item: Item) -> Interview:
    """One whose time was up, with its text saved, a minute after that."""
    save_draft(text_item, {"text": "The chain rule, backwards."}, 0)
    assert running.deadline_at
    close_due(running.deadline_at)
    finalise_due(running.deadline_at + MINUTE)
    running.refresh_from_db()
    return running


def released(interview: Interview, reviewer: User, item: Item, met: list[str]) -> Review:
    review = claim_review(interview, reviewer)
    mark_item(review, item, Judgement(met, "Read it again."))
    return concluded(review, "no", "Question 1.", "Read on.")


def marks(assessment: SelfAssessment) -> set[str]:
    """What is marked as met; every other criterion of a marked answer is not."""
    return set(assessment.marks.filter(met=True).values_list("criterion", flat=True))


def whole(interview: Interview) -> Interview:
    return interviews.with_items(Interview.objects.all()).get(pk=interview.pk)


def reported(review: Review) -> Report:
    return make_report(whole(review.interview))


# When it opens


def test_it_opens_when_what_counts_is_fixed(handed_in: Interview, candidate: User) -> None:
    first = open_criteria(handed_in, candidate)
    again = open_criteria(handed_in, candidate, timezone.now() + MINUTE)
    assert (again.pk, again.opened_at) == (first.pk, first.opened_at)
    assert (first.revision, first.saved_at, first.finished_at) == (0, None, None)


def test_it_stays_shut_while_a_last_draft_may_arrive(
    running: Interview, text_item: Item, candidate: User
) -> None:
    save_draft(text_item, {"text": "The chain rule, backwards."}, 0)
    assert running.deadline_at
    close_due(running.deadline_at)
    with pytest.raises(SelfAssessmentClosed, match="when what counts of this interview is fixed"):
        open_criteria(running, candidate, running.deadline_at)
    fixed = running.deadline_at + settings.DRAFT_GRACE + timedelta(seconds=1)
    finalise_due(fixed)
    assert open_criteria(running, candidate, fixed).opened_at == fixed


def test_it_stays_shut_while_a_finish_can_be_undone(
    template: Template, candidate: User, running: Interview, text_item: Item
) -> None:
    running.plan["finish_undo"] = True
    running.save()
    save_draft(text_item, {"text": "The chain rule, backwards."}, 0)
    hand_in(running, candidate)
    with pytest.raises(SelfAssessmentClosed, match="Not yet"):
        open_criteria(running, candidate)


def test_it_stays_shut_while_another_interview_runs(
    handed_in: Interview, opened: SelfAssessment, text_item: Item, candidate: User, template: Template
) -> None:
    other = start_interview(candidate, template)
    with pytest.raises(SelfAssessmentClosed, match="is still running"):
        open_criteria(handed_in, candidate)
    with pytest.raises(SelfAssessmentClosed, match="what you saved here is kept"):
        save(opened, candidate, {text_item.pk: [PURPOSE]}, 0)
    assert other.deadline_at
    close_due(other.deadline_at)
    finalise_due(other.deadline_at + MINUTE)
    later = other.deadline_at + MINUTE
    assert save(opened, candidate, {text_item.pk: [PURPOSE]}, 0, now=later).revision == 1


def test_practice_has_none(candidate: User, template: Template) -> None:
    practice = rehearse(candidate, template, Reveal.END)
    hand_in(practice, candidate)
    with pytest.raises(SelfAssessmentClosed, match="not one that you mark yourself"):
        open_criteria(practice, candidate)


def test_a_template_without_it_has_none(running: Interview, candidate: User, text_item: Item) -> None:
    running.plan["self_assessment"] = False
    running.save()
    save_draft(text_item, {"text": "The chain rule, backwards."}, 0)
    with pytest.raises(SelfAssessmentClosed, match="not one that you mark yourself"):
        open_criteria(hand_in(running, candidate), candidate)


def test_an_interview_from_before_the_setting_has_none(handed_in: Interview, candidate: User) -> None:
    del handed_in.plan["self_assessment"]
    handed_in.save()
    assert not handed_in.allows_self_assessment


def test_a_cancelled_interview_has_none(handed_in: Interview, candidate: User) -> None:
    Interview.objects.update(close_reason=CloseReason.CANCELLED)
    with pytest.raises(SelfAssessmentClosed, match="not one that you mark yourself"):
        open_criteria(handed_in, candidate)


def test_nobody_else_opens_or_saves_it(
    handed_in: Interview, opened: SelfAssessment, other_candidate: User, interviewer: User, admin: User
) -> None:
    for person in (other_candidate, interviewer, admin):
        with pytest.raises(NotAllowed):
            open_criteria(handed_in, person)
        with pytest.raises(NotAllowed):
            save(opened, person, {}, 0)


def test_where_nothing_was_answered_there_is_nothing_to_mark(running: Interview, candidate: User) -> None:
    with pytest.raises(SelfAssessmentClosed, match="nothing to mark"):
        open_criteria(hand_in(running, candidate), candidate)
    assert not SelfAssessment.objects.exists()


def test_a_review_that_has_begun_is_in_nobodys_way(
    handed_in: Interview, interviewer: User, candidate: User, text_item: Item
) -> None:
    claim_review(handed_in, interviewer)
    opened = open_criteria(handed_in, candidate)
    assert save(opened, candidate, {text_item.pk: [PURPOSE]}, 0).revision == 1


# Saving and finishing


def test_what_is_saved_can_be_changed_and_be_incomplete(
    opened: SelfAssessment, candidate: User, text_item: Item
) -> None:
    saved = save(opened, candidate, {text_item.pk: [PURPOSE, NUMBERS]}, 0)
    assert (saved.revision, saved.finished_at, marks(saved)) == (1, None, {PURPOSE, NUMBERS})
    assert saved.marks.count() == len(text_item.release.rubric["criteria"])
    assert marks(save(opened, candidate, {text_item.pk: [CHAIN]}, 1)) == {CHAIN}
    assert save(opened, candidate, {}, 2).marks.count() == 0


def test_an_answer_that_meets_nothing_is_not_one_that_is_not_marked(
    opened: SelfAssessment, candidate: User, text_item: Item, handed_in: Interview
) -> None:
    save(opened, candidate, {text_item.pk: []}, 0)
    [sheet] = self_assessments.sheets(whole(handed_in))
    assert (sheet.is_marked, sheet.met) == (True, [])


def test_marks_of_another_tab_are_not_overwritten(
    opened: SelfAssessment, candidate: User, text_item: Item
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0)
    with pytest.raises(StaleMarks) as refusal:
        save(opened, candidate, {text_item.pk: [NUMBERS]}, 0)
    assert refusal.value.revision == 1
    assert marks(opened) == {PURPOSE}
    assert marks(save(opened, candidate, {text_item.pk: [NUMBERS]}, 1)) == {NUMBERS}


def test_what_is_finished_stays(opened: SelfAssessment, candidate: User, text_item: Item) -> None:
    done = save(opened, candidate, {text_item.pk: [PURPOSE]}, 0, finish=True)
    assert done.finished_at == done.saved_at
    with pytest.raises(SelfAssessmentClosed, match="finished your marks"):
        save(opened, candidate, {text_item.pk: [NUMBERS]}, 1)
    assert marks(opened) == {PURPOSE}


def test_the_release_closes_it_with_what_was_saved(
    opened: SelfAssessment, candidate: User, interviewer: User, text_item: Item, handed_in: Interview
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0)
    review = released(handed_in, interviewer, text_item, [])
    with pytest.raises(SelfAssessmentClosed, match="the feedback is released"):
        save(opened, candidate, {text_item.pk: [NUMBERS]}, 1)
    found = self_assessments.attach(reported(review))
    assert found
    assert (found.points, found.reviewed) == (1, 0)


# Extra time


def test_extra_time_reopens_an_interview_whose_criteria_nobody_read(
    timed_out: Interview, admin: User
) -> None:
    assert timed_out.deadline_at
    assert grant(timed_out, 5, "Alarm.", admin, timed_out.deadline_at + 2 * MINUTE).reopened


def test_whoever_has_read_the_criteria_gets_no_extra_time(
    timed_out: Interview, admin: User, candidate: User
) -> None:
    assert timed_out.deadline_at
    now = timed_out.deadline_at + 2 * MINUTE
    assert extra_times.may_reopen(timed_out, now)
    open_criteria(timed_out, candidate, now)
    assert not extra_times.may_reopen(timed_out, now)
    with pytest.raises(InvalidTime, match="has opened the self-assessment and read what good answers have"):
        grant(timed_out, 5, "Alarm.", admin, now)


def test_the_database_opens_nothing_whose_criteria_were_read(timed_out: Interview, candidate: User) -> None:
    open_criteria(timed_out, candidate)
    with pytest.raises(IntegrityError, match="its candidate reads the criteria"), transaction.atomic():
        Interview.objects.update(closed_at=None, close_reason="", finalised_at=None)


# What the database refuses


def made(interview: Interview, now: datetime | None = None) -> SelfAssessment:
    return SelfAssessment.objects.create(interview=interview, opened_at=now or timezone.now())


@pytest.mark.parametrize(
    "change",
    [
        {"close_reason": CloseReason.CANCELLED},
        {"finalised_at": None},
        {"plan": {"title": "Without it", "minutes": 45, "sections": []}},
        {"mode": "practice", "reveal": "end"},
    ],
)
def test_the_database_refuses_one_where_none_may_be(handed_in: Interview, change: dict[str, object]) -> None:
    Interview.objects.update(**change)
    with pytest.raises(IntegrityError, match="marked by its candidate only where"), transaction.atomic():
        made(handed_in)


def test_the_database_refuses_one_after_the_release(
    handed_in: Interview, interviewer: User, text_item: Item
) -> None:
    released(handed_in, interviewer, text_item, [])
    with pytest.raises(IntegrityError, match="before its release"), transaction.atomic():
        made(handed_in)


def test_the_database_keeps_one_for_each_interview(opened: SelfAssessment, handed_in: Interview) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        made(handed_in)


@pytest.mark.parametrize(
    "change", [{"revision": 1}, {"saved_at": timezone.now()}, {"finished_at": timezone.now()}]
)
def test_the_database_refuses_a_save_that_is_told_in_part(
    opened: SelfAssessment, change: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SelfAssessment.objects.update(**change)


def test_the_database_keeps_that_the_criteria_were_read(opened: SelfAssessment) -> None:
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        SelfAssessment.objects.update(opened_at=timezone.now() + MINUTE)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        SelfAssessment.objects.filter(pk=opened.pk)._raw_delete("default")


def assert_marks_stay(opened: SelfAssessment, item: Item) -> None:
    with pytest.raises(IntegrityError, match="neither after it was finished"), transaction.atomic():
        SelfMark.objects.update(met=False)
    with pytest.raises(IntegrityError, match="neither after it was finished"), transaction.atomic():
        SelfMark.objects.all().delete()
    with pytest.raises(IntegrityError, match="neither after it was finished"), transaction.atomic():
        SelfMark.objects.create(assessment=opened, item=item, criterion="cost", met=True)


def test_the_database_keeps_marks_that_are_finished(
    opened: SelfAssessment, candidate: User, text_item: Item
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0, finish=True)
    assert_marks_stay(opened, text_item)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        SelfAssessment.objects.update(finished_at=None)


def test_the_database_keeps_marks_after_the_release(
    opened: SelfAssessment, candidate: User, text_item: Item, handed_in: Interview, interviewer: User
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0)
    released(handed_in, interviewer, text_item, [])
    assert_marks_stay(opened, text_item)
    with pytest.raises(IntegrityError, match="before its release"), transaction.atomic():
        SelfAssessment.objects.update(finished_at=timezone.now())


def test_the_database_refuses_a_mark_of_something_else(
    opened: SelfAssessment, text_item: Item, code_item: Item, other_candidate: User, template: Template
) -> None:
    foreign = start_interview(other_candidate, template).items.get(release=text_item.release)
    flag = text_item.release.rubric["red_flags"][0]["id"]
    for item, criterion in (
        (text_item, "no-such"),
        (text_item, flag),
        (code_item, PURPOSE),
        (foreign, PURPOSE),
    ):
        with pytest.raises(IntegrityError, match="names a criterion of a question"), transaction.atomic():
            SelfMark.objects.create(assessment=opened, item=item, criterion=criterion, met=True)


def test_the_database_keeps_one_mark_for_each_criterion(
    opened: SelfAssessment, candidate: User, text_item: Item
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0)
    with pytest.raises(IntegrityError, match="self_mark_one_for_each_criterion"), transaction.atomic():
        SelfMark.objects.create(assessment=opened, item=text_item, criterion=PURPOSE, met=False)


# The order in which criteria are shown


def test_the_order_of_the_criteria_owes_nothing_to_the_rubric(entries_item: Item) -> None:
    answer = {"entries": [{"id": "a", "text": "Looks at a batch."}]}
    save_draft(entries_item, answer, 0)
    hand_in(entries_item.interview, entries_item.interview.candidate)
    shown = order_of(entries_item, list)
    assert order_of(entries_item, lambda criteria: list(reversed(criteria))) == shown
    assert sorted(shown) == sorted(entry["id"] for entry in entries_item.release.rubric["criteria"])
    assert shown != [entry["id"] for entry in entries_item.release.rubric["criteria"]]


def order_of(item: Item, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> list[str]:
    """The criteria as the page has them, were the rubric written in another order."""
    sitting = whole(item.interview)
    found = next(one for one in sitting.items.all() if one.pk == item.pk)
    found.release.rubric["criteria"] = change(found.release.rubric["criteria"])
    [sheet] = [sheet for sheet in self_assessments.sheets(sitting) if sheet.item.pk == item.pk]
    return [line.criterion for line in sheet.lines]


def test_where_each_step_of_a_reference_order_stands_differs_from_answer_to_answer(
    entries_item: Item,
) -> None:
    """Over many answers every criterion comes first at some time, so its place tells nothing."""
    criteria = {entry["id"] for entry in entries_item.release.rubric["criteria"]}
    first = set()
    for number in range(200):
        entries_item.pk = f"00000000-0000-4000-8000-{number:012}"
        first.add(self_assessments._shuffled(entries_item)[0]["id"])
    assert first == criteria


def test_of_an_estimate_the_number_and_the_working_are_shown(candidate: User, bank: None) -> None:
    item = sat_by(candidate, publish("marked-estimate", **{"rubric.yaml": RUBRIC.encode()}))
    save_draft(item, answered("112 GB", "Sixteen bytes each."), 0)
    [sheet] = self_assessments.sheets(whole(hand_in(item.interview, candidate)))
    assert (sheet.estimate, sheet.answer) == ("112 GB", {"text": "Sixteen bytes each."})
    assert [line.describe for line in sheet.lines] == ["Counts bytes."]


# The difference


def test_the_difference_is_exact_and_names_what_it_is_about(
    opened: SelfAssessment, candidate: User, text_item: Item, handed_in: Interview, interviewer: User
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE, NUMBERS]}, 0, finish=True)
    flag = text_item.release.rubric["red_flags"][0]["id"]
    report = reported(released(handed_in, interviewer, text_item, [PURPOSE, CHAIN, "cost", flag]))
    found = self_assessments.attach(report)
    assert found
    assert (found.points, found.reviewed, found.max_points) == (3, 4, 10)
    [compared] = found.answers
    describe = {entry["id"]: entry["describe"] for entry in text_item.release.rubric["criteria"]}
    assert compared.only_own == [describe[NUMBERS]]
    assert compared.only_reviewed == [describe[CHAIN], describe["cost"]]
    assert (compared.apart, compared.agrees) == (3, False)
    assert [entry.item.compared for entry in report.items] == [compared, None]


def test_two_who_agree_differ_on_nothing(
    opened: SelfAssessment, candidate: User, text_item: Item, handed_in: Interview, interviewer: User
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0)
    found = self_assessments.attach(reported(released(handed_in, interviewer, text_item, [PURPOSE])))
    assert found
    assert (found.points, found.reviewed, found.answers[0].agrees) == (1, 1, True)


def test_where_nothing_was_marked_there_is_no_difference(
    opened: SelfAssessment, text_item: Item, handed_in: Interview, interviewer: User
) -> None:
    assert self_assessments.attach(reported(released(handed_in, interviewer, text_item, [PURPOSE]))) is None


def test_before_the_release_no_report_has_it(
    opened: SelfAssessment, candidate: User, text_item: Item, handed_in: Interview, interviewer: User
) -> None:
    save(opened, candidate, {text_item.pk: [PURPOSE]}, 0, finish=True)
    review = claim_review(handed_in, interviewer)
    report = make_report(whole(handed_in), review)
    assert self_assessments.attach(report) is None
    assert [entry.item.compared for entry in report.items] == [None, None]


def test_it_changes_no_points(
    opened: SelfAssessment, candidate: User, text_item: Item, handed_in: Interview, interviewer: User
) -> None:
    everything = [entry["id"] for entry in text_item.release.rubric["criteria"]]
    save(opened, candidate, {text_item.pk: everything}, 0, finish=True)
    report = reported(released(handed_in, interviewer, text_item, [PURPOSE]))
    assert (report.reviewed, report.points) == (1, 1 + report.automatic)
