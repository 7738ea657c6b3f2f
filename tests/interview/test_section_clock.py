"""The clock of a one-way section: what it shows, what it locks, and where it leads, by services, pages and API."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import InterviewClosed, QuestionAhead, QuestionPassed
from interview.models import Interview, Item, Presence, Question, Section, Slot, Template, User
from interview.models.event import EventKind
from interview.models.interview import CloseReason, Reveal
from interview.models.presence import Recorded
from interview.models.submission import SubmissionKind
from interview.models.template import Navigation, TemplateState
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.services.accommodation import accommodate
from interview.services.draft import save_draft
from interview.services.interview import close_due, finalise_due, hand_in, start_interview
from interview.services.practice import pause, rehearse, resume
from interview.services.stage import go_on
from interview.services.submission import submit
from tests.interview.conftest import code_answer

SignIn = Callable[[User], Client]
FREE, ONE_WAY = Navigation.FREE, Navigation.ONE_WAY
GRACE = settings.DRAFT_GRACE
SECOND = timedelta(seconds=1)
SLUGS = ("explain-backpropagation", "five-levers", "adam-or-sgd", "stable-softmax")

#: Two questions free in 20 minutes, two one way in 10, one code question one way in 15.
MIXED = ((FREE, 20, 2), (ONE_WAY, 10, 1), (ONE_WAY, 15, 1))
#: One way from the start: two questions in 10 minutes, one in 20, one in 15.
STRICTLY = ((ONE_WAY, 10, 2), (ONE_WAY, 20, 1), (ONE_WAY, 15, 1))
#: A one-way section before a free one.
FREE_LAST = ((ONE_WAY, 10, 2), (FREE, 20, 2))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def composed(
    sections: Sequence[tuple[Navigation, int, int]],
    overall: int | None = None,
    asked: Sequence[str] = SLUGS,
    slug: str = "clocks",
) -> Template:
    template = Template.objects.create(
        slug=slug, title="Clocks", summary="x", state=TemplateState.ACTIVE, overall_minutes=overall
    )
    slugs = iter(asked)
    for position, (navigation, length, count) in enumerate(sections):
        section = Section.objects.create(
            template=template,
            position=position,
            title=f"Part {position + 1}",
            minutes=length,
            navigation=navigation,
        )
        for index in range(count):
            Slot.objects.create(
                section=section, position=index, question=Question.objects.get(slug=next(slugs))
            )
    return template


@pytest.fixture
def zero() -> datetime:
    """When the interviews of these tests start."""
    return timezone.now()


@pytest.fixture
def mixed(bank: None, candidate: User, zero: datetime) -> Interview:
    return start_interview(candidate, composed(MIXED), zero)


@pytest.fixture
def strictly(bank: None, candidate: User, zero: datetime) -> Interview:
    return start_interview(candidate, composed(STRICTLY), zero)


def item(interview: Interview, position: int) -> Item:
    return interview.items.select_related("interview").get(position=position)


def kinds(interview: Interview) -> list[str]:
    return [event.kind for event in interview.events.all()]


def stored(interview: Interview) -> Interview:
    interview.refresh_from_db()
    return interview


# What a section's clock says


def test_a_free_section_has_no_clock_of_its_own(mixed: Interview, zero: datetime) -> None:
    assert stages.section_left(mixed, zero) is None
    assert mixed.time_left(zero) == minutes(45)


def test_a_one_way_section_starts_its_clock_when_it_is_entered(mixed: Interview, zero: datetime) -> None:
    go_on(item(mixed, 2), zero + minutes(12))
    stored(mixed)
    assert stages.section_left(mixed, zero + minutes(12)) == minutes(10)
    assert stages.section_left(mixed, zero + minutes(15)) == minutes(7)


def test_the_clock_spans_all_questions_of_its_section(strictly: Interview, zero: datetime) -> None:
    go_on(item(strictly, 1), zero + minutes(4))
    assert stages.section_left(stored(strictly), zero + minutes(4)) == minutes(6)


def test_the_last_section_has_the_clock_of_the_interview(strictly: Interview, zero: datetime) -> None:
    for position in (1, 2, 3):
        go_on(item(strictly, position), zero)
    assert stages.section_left(stored(strictly), zero) is None
    assert strictly.time_left(zero) == minutes(15)


def test_time_left_unused_before_sections_with_clocks_is_cut_off(mixed: Interview, zero: datetime) -> None:
    go_on(item(mixed, 2), zero + minutes(5))
    assert stored(mixed).time_left(zero + minutes(5)) == minutes(25)


def test_time_left_unused_before_a_free_section_is_kept(bank: None, candidate: User, zero: datetime) -> None:
    sitting = start_interview(candidate, composed(FREE_LAST), zero)
    go_on(item(sitting, 1), zero + minutes(1))
    go_on(item(sitting, 2), zero + minutes(2))
    assert stored(sitting).time_left(zero + minutes(2)) == minutes(28)
    assert stages.section_left(sitting, zero + minutes(2)) is None


def test_a_section_that_would_outlast_the_interview_has_no_clock_of_its_own(
    bank: None, candidate: User, zero: datetime
) -> None:
    sitting = start_interview(candidate, composed(FREE_LAST, overall=8), zero)
    assert stages.section_left(sitting, zero) is None
    assert sitting.time_left(zero) == minutes(8)


def test_extra_time_of_a_person_reaches_every_clock(
    bank: None, candidate: User, admin: User, zero: datetime
) -> None:
    accommodate(candidate, Decimal("1.5"), "Agreed.", admin)
    sitting = start_interview(candidate, composed(STRICTLY), zero)
    assert sitting.time_left(zero) == minutes(15 + 30 + 23)
    assert stages.section_left(sitting, zero) == minutes(15)


# Its zero


def test_at_its_zero_the_section_locks_and_the_next_begins_without_a_browser(
    strictly: Interview, zero: datetime
) -> None:
    assert close_due(zero + minutes(10) - SECOND) == 0
    assert stored(strictly).reached == 1
    assert close_due(zero + minutes(10)) == 0
    assert stored(strictly).reached == 3
    assert (strictly.expired_at, strictly.expired_position) == (zero + minutes(10), 1)
    assert stages.section_left(strictly, zero + minutes(10)) == minutes(20)
    assert kinds(strictly) == [EventKind.STARTED, EventKind.SECTION_TIME_UP]


def test_two_ticks_tell_the_story_once(strictly: Interview, zero: datetime) -> None:
    close_due(zero + minutes(10))
    close_due(zero + minutes(10))
    assert kinds(strictly) == [EventKind.STARTED, EventKind.SECTION_TIME_UP]


def test_past_its_zero_it_reads_as_locked_whatever_the_row_says(
    bank: None, candidate: User, zero: datetime
) -> None:
    sitting = start_interview(candidate, composed(FREE_LAST, asked=SLUGS[::-1]), zero)
    late = zero + minutes(10)
    code = item(sitting, 1)
    assert submit(code, SubmissionKind.SUBMIT, code_answer(code), late - SECOND)
    assert stages.present(sitting, late).first == 3
    with pytest.raises(QuestionPassed):
        submit(code, SubmissionKind.SUBMIT, code_answer(code), late)
    assert stored(sitting).reached == 1


def test_a_server_that_slept_ends_every_section_at_its_own_time(strictly: Interview, zero: datetime) -> None:
    asleep_until = zero + minutes(33)
    assert stages.present(strictly, asleep_until).first == 4
    close_due(asleep_until)
    assert (stored(strictly).reached, strictly.expired_at) == (4, zero + minutes(30))
    assert strictly.time_left(asleep_until) == minutes(12)
    assert kinds(strictly)[1:] == [EventKind.SECTION_TIME_UP] * 2


def test_a_server_that_slept_through_everything_closes_at_the_deadline(
    strictly: Interview, zero: datetime
) -> None:
    assert close_due(zero + minutes(600)) == 1
    assert (stored(strictly).closed_at, strictly.close_reason) == (zero + minutes(45), CloseReason.TIME_UP)
    assert kinds(strictly)[1:] == [EventKind.SECTION_TIME_UP] * 2 + [EventKind.TIME_UP]


def test_after_the_last_section_the_interview_closes(mixed: Interview, zero: datetime) -> None:
    for position, at in ((2, 1), (3, 2)):
        go_on(item(mixed, position), zero + minutes(at))
    assert close_due(zero + minutes(17) - SECOND) == 0
    assert close_due(zero + minutes(17)) == 1
    assert stored(mixed).closed_at == zero + minutes(17)


def test_before_the_last_section_the_clock_of_the_interview_may_end_it(
    bank: None, candidate: User, zero: datetime
) -> None:
    sitting = start_interview(candidate, composed(STRICTLY, overall=15), zero)
    assert close_due(zero + minutes(15)) == 1
    assert (stored(sitting).reached, sitting.closed_at) == (3, zero + minutes(15))


# Drafts around it


def test_the_last_draft_of_the_question_that_was_open_may_come_within_the_grace(
    strictly: Interview, zero: datetime
) -> None:
    late = zero + minutes(10) + GRACE
    assert save_draft(item(strictly, 1), {"text": "Just in time."}, 0, late).revision == 1
    close_due(zero + minutes(10))
    assert save_draft(item(strictly, 1), {"text": "And once more."}, 1, late).revision == 2


@pytest.mark.parametrize("ticked", [True, False])
def test_after_the_grace_its_draft_is_refused(strictly: Interview, zero: datetime, ticked: bool) -> None:
    if ticked:
        close_due(zero + minutes(10))
    too_late = zero + minutes(10) + GRACE + timedelta(milliseconds=1)
    with pytest.raises(QuestionPassed, match="or the time of its section was over"):
        save_draft(item(strictly, 1), {"text": "late"}, 0, too_late)


def test_a_question_that_was_never_opened_gets_no_grace(strictly: Interview, zero: datetime) -> None:
    with pytest.raises(QuestionPassed):
        save_draft(item(strictly, 2), {"text": "never seen"}, 0, zero + minutes(10))


def test_the_next_section_takes_drafts_at_once(strictly: Interview, zero: datetime) -> None:
    assert save_draft(item(strictly, 3), {"text": "new"}, 0, zero + minutes(10)).revision == 1
    with pytest.raises(QuestionAhead):
        save_draft(item(strictly, 4), code_answer(item(strictly, 4)), 0, zero + minutes(10))


def test_going_on_at_once_does_not_take_the_grace_away(strictly: Interview, zero: datetime) -> None:
    at_zero = zero + minutes(10)
    go_on(item(strictly, 3), at_zero + SECOND)
    assert save_draft(item(strictly, 1), {"text": "Just in time."}, 0, at_zero + GRACE).revision == 1


def test_what_was_flushed_in_the_grace_counts_in_the_end(strictly: Interview, zero: datetime) -> None:
    save_draft(item(strictly, 1), {"text": "Just in time."}, 0, zero + minutes(10) + GRACE)
    close_due(zero + minutes(45))
    finalise_due(zero + minutes(46))
    counting = items.counting_submission(item(strictly, 1))
    assert counting
    assert counting.answer == {"text": "Just in time."}


# Races


def test_going_on_that_comes_with_the_zero_goes_one_step_and_not_two(
    strictly: Interview, zero: datetime
) -> None:
    at_zero = zero + minutes(10)
    go_on(item(strictly, 1), at_zero - SECOND)
    with pytest.raises(QuestionPassed):
        go_on(item(strictly, 2), at_zero)
    close_due(at_zero)
    assert stored(strictly).reached == 3


def test_going_on_right_before_the_zero_leaves_nothing_for_the_tick(
    strictly: Interview, zero: datetime
) -> None:
    before = zero + minutes(10) - SECOND
    go_on(item(strictly, 1), before)
    go_on(item(strictly, 2), before)
    close_due(zero + minutes(10))
    assert (stored(strictly).reached, strictly.expired_at) == (3, None)
    assert stages.section_left(strictly, zero + minutes(10)) == minutes(20) - SECOND


def test_handing_in_past_the_zero_of_a_section_tells_that_it_was_over(
    strictly: Interview, candidate: User, zero: datetime
) -> None:
    hand_in(strictly, candidate, zero + minutes(11))
    assert kinds(strictly) == [EventKind.STARTED, EventKind.SECTION_TIME_UP, EventKind.HANDED_IN]


def test_going_on_after_everything_is_refused(strictly: Interview, zero: datetime) -> None:
    with pytest.raises(InterviewClosed):
        go_on(item(strictly, 4), zero + minutes(45))


# Practice


def test_pausing_keeps_what_is_left_of_both_clocks(bank: None, candidate: User, zero: datetime) -> None:
    sitting = rehearse(candidate, composed(STRICTLY), Reveal.END, zero)
    pause(sitting, zero + minutes(4))
    stored(sitting)
    much_later = zero + minutes(500)
    assert (sitting.time_left(much_later), stages.section_left(sitting, much_later)) == (
        minutes(41),
        minutes(6),
    )
    resume(sitting, much_later)
    stored(sitting)
    assert (sitting.time_left(much_later), stages.section_left(sitting, much_later)) == (
        minutes(41),
        minutes(6),
    )
    close_due(much_later + minutes(6))
    assert stored(sitting).reached == 3


def test_a_section_that_ran_out_unnoticed_is_over_when_practice_pauses(
    bank: None, candidate: User, zero: datetime
) -> None:
    sitting = rehearse(candidate, composed(STRICTLY), Reveal.END, zero)
    pause(sitting, zero + minutes(12))
    assert (stored(sitting).reached, stages.section_left(sitting)) == (3, minutes(18))


# What the database keeps


@pytest.mark.parametrize(
    "change",
    [
        {"reserved": timedelta(0)},
        {"expired_position": 1},
        {"expired_at": "2099-01-01T00:00:00Z"},
        {"expired_at": "2099-01-01T00:00:00Z", "expired_position": 1},
        {"closed_at": "2099-01-01T00:00:00Z", "close_reason": "time_up"},
    ],
)
def test_the_database_refuses_clocks_that_contradict_each_other(
    strictly: Interview, change: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Interview.objects.filter(pk=strictly.pk).update(**change)


# Pages and API


def test_the_api_tells_both_clocks_and_where_the_stage_begins(
    sign_in: SignIn, candidate: User, strictly: Interview, zero: datetime
) -> None:
    web = sign_in(candidate)
    with time_machine.travel(zero + minutes(4), tick=False):
        clock = web.get(reverse("api:clock", args=[strictly.pk])).json()
    assert (clock["seconds_left"], clock["section_seconds_left"], clock["first_open"]) == (41 * 60, 6 * 60, 1)
    with time_machine.travel(zero + minutes(10), tick=False):
        clock = web.get(reverse("api:clock", args=[strictly.pk])).json()
    assert (clock["section_seconds_left"], clock["first_open"]) == (20 * 60, 3)


def test_the_page_shows_both_clocks(
    sign_in: SignIn, candidate: User, strictly: Interview, zero: datetime
) -> None:
    with time_machine.travel(zero + minutes(4), tick=False):
        shown = page(sign_in(candidate).get(reverse("item", args=[strictly.pk, 1])))
    assert "Time left in the section “Part 1”" in shown
    assert "<span data-clock-figures>6:00</span>" in shown
    assert "<span data-clock-overall>41:00</span>" in shown


def test_a_free_section_tells_what_was_spent_of_its_minutes_beside_the_clock(
    sign_in: SignIn, candidate: User, mixed: Interview, zero: datetime
) -> None:
    for number, (position, began) in enumerate(((1, 0), (2, 3), (3, 8)), start=1):
        Presence.objects.create(
            interview=mixed,
            item=item(mixed, position),
            kind=Recorded.VIEW,
            began_at=zero + minutes(began),
            ended_at=zero + minutes(began + number),
        )
    with time_machine.travel(zero + minutes(12), tick=False):
        shown = page(sign_in(candidate).get(reverse("item", args=[mixed.pk, 2])))
    assert "<span data-clock-figures>33:00</span>" in shown
    assert 'data-clock-spent="180.0">3</span> of 20 min' in shown


def test_a_section_with_a_clock_has_no_other_count_beside_it(
    sign_in: SignIn, candidate: User, strictly: Interview
) -> None:
    assert "data-clock-spent" not in page(sign_in(candidate).get(reverse("item", args=[strictly.pk, 1])))


def test_practice_does_not_count_what_is_spent(sign_in: SignIn, candidate: User, bank: None) -> None:
    sitting = rehearse(candidate, composed(MIXED), Reveal.END)
    assert "data-clock-spent" not in page(sign_in(candidate).get(reverse("item", args=[sitting.pk, 1])))


def test_the_address_of_an_interview_leads_to_the_section_that_runs(
    sign_in: SignIn, candidate: User, strictly: Interview, zero: datetime
) -> None:
    with time_machine.travel(zero + minutes(10), tick=False):
        answer = sign_in(candidate).get(reverse("interview", args=[strictly.pk]))
    assert answer.headers["location"] == reverse("item", args=[strictly.pk, 3])


def test_a_locked_question_says_that_its_time_was_over(
    sign_in: SignIn, candidate: User, strictly: Interview, zero: datetime
) -> None:
    with time_machine.travel(zero + minutes(10), tick=False):
        answer = sign_in(candidate).get(reverse("item", args=[strictly.pk, 1]))
    assert answer.status_code == 409
    assert "or the time of this section was over" in page(answer)


def test_the_clocks_are_told_before_the_start(sign_in: SignIn, candidate: User, bank: None) -> None:
    template = composed(MIXED)
    shown = page(sign_in(candidate).get(reverse("interview_start", args=[template.slug])))
    assert "Some sections have a clock of their own" in shown
    assert "10 min, 1 question, one way, on its own clock" in shown
    assert "20 min, 2 questions" in shown


def test_before_leaving_a_section_the_page_says_what_becomes_of_its_time(
    sign_in: SignIn, candidate: User, strictly: Interview, zero: datetime
) -> None:
    go_on(item(strictly, 1), zero + minutes(1))
    with time_machine.travel(zero + minutes(4), tick=False):
        shown = page(sign_in(candidate).get(reverse("interview_go_on", args=[strictly.pk, 2])))
    assert "This section has 6 minutes left, and none of it is carried over" in shown
    assert "“Part 2” has 20 minutes" in shown
