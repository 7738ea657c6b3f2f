"""Practice: sets and rehearsals, what they show and when, marking oneself, and the wall to interviews that count."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from grader import Verdict
from interview.exceptions import (
    AnswerLocked,
    InterviewClosed,
    InterviewError,
    NotAllowed,
    NotReviewable,
    PracticeBarred,
)
from interview.models import Comment, Interview, Item, Mark, Question, Review, Template, User
from interview.models.event import EventKind
from interview.models.interview import CloseReason, InterviewStatus, Mode, Reveal
from interview.models.submission import SubmissionKind
from interview.selectors import assignment
from interview.selectors import interview as interviews
from interview.selectors import practice as practices
from interview.selectors.report import report
from interview.services.draft import save_draft
from interview.services.interview import close_due, finalise_due, hand_in, start_interview
from interview.services.practice import (
    mark_self,
    open_hint,
    pause,
    rehearse,
    resume,
    reveal_item,
    start_set,
)
from interview.services.review import claim_review
from interview.services.submission import submit
from tests.interview.conftest import code_answer, judged

TEXT = {"text": "The chain rule, backwards, over cached values."}


@pytest.fixture
def questions(bank: None) -> list[Question]:
    slugs = ("stable-softmax", "explain-backpropagation")
    return [Question.objects.get(slug=slug) for slug in slugs]


@pytest.fixture
def practice(candidate: User, questions: list[Question]) -> Interview:
    """An untimed set of one coding and one text question, answers after each."""
    return start_set(candidate, questions, Reveal.EACH)


@pytest.fixture
def rehearsal(candidate: User, template: Template) -> Interview:
    return rehearse(candidate, template, Reveal.EACH)


def item_of(interview: Interview, slug: str) -> Item:
    return interview.items.get(release__question__slug=slug)


def text_of(interview: Interview) -> Item:
    return item_of(interview, "explain-backpropagation")


def code_of(interview: Interview) -> Item:
    return item_of(interview, "stable-softmax")


def whole(interview: Interview) -> Interview:
    return interviews.with_items(Interview.objects.filter(pk=interview.pk)).get()


def events(interview: Interview) -> list[str]:
    return [event.kind for event in interview.events.all()]


# A set


def test_a_set_is_untimed_practice_without_a_template(practice: Interview) -> None:
    assert (practice.mode, practice.timed, practice.template, practice.deadline_at) == (
        Mode.PRACTICE,
        False,
        None,
        None,
    )
    assert practice.is_open(timezone.now() + timedelta(days=30))
    assert events(practice) == [EventKind.STARTED]


def test_a_set_keeps_the_chosen_order_and_is_named_after_its_area(practice: Interview) -> None:
    served = [item.release.question.slug for item in practice.items.all()]
    assert served == ["stable-softmax", "explain-backpropagation"]
    assert practice.title == practice.items.first().release.question.area.title


def test_a_set_of_several_areas_has_a_section_for_each(candidate: User, questions: list[Question]) -> None:
    Question.objects.filter(pk=questions[0].pk).update(area_id="debugging")
    chosen = list(Question.objects.filter(pk__in=[question.pk for question in questions]))
    practice = start_set(candidate, chosen, Reveal.END)
    assert practice.title == "2 questions of 2 areas"
    assert len(practice.plan["sections"]) == 2
    assert [item.section for item in practice.items.all()] == [0, 1]


def test_an_empty_set_is_not_started(candidate: User) -> None:
    with pytest.raises(InterviewError, match="no question was chosen"):
        start_set(candidate, [], Reveal.EACH)


def test_sets_may_lie_open_side_by_side(
    practice: Interview, candidate: User, questions: list[Question]
) -> None:
    second = start_set(candidate, questions[:1], Reveal.END)
    assert set(practices.under_way(candidate)) == {practice, second}


# A rehearsal and its clock


def test_a_rehearsal_runs_on_the_clock_of_its_template(candidate: User, template: Template) -> None:
    now = timezone.now()
    rehearsal = rehearse(candidate, template, Reveal.END, now)
    assert rehearsal.deadline_at == now + timedelta(minutes=45)
    assert (rehearsal.template, rehearsal.title) == (template, template.title)


def test_pausing_keeps_what_is_left_and_resuming_gives_it_back(rehearsal: Interview) -> None:
    start = rehearsal.started_at
    pause(rehearsal, start + timedelta(minutes=10))
    rehearsal.refresh_from_db()
    assert (rehearsal.deadline_at, rehearsal.remaining_seconds) == (None, 35 * 60)
    resume(rehearsal, start + timedelta(days=3))
    rehearsal.refresh_from_db()
    assert rehearsal.deadline_at == start + timedelta(days=3, minutes=35)
    assert rehearsal.remaining_seconds is None
    assert events(rehearsal) == [EventKind.STARTED, EventKind.PAUSED, EventKind.RESUMED]


def test_a_paused_rehearsal_takes_no_work(rehearsal: Interview) -> None:
    pause(rehearsal)
    with pytest.raises(InterviewClosed, match="paused"):
        save_draft(text_of(rehearsal), TEXT, 0)
    with pytest.raises(InterviewClosed, match="paused"):
        submit(code_of(rehearsal), SubmissionKind.RUN, code_answer(code_of(rehearsal)))
    with pytest.raises(InterviewClosed, match="paused"):
        reveal_item(text_of(rehearsal))


def test_a_paused_rehearsal_is_not_closed_at_its_old_deadline(rehearsal: Interview) -> None:
    deadline = rehearsal.deadline_at
    pause(rehearsal)
    assert close_due(deadline + timedelta(hours=1)) == 0


def test_a_rehearsal_closes_by_itself_at_zero(rehearsal: Interview) -> None:
    save_draft(text_of(rehearsal), TEXT, 0)
    deadline = rehearsal.deadline_at
    assert close_due(deadline) == 1
    assert finalise_due(deadline + settings.DRAFT_GRACE + timedelta(seconds=1)) == 1
    rehearsal.refresh_from_db()
    assert rehearsal.close_reason == CloseReason.TIME_UP
    assert practices.shows_answer(rehearsal, text_of(rehearsal))


def test_a_paused_rehearsal_can_be_finished(rehearsal: Interview, candidate: User) -> None:
    pause(rehearsal)
    finished = hand_in(rehearsal, candidate)
    assert (finished.close_reason, finished.remaining_seconds) == (CloseReason.HANDED_IN, None)
    assert finished.finalised_at == finished.closed_at


def test_a_set_without_a_clock_has_nothing_to_pause(practice: Interview) -> None:
    pause(practice)
    practice.refresh_from_db()
    assert (practice.remaining_seconds, events(practice)) == (None, [EventKind.STARTED])


# Showing the answer


def test_showing_the_answer_fixes_a_text_and_locks_it(practice: Interview) -> None:
    item = text_of(practice)
    save_draft(item, TEXT, 0)
    reveal_item(item)
    assert [(kept.kind, kept.answer) for kept in item.submissions.all()] == [(SubmissionKind.FINAL, TEXT)]
    with pytest.raises(AnswerLocked):
        save_draft(item, {"text": "Now I know better."}, 1)
    with pytest.raises(AnswerLocked):
        reveal_item(item)


def test_showing_the_answer_judges_the_draft_of_code_by_all_tests(practice: Interview) -> None:
    item = code_of(practice)
    save_draft(item, code_answer(item), 0)
    reveal_item(item)
    final = item.submissions.get()
    assert (final.kind, final.current_grading.visible_only) == (SubmissionKind.FINAL, False)
    with pytest.raises(AnswerLocked):
        submit(item, SubmissionKind.SUBMIT, code_answer(item))


def test_a_submission_counts_and_is_not_judged_again_when_the_answer_is_shown(practice: Interview) -> None:
    item = code_of(practice)
    submit(item, SubmissionKind.SUBMIT, code_answer(item))
    reveal_item(item)
    assert [kept.kind for kept in item.submissions.all()] == [SubmissionKind.SUBMIT]


def test_other_questions_stay_open_when_one_answer_is_shown(practice: Interview) -> None:
    reveal_item(text_of(practice))
    assert save_draft(code_of(practice), code_answer(code_of(practice)), 0).revision == 1
    assert not practices.shows_answer(practice, code_of(practice))


def test_reading_the_model_answer_costs_no_time(rehearsal: Interview) -> None:
    reveal_item(text_of(rehearsal), rehearsal.started_at + timedelta(minutes=5))
    rehearsal.refresh_from_db()
    assert rehearsal.time_left() == timedelta(minutes=40)


def test_answers_at_the_end_are_not_shown_before(candidate: User, questions: list[Question]) -> None:
    practice = start_set(candidate, questions, Reveal.END)
    with pytest.raises(NotAllowed, match="at the end"):
        reveal_item(text_of(practice))
    finished = hand_in(practice, candidate)
    assert practices.shows_answer(finished, text_of(finished))


def test_hints_open_one_after_another_and_are_noted(practice: Interview) -> None:
    item = code_of(practice)
    counts = []
    for _ in range(3):
        open_hint(item)
        counts.append(practices.hints_opened(item))
    assert counts == [1, 2, 2]
    shown = practices.help_with(item)
    assert (len(shown.hints), shown.total, shown.next_hint) == (2, 2, None)
    assert practices.hint_counts(practice) == {item.pk: 2}


# Marking oneself


def marked(practice: Interview, met: list[str]) -> Item:
    item = text_of(practice)
    save_draft(item, TEXT, 0)
    reveal_item(item)
    mark_self(item, met, "Say what is cached.")
    return item


def test_marking_oneself_counts_in_the_report(practice: Interview, candidate: User) -> None:
    best = text_of(practice).release.rubric_entries()[0]
    item = marked(practice, [best["id"]])
    hand_in(practice, candidate)
    made = report(whole(practice))
    entry = next(entry for entry in made.items if entry.item == item)
    assert made.review is not None
    assert made.review.reviewer == candidate
    assert (entry.reviewed, entry.comment, entry.is_marked) == (best["points"], "Say what is cached.", True)


def test_marking_again_changes_the_marks(practice: Interview) -> None:
    first = text_of(practice).release.rubric_entries()[0]["id"]
    item = marked(practice, [first])
    mark_self(item, [], "")
    assert not Mark.objects.filter(item=item, met=True).exists()
    assert not Comment.objects.exists()
    assert Review.objects.count() == 1


def test_nobody_marks_themselves_before_the_answer_is_shown(practice: Interview) -> None:
    with pytest.raises(NotAllowed, match="not shown yet"):
        mark_self(text_of(practice), [], "")


def records(person: User) -> dict[str, practices.Record]:
    return {offer.question.slug: offer.record for offer in practices.offers(person)}


def test_the_record_tells_how_often_and_how_well(practice: Interview, candidate: User) -> None:
    assert {record.times for record in records(candidate).values()} == {0}
    entries = text_of(practice).release.rubric_entries()
    marked(practice, [entry["id"] for entry in entries if entry["points"] > 0])
    found = records(candidate)
    assert (found["explain-backpropagation"].times, found["explain-backpropagation"].percent) == (1, 100)
    assert (found["stable-softmax"].times, found["stable-softmax"].percent) == (0, None)


def test_an_answer_that_was_not_marked_has_no_percentage(practice: Interview, candidate: User) -> None:
    save_draft(text_of(practice), TEXT, 0)
    reveal_item(text_of(practice))
    found = records(candidate)["explain-backpropagation"]
    assert (found.times, found.percent) == (1, None)


def test_the_record_holds_a_released_interview_too_but_no_unreleased_one(
    handed_in: Interview, candidate: User
) -> None:
    assert records(candidate)["stable-softmax"].times == 0
    Interview.objects.filter(pk=handed_in.pk).update(released_at=timezone.now())
    assert records(candidate)["stable-softmax"].times == 1


def test_one_persons_record_is_not_anothers(practice: Interview, other_candidate: User) -> None:
    marked(practice, [])
    assert records(other_candidate)["explain-backpropagation"].times == 0


def test_a_choice_is_scored_as_soon_as_its_answer_is_shown(candidate: User, bank: None) -> None:
    question = Question.objects.get(slug="normalization-and-modes")
    item = start_set(candidate, [question], Reveal.EACH).items.get()
    single = next(part for part in item.release.choice if part["form"] == "single")
    save_draft(item, {"choices": {single["id"]: single["key"]}}, 0)
    reveal_item(item)
    grading = item.submissions.get().current_grading
    assert (grading.is_finished, grading.points) == (True, single["points"])


def test_the_order_of_steps_is_scored_as_one_marks_it(candidate: User, bank: None) -> None:
    question = Question.objects.get(slug="loss-does-not-fall")
    item = start_set(candidate, [question], Reveal.EACH).items.get()
    steps = [entry for entry in item.release.rubric_entries() if entry.get("step")]
    steps.sort(key=lambda entry: int(entry["step"]))
    entries = [{"id": f"e{number}", "text": entry["describe"]} for number, entry in enumerate(steps)]
    save_draft(item, {"entries": entries}, 0)
    reveal_item(item)
    covered = {entry["id"]: number for number, entry in enumerate(steps, start=1)}
    mark_self(item, list(covered), "", covered_by=covered)
    entry = report(whole(item.interview)).items[0]
    assert entry.order is not None
    assert entry.order.points == item.release.order["points"]


# Practice is one's own


def test_practice_reaches_no_reviewer(practice: Interview, candidate: User, interviewer: User) -> None:
    finished = hand_in(practice, candidate)
    assert list(assignment.awaiting_review(interviewer)) == []
    assert not interviews.visible_to(interviewer).filter(pk=finished.pk).exists()
    with pytest.raises(NotReviewable):
        claim_review(finished, interviewer)
    assert interviews.status(whole(finished)) == InterviewStatus.SUBMITTED


def test_marking_oneself_does_not_make_it_under_review(practice: Interview, candidate: User) -> None:
    marked(practice, [])
    hand_in(practice, candidate)
    assert interviews.status(whole(practice)) == InterviewStatus.SUBMITTED


# The wall to interviews that count


def test_practice_does_not_start_beside_an_interview_that_counts(
    running: Interview, candidate: User, questions: list[Question]
) -> None:
    with pytest.raises(PracticeBarred, match="A first interview"):
        start_set(candidate, questions, Reveal.EACH)
    with pytest.raises(PracticeBarred):
        rehearse(candidate, running.template, Reveal.END)
    assert Interview.objects.count() == 1


def test_a_practice_left_open_shows_nothing_while_an_interview_counts(
    practice: Interview, candidate: User, template: Template
) -> None:
    reveal_item(code_of(practice))
    start_interview(candidate, template)
    for refused in (
        lambda: reveal_item(text_of(practice)),
        lambda: open_hint(text_of(practice)),
        lambda: mark_self(code_of(practice), [], ""),
        lambda: resume(practice),
    ):
        with pytest.raises(PracticeBarred):
            refused()


def test_practice_stays_shut_as_long_as_a_last_draft_may_arrive(
    running: Interview, candidate: User, questions: list[Question]
) -> None:
    zero = running.deadline_at
    close_due(zero)
    with pytest.raises(PracticeBarred):
        start_set(candidate, questions, Reveal.EACH, zero + settings.DRAFT_GRACE)
    after = zero + settings.DRAFT_GRACE + timedelta(seconds=1)
    assert start_set(candidate, questions, Reveal.EACH, after).is_practice


def test_practice_opens_again_once_it_is_handed_in(
    handed_in: Interview, candidate: User, questions: list[Question]
) -> None:
    assert start_set(candidate, questions, Reveal.EACH).is_practice


def test_somebody_elses_interview_bars_nobody(
    running: Interview, other_candidate: User, questions: list[Question]
) -> None:
    assert start_set(other_candidate, questions, Reveal.EACH).candidate == other_candidate


def test_an_interview_that_counts_starts_beside_practice_and_pauses_a_rehearsal(
    rehearsal: Interview, practice: Interview, candidate: User, template: Template
) -> None:
    start_interview(candidate, template, rehearsal.started_at + timedelta(minutes=15))
    rehearsal.refresh_from_db()
    assert rehearsal.time_left() == timedelta(minutes=30)


@pytest.mark.parametrize("wish", [pause, resume])
def test_an_interview_that_counts_does_not_pause(running: Interview, wish: object) -> None:
    assert callable(wish)
    with pytest.raises((NotAllowed, PracticeBarred)):
        wish(running)


def test_an_interview_that_counts_shows_no_answer_and_no_hint(running: Interview) -> None:
    item = text_of(running)
    for wish in (reveal_item, open_hint):
        with pytest.raises(NotAllowed, match="counts"):
            wish(item)
    with pytest.raises(PracticeBarred):
        mark_self(item, [], "")
    assert events(running) == [EventKind.STARTED]


def test_nobody_marks_their_own_interview_that_counted(handed_in: Interview) -> None:
    with pytest.raises(NotAllowed, match="somebody else"):
        mark_self(text_of(handed_in), [], "")


# What the database keeps


@pytest.mark.parametrize(
    "fields",
    [
        {"timed": False, "deadline_at": None},
        {"remaining_seconds": 60.0, "deadline_at": None},
        {"template": None},
        {"reveal": Reveal.EACH},
    ],
    ids=["untimed", "paused", "without template", "with answers"],
)
def test_the_database_keeps_an_interview_that_counts_strict(
    running: Interview, fields: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Interview.objects.filter(pk=running.pk).update(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"deadline_at": None},
        {"remaining_seconds": 60.0},
        {"remaining_seconds": 0.0, "deadline_at": None},
        {"timed": False},
        {"reveal": ""},
        {
            "remaining_seconds": 60.0,
            "deadline_at": None,
            "closed_at": timezone.now(),
            "close_reason": "handed_in",
        },
    ],
    ids=[
        "no deadline",
        "deadline and pause",
        "nothing left",
        "untimed with deadline",
        "no choice",
        "closed paused",
    ],
)
def test_the_database_keeps_deadline_and_pause_apart(rehearsal: Interview, fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Interview.objects.filter(pk=rehearsal.pk).update(**fields)


def test_the_database_refuses_ones_own_review_outside_practice_and_anothers_in_it(
    handed_in: Interview, rehearsal_of_another: Interview, candidate: User
) -> None:
    now = timezone.now()
    for interview in (handed_in, rehearsal_of_another):
        with (
            pytest.raises(IntegrityError, match="practice is reviewed by its candidate"),
            transaction.atomic(),
        ):
            Review.objects.create(interview=interview, reviewer=candidate, claimed_at=now, lease_until=now)


@pytest.fixture
def rehearsal_of_another(other_candidate: User, template: Template) -> Interview:
    return rehearse(other_candidate, template, Reveal.EACH)


def test_a_judged_practice_keeps_its_points(practice: Interview) -> None:
    item = code_of(practice)
    save_draft(item, code_answer(item), 0)
    reveal_item(item)
    grading = judged(item.submissions.get().current_grading, Verdict.ACCEPTED)
    assert grading.points == item.release.automatic_points
