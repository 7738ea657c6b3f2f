"""The life of an interview as a state machine: whatever happens in whatever order, its truths hold.

The rules are what people and processes do: one candidate with two tabs, an admin, an interviewer, a worker, the tick, a
clock that moves. A rule may be refused, and then nothing may have changed. After every step the invariants are read
from Postgres; most of them are constraints or triggers there as well, and the last rules try to get around those.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from interview.exceptions import InterviewError
from interview.models import (
    Draft,
    Event,
    ExtraTime,
    Grading,
    Interview,
    Item,
    Review,
    Submission,
    Template,
    User,
)
from interview.models.event import EventKind
from interview.models.grading import UNFINISHED, GradingState
from interview.models.interview import CloseReason, Mode, Reveal
from interview.models.submission import SubmissionKind
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.services import grading as gradings
from interview.services.draft import save_draft
from interview.services.extra_time import grant
from interview.services.interview import close_due, finalise_due, hand_in, start_interview, take_up_again
from interview.services.practice import pause, rehearse, resume
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.stage import go_on
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, concluded, result_for, right_choices
from tests.interview.test_section_clock import FREE, ONE_WAY, composed

#: A digest of each table that a refusal must leave alone.
DIGEST = """
SELECT
    (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM interview_interview t),
    (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM interview_draft t),
    (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM interview_submission t),
    (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM interview_grading t),
    (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM interview_review t),
    (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM interview_extratime t),
    (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM interview_event t)
"""
START = datetime(2030, 1, 1, tzinfo=UTC)
GRACE = settings.DRAFT_GRACE
#: Every kind of clock, and answers of every kind that is settled apart: code, text, picks.
FREE_FIRST = (
    ((FREE, 4, 2), (ONE_WAY, 2, 1), (ONE_WAY, 3, 1)),
    ("stable-softmax", "explain-backpropagation", "five-levers", "normalization-and-modes"),
)
ONE_WAY_FIRST = (
    ((ONE_WAY, 2, 2), (ONE_WAY, 2, 1), (FREE, 3, 1)),
    ("five-levers", "explain-backpropagation", "normalization-and-modes", "stable-softmax"),
)
#: Seconds by which the clock moves: within a grace, around it, within a section and over it.
STEPS = st.sampled_from([1, 5, 6, 60, 121])
#: What happens, so often: most of a life is writing and waiting.
ACTIONS = [
    *["save"] * 5,
    *["wait_for_zero"] * 4,
    *["tick"] * 4,
    *["give_time"] * 3,
    *["wait", "hand_over", "press_go_on", "work", "claim"] * 2,
    "take_back",
    "finish",
    "take_up",
    "turn_the_clock",
    "wait_for_a_day",
    "release",
    "write_past_the_services",
]
BESIDE = st.sampled_from([0, 0, 0, 1, -1])  # from the present stage


class Life(RuleBasedStateMachine):
    """A strict interview or a rehearsal of one candidate, from start to release."""

    def __init__(self, people: dict[str, User], templates: list[Template]) -> None:
        super().__init__()
        self.people, self.templates = people, templates
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.time = time_machine.travel(START, tick=False)
        self.clock = self.time.start()
        self.seen: dict[str, Any] = {}

    def teardown(self) -> None:
        self.time.stop()
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # What the rules work with

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def interview(self) -> Interview:
        return Interview.objects.get(pk=self.pk)

    def item(self, position: int) -> Item:
        return Item.objects.select_related("interview", "release").get(interview=self.pk, position=position)

    def beside(self, data: st.DataObject) -> int:
        """The first position of the present stage, or one beside it."""
        return within(stages.present(self.interview, self.now).first + data.draw(BESIDE))

    def rows(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(DIGEST)
            return cursor.fetchone()

    @contextmanager
    def refusable(self) -> Iterator[None]:
        """What is done inside may be refused; a refusal changes nothing."""
        before = self.rows()
        try:
            yield
        except InterviewError:
            assert self.rows() == before

    @initialize(which=st.integers(0, 1), strict=st.sampled_from([True, True, True, False]))
    def start(self, which: int, strict: bool) -> None:
        if strict:
            started = start_interview(self.people["candidate"], self.templates[which])
        else:
            started = rehearse(self.people["candidate"], self.templates[which], Reveal.END)
        self.pk = started.pk
        self.code = started.items.get(release__kind="coding").position

    @rule(action=st.sampled_from(ACTIONS), data=st.data())
    def something_happens(self, action: str, data: st.DataObject) -> None:
        """One rule for all, so that every life has every chance: rules of their own are switched off by halves."""
        getattr(self, action)(data)

    # The candidate

    def save(self, data: st.DataObject) -> None:
        """In a tab that knows the newest revision, or in one that does not."""
        item = self.item(self.beside(data))
        draft = Draft.objects.filter(item=item).first()
        revision = (draft.revision if draft else 0) - data.draw(st.sampled_from([0, 0, 0, 1]))
        answer = answer_to(item, data.draw(st.sampled_from(["one", "two"])))
        may = self.may_write(item, draft=True)
        with self.refusable():
            save_draft(item, answer, max(revision, 0))
            assert may

    def hand_over(self, data: st.DataObject) -> None:
        item = self.item(self.code)
        kind = data.draw(st.sampled_from([SubmissionKind.RUN, SubmissionKind.SUBMIT]))
        may = self.may_write(item, draft=False)
        with self.refusable():
            submit(item, kind, answer_to(item, "handed over"))
            assert may

    def may_write(self, item: Item, *, draft: bool) -> bool:
        """By the clock alone, whatever the tick has done so far."""
        sitting, now = self.interview, self.now
        open_ = sitting.takes_drafts(now) if draft else sitting.takes_work(now)
        here = stages.present(sitting, now).standing(item.position) == "here"
        return open_ and (here or (draft and stages.flushes(sitting, item.position, now)))

    def take_back(self, _: st.DataObject) -> None:
        before = Submission.objects.filter(withdrawn_at=None).count()
        stopped = stop(self.item(self.code))
        assert stopped or Submission.objects.filter(withdrawn_at=None).count() == before

    def press_go_on(self, data: st.DataObject) -> None:
        stage = stages.present(self.interview, self.now)
        position = within((stage.last or stage.first) + data.draw(BESIDE))
        with self.refusable():
            assert go_on(self.item(position)) == (stage.last or 0) + 1

    def finish(self, _: st.DataObject) -> None:
        was_open = self.interview.is_open(self.now)
        with self.refusable():
            hand_in(self.interview, self.people["candidate"])
            assert was_open

    def take_up(self, _: st.DataObject) -> None:
        before = self.interview
        with self.refusable():
            take_up_again(before)
            assert before.close_reason == CloseReason.HANDED_IN
            assert self.interview.is_open(self.now)

    def turn_the_clock(self, _: st.DataObject) -> None:
        before = self.interview
        with self.refusable():
            (resume if before.is_paused else pause)(before)
            assert before.mode == Mode.PRACTICE

    # Time, and what runs by itself

    def wait(self, data: st.DataObject) -> None:
        self.clock.shift(timedelta(seconds=data.draw(STEPS)))

    def wait_for_zero(self, data: st.DataObject) -> None:
        """To the very moment at which something is due, or right after it, or until all grace is over."""
        sitting = self.interview
        if sitting.deadline_at and not sitting.closed_at:
            after = data.draw(st.sampled_from([0, 5, 6, 30]))
            due = sitting.deadline_at - (sitting.reserved or timedelta(0)) + timedelta(seconds=after)
            self.clock.move_to(max(due, self.now))

    def wait_for_a_day(self, _: st.DataObject) -> None:
        if self.interview.closed_at:
            self.clock.shift(settings.REOPEN_WITHIN)

    def tick(self, _: st.DataObject) -> None:
        close_due()
        finalise_due()
        sitting = self.interview
        assert sitting.closed_at or sitting.deadline_at is None or sitting.is_open(self.now)
        assert not list(stages.expiries(sitting, self.now))
        if sitting.close_reason == CloseReason.TIME_UP and self.now > sitting.deadline_at + GRACE:
            assert sitting.finalised_at

    def work(self, data: st.DataObject) -> None:
        """A worker claims something, or finishes something that it claimed before, possibly too late."""
        unfinished = list(Grading.objects.filter(state__in=UNFINISHED).order_by("queued_at", "pk"))
        if not unfinished:
            return
        grading = data.draw(st.sampled_from(unfinished))
        if grading.state == GradingState.QUEUED:
            assert gradings.claim(grading.pk)
        else:
            assert gradings.record(grading, result_for(grading))

    # The admin and the interviewer

    def give_time(self, data: st.DataObject) -> None:
        before, now, minutes = self.interview, self.now, data.draw(st.integers(1, 3))
        with self.refusable():
            row = grant(before, minutes, "The fire alarm.", self.people["admin"])
            after = self.interview
            assert after.is_open(now)
            assert after.time_left(now) >= timedelta(minutes=minutes)
            assert row.reopened == (before.closed_at is not None)
            assert before.close_reason in {"", CloseReason.TIME_UP}

    def claim(self, _: st.DataObject) -> None:
        with self.refusable():
            claim_review(self.interview, self.people["interviewer"])

    def release(self, _: st.DataObject) -> None:
        review = Review.objects.first()
        if review is None:
            return
        with self.refusable(), transaction.atomic():
            for item in self.interview.items.all():
                mark_item(review, item, Judgement([], "Read it again."))
            concluded(review, "no", "Too short.", "Write more.")

    # Whoever writes past the services meets the database

    def write_past_the_services(self, _: st.DataObject) -> None:
        sitting, row = self.interview, Interview.objects.filter(pk=self.pk)
        for change in wrong_changes(sitting, self.now):
            with pytest.raises(DatabaseError), transaction.atomic():
                row.update(**change)

    # What always holds

    @invariant()
    def a_clock_runs_or_stands_or_is_over(self) -> None:
        sitting = self.interview
        assert (sitting.deadline_at is None) == sitting.is_paused
        assert not (sitting.is_paused and (sitting.closed_at or sitting.mode == Mode.STRICT))
        assert bool(sitting.close_reason) == bool(sitting.closed_at)

    @invariant()
    def past_its_time_it_is_closed_whatever_the_row_says(self) -> None:
        sitting, now = self.interview, self.now
        if sitting.deadline_at and now >= sitting.deadline_at:
            assert not sitting.is_open(now)
            assert sitting.time_left(now) == timedelta(0)
        if sitting.deadline_at and now > sitting.deadline_at + GRACE:
            assert not sitting.takes_drafts(now)

    @invariant()
    def a_section_ends_within_its_interview_and_none_that_is_over_is_open(self) -> None:
        sitting, now = self.interview, self.now
        left = stages.section_left(sitting, now)
        assert left is None or timedelta(0) <= left <= sitting.time_left(now) or not sitting.is_open(now)
        if sitting.is_open(now) and left is not None:
            assert left > timedelta(0)

    @invariant()
    def nobody_goes_back(self) -> None:
        first = stages.present(self.interview, self.now).first
        assert first >= self.seen.get("first", 1)
        self.seen["first"] = first

    @invariant()
    def revisions_only_grow(self) -> None:
        now = dict(Draft.objects.values_list("item", "revision"))
        before = self.seen.get("revisions", {})
        assert all(now[item] >= revision for item, revision in before.items())
        self.seen["revisions"] = now

    @invariant()
    def what_counts_is_fixed_exactly_when_it_is_finalised(self) -> None:
        sitting = self.interview
        finals = Submission.objects.filter(kind=SubmissionKind.FINAL, withdrawn_at=None)
        if sitting.finalised_at is None:
            assert not finals.exists()
            return
        whole = interviews.with_items(Interview.objects.filter(pk=self.pk)).get()
        for item in whole.items.all():
            draft, counting = items.draft_of(item), items.counting_submission(item)
            assert (counting is None) == (draft is None)
            if draft and counting and counting.kind == SubmissionKind.FINAL:
                assert counting.answer == draft.answer

    @invariant()
    def what_counts_changes_no_more_once_somebody_reads_it(self) -> None:
        if not Review.objects.exists():
            return
        fixed = list(Submission.objects.filter(withdrawn_at=None).order_by("pk").values_list("pk", "answer"))
        assert self.interview.finalised_at
        assert self.seen.setdefault("fixed", fixed) == fixed

    @invariant()
    def nothing_that_was_taken_back_is_judged_further(self) -> None:
        assert not Grading.objects.filter(
            submission__withdrawn_at__isnull=False, state__in=UNFINISHED
        ).exists()

    @invariant()
    def the_story_tells_each_end_and_each_new_beginning(self) -> None:
        told = list(Event.objects.order_by("id").values_list("kind", flat=True))
        ends = told.count(EventKind.TIME_UP) + told.count(EventKind.HANDED_IN)
        begun_again = told.count(EventKind.REOPENED) + told.count(EventKind.TOOK_UP_AGAIN)
        assert ends - begun_again == (1 if self.interview.closed_at else 0)
        assert told.count(EventKind.GRANTED_TIME) == ExtraTime.objects.count()
        assert told.count(EventKind.REOPENED) == ExtraTime.objects.filter(reopened=True).count()


def within(position: int) -> int:
    return min(max(position, 1), 4)


def wrong_changes(sitting: Interview, now: datetime) -> Iterator[dict[str, Any]]:
    """What must not be written to the row as it is."""
    again = {"closed_at": None, "close_reason": "", "finalised_at": None, "released_at": None}
    if sitting.finalised_at is None:
        yield {"released_at": now}
    if sitting.closed_at is None:
        yield from ({"finalised_at": now}, {"closed_at": now}, {"expired_position": sitting.reached})
    elif Review.objects.exists() or (sitting.close_reason == CloseReason.HANDED_IN and sitting.finalised_at):
        yield again
    if sitting.mode == Mode.STRICT:
        yield {"remaining_seconds": 60.0, "deadline_at": None}


def answer_to(item: Item, text: str) -> dict[str, Any]:
    if item.release.is_keyed:
        return right_choices(item) if text == "one" else {"choices": {}}
    return code_answer(item, f"# {text}\n") if item.release.starter else {"text": text}


@pytest.mark.django_db
@pytest.mark.parametrize("lot", range(3))  # apart, since the lives of one lot take after its first ones
def test_whatever_happens_in_whatever_order_the_truths_of_an_interview_hold(
    bank: None, candidate: User, admin: User, interviewer: User, lot: int
) -> None:
    templates = [
        composed(sections, asked=asked, slug=f"life-{number}")
        for number, (sections, asked) in enumerate((FREE_FIRST, ONE_WAY_FIRST))
    ]
    Template.objects.filter(slug="life-1").update(finish_undo=True)
    people = {"candidate": candidate, "admin": admin, "interviewer": interviewer}
    run_state_machine_as_test(
        seed(lot)(lambda: Life(people, templates)),
        settings=hypothesis_settings(
            max_examples=7,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],  # explaining costs minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
