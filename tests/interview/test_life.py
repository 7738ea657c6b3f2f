"""The life of an interview as a state machine: whatever happens in whatever order, its truths hold.

The rules are what people and processes do: one candidate with two tabs, an admin, an interviewer, a worker, the tick, a
clock that moves. A rule may be refused, and then nothing may have changed. After every step the invariants are read
from Postgres; most of them are constraints or triggers there as well, and the last rules try to get around those.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
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
from interview.services.interview import close_due, finalise_due, hand_in, start_interview
from interview.services.practice import pause, rehearse, resume
from interview.services.review import claim_review, mark_item, release_review
from interview.services.stage import go_on
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, result_for, right_choices
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

    @initialize(which=st.integers(0, 1), strict=st.sampled_from([True, True, True, False]))
    def start(self, which: int, strict: bool) -> None:
        if strict:
            started = start_interview(self.people["candidate"], self.templates[which])
        else:
            started = rehearse(self.people["candidate"], self.templates[which], Reveal.END)
        self.pk, self.strict = started.pk, strict
        self.code = started.items.get(release__kind="coding").position

    # What the rules work with

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def interview(self) -> Interview:
        return Interview.objects.get(pk=self.pk)

    def item(self, position: int) -> Item:
        return Item.objects.select_related("interview", "release").get(interview=self.pk, position=position)

    def beside(self, offset: int) -> int:
        """A position in the present stage, or right before or after its beginning."""
        return min(max(stages.present(self.interview, self.now).first + offset, 1), 4)

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

    # The candidate

    @rule(offset=BESIDE, text=st.sampled_from(["one", "two"]), stale=st.sampled_from([0, 0, 0, 1]))
    def save(self, offset: int, text: str, stale: int) -> None:
        """A tab that knows the newest revision, or one that does not."""
        item = self.item(self.beside(offset))
        draft = Draft.objects.filter(item=item).first()
        may = self.may_write(item, draft=True)
        with self.refusable():
            save_draft(item, answer_to(item, text), max((draft.revision if draft else 0) - stale, 0))
            assert may

    @rule(kind=st.sampled_from([SubmissionKind.RUN, SubmissionKind.SUBMIT]), text=st.sampled_from("ab"))
    def hand_over(self, kind: SubmissionKind, text: str) -> None:
        item = self.item(self.code)
        may = self.may_write(item, draft=False)
        with self.refusable():
            submit(item, kind, answer_to(item, text))
            assert may

    def may_write(self, item: Item, *, draft: bool) -> bool:
        """By the clock alone, whatever the tick has done so far."""
        sitting, now = self.interview, self.now
        open_ = sitting.takes_drafts(now) if draft else sitting.takes_work(now)
        here = stages.present(sitting, now).standing(item.position) == "here"
        return open_ and (here or (draft and stages.flushes(sitting, item.position, now)))

    @rule()
    def take_back(self) -> None:
        before = Submission.objects.filter(withdrawn_at=None).count()
        stopped = stop(self.item(self.code))
        assert stopped or Submission.objects.filter(withdrawn_at=None).count() == before

    @rule(offset=BESIDE)
    def press_go_on(self, offset: int) -> None:
        stage = stages.present(self.interview, self.now)
        position = min(max((stage.last or stage.first) + offset, 1), 4)
        with self.refusable():
            assert go_on(self.item(position)) == (stage.last or 0) + 1

    @precondition(lambda self: self.seen.get("steps", 0) > 12)  # or little would ever run to its zero
    @rule()
    def finish(self) -> None:
        was_open = self.interview.is_open(self.now)
        with self.refusable():
            hand_in(self.interview, self.people["candidate"])
            assert was_open

    @precondition(lambda self: not self.strict or self.seen["steps"] % 4 == 0)
    @rule(turn=st.sampled_from([pause, resume]))
    def turn_the_clock(self, turn: Callable[[Interview], None]) -> None:
        with self.refusable():
            turn(self.interview)
            assert self.interview.mode == Mode.PRACTICE

    # Time, and what runs by itself

    @rule(seconds=STEPS)
    def wait(self, seconds: int) -> None:
        self.clock.shift(timedelta(seconds=seconds))

    @precondition(lambda self: self.interview.closed_at is None)
    @rule(after=st.sampled_from([timedelta(0), timedelta(seconds=1), GRACE, GRACE + timedelta(seconds=1)]))
    def wait_for_the_next_zero(self, after: timedelta) -> None:
        """To the very moment at which something is due, or just after it."""
        sitting = self.interview
        if sitting.deadline_at:
            due = sitting.deadline_at - (sitting.reserved or timedelta(0)) + after
            self.clock.move_to(max(due, self.now))

    @precondition(lambda self: self.interview.closed_at is not None)
    @rule()
    def wait_for_a_day(self) -> None:
        self.clock.shift(settings.REOPEN_WITHIN)

    @rule()
    def tick(self) -> None:
        close_due()
        finalise_due()
        sitting = self.interview
        assert sitting.closed_at or sitting.deadline_at is None or sitting.is_open(self.now)
        assert not list(stages.expiries(sitting, self.now))
        if sitting.close_reason == CloseReason.TIME_UP and self.now > sitting.deadline_at + GRACE:
            assert sitting.finalised_at

    @rule(data=st.data())
    def work(self, data: st.DataObject) -> None:
        """A worker claims something, or finishes something that it claimed before, possibly too late."""
        unfinished = list(Grading.objects.filter(state__in=UNFINISHED).order_by("queued_at"))
        if not unfinished:
            return
        grading = data.draw(st.sampled_from(unfinished))
        if grading.state == GradingState.QUEUED:
            assert gradings.claim(grading.pk)
        else:
            assert gradings.record(grading, result_for(grading))

    # The admin and the interviewer

    @rule(minutes=st.integers(1, 3))
    def give_time(self, minutes: int) -> None:
        before, now = self.interview, self.now
        with self.refusable():
            row = grant(before, minutes, "The fire alarm.", self.people["admin"])
            after = self.interview
            assert after.is_open(now)
            assert after.time_left(now) >= timedelta(minutes=minutes)
            assert row.reopened == (before.closed_at is not None)
            assert before.close_reason in {"", CloseReason.TIME_UP}

    @precondition(lambda self: self.seen["steps"] % 3 == 0)
    @rule()
    def claim(self) -> None:
        with self.refusable():
            claim_review(self.interview, self.people["interviewer"])

    @precondition(lambda self: Review.objects.exists())
    @rule()
    def release(self) -> None:
        review = Review.objects.get()
        with self.refusable():
            for item in self.interview.items.all():
                mark_item(review, item, [], "Read it again.")
            release_review(review, "no", "Too short.", "Write more.")

    # Whoever writes past the services meets the database

    @rule()
    def refused_by_the_database(self) -> None:
        sitting = self.interview
        row = Interview.objects.filter(pk=self.pk)
        wrong: list[dict[str, Any]] = [{"released_at": self.now}] if sitting.finalised_at is None else []
        if sitting.closed_at is None:
            wrong.append({"finalised_at": self.now})
            wrong.append({"closed_at": self.now})
        elif sitting.close_reason == CloseReason.HANDED_IN or Review.objects.exists():
            wrong.append({"closed_at": None, "close_reason": "", "finalised_at": None, "released_at": None})
        if sitting.mode == Mode.STRICT:
            wrong.append({"remaining_seconds": 60.0, "deadline_at": None})
        for change in wrong:
            with pytest.raises(DatabaseError), transaction.atomic():
                row.update(**change)

    # What always holds

    @invariant()
    def steps_are_counted(self) -> None:
        self.seen["steps"] = self.seen.get("steps", 0) + 1

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
        assert ends - told.count(EventKind.REOPENED) == (1 if self.interview.closed_at else 0)
        assert told.count(EventKind.GRANTED_TIME) == ExtraTime.objects.count()
        assert told.count(EventKind.REOPENED) == ExtraTime.objects.filter(reopened=True).count()


def answer_to(item: Item, text: str) -> dict[str, Any]:
    if item.release.is_keyed:
        return right_choices(item) if text == "one" else {"choices": {}}
    return code_answer(item, f"# {text}\n") if item.release.starter else {"text": text}


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_the_truths_of_an_interview_hold(
    bank: None, candidate: User, admin: User, interviewer: User
) -> None:
    templates = [
        composed(sections, asked=asked, slug=f"life-{number}")
        for number, (sections, asked) in enumerate((FREE_FIRST, ONE_WAY_FIRST))
    ]
    people = {"candidate": candidate, "admin": admin, "interviewer": interviewer}
    run_state_machine_as_test(
        lambda: Life(people, templates),
        settings=hypothesis_settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate, Phase.shrink],  # explaining costs minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
