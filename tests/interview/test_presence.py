"""What is recorded beside answers: bounded by the server's clock, told beforehand, shown as facts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interview.models import Interview, Item, Presence, Template, User
from interview.models.interview import Reveal
from interview.models.presence import Recorded, recorded
from interview.models.snapshot import SnapshotReason
from interview.models.submission import SubmissionKind
from interview.selectors import interview as interviews
from interview.selectors import presence as presences
from interview.selectors.presence import uncovered
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import rehearse
from interview.services.presence import Stretch, note
from interview.services.submission import submit
from interview.templatetags.facts import lasting
from tests.interview.conftest import code_answer
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import release

VIEW, AWAY = Recorded.VIEW, Recorded.AWAY


@pytest.fixture
def begun(running: Interview) -> datetime:
    assert running.started_at
    return running.started_at


def report(
    interview: Interview,
    at: float,
    *stretches: tuple[Recorded, Item | None, float, float],
) -> int:
    """What a page sends `at` seconds into the interview, of stretches from and until seconds into it."""
    assert interview.started_at
    told = [Stretch(kind, item and item.pk, at - began, at - ended) for kind, item, began, ended in stretches]
    return note(interview, told, interview.started_at + timedelta(seconds=at))


def stored(interview: Interview, kind: Recorded = VIEW) -> list[tuple[int | None, int, int]]:
    """The question, and from and until how many seconds into the interview."""
    assert interview.started_at
    return [
        (
            row.item.position if row.item else None,
            round((row.began_at - interview.started_at).total_seconds()),
            round((row.ended_at - interview.started_at).total_seconds()),
        )
        for row in interview.presences.filter(kind=kind)
    ]


def facts_of(interview: Interview) -> list[presences.Facts]:
    whole = interviews.with_items(Interview.objects.filter(pk=interview.pk)).get()
    presences.attach(whole)
    return [item.facts for item in whole.items.all()]


def test_reports_that_follow_one_another_are_one_stretch(running: Interview, text_item: Item) -> None:
    for beat in range(1, 9):
        report(running, 15 * beat, (VIEW, text_item, 15 * (beat - 1), 15 * beat))
    assert stored(running) == [(1, 0, 120)]


def test_a_report_that_comes_twice_counts_once(running: Interview, text_item: Item) -> None:
    assert report(running, 20, (VIEW, text_item, 0, 15)) == 1
    assert report(running, 21, (VIEW, text_item, 0, 15)) == 0
    assert stored(running) == [(1, 0, 15)]


def test_two_tabs_share_the_time_that_passed(running: Interview, text_item: Item, code_item: Item) -> None:
    report(running, 60, (VIEW, text_item, 0, 60))
    report(running, 90, (VIEW, code_item, 30, 90))
    assert stored(running) == [(1, 0, 60), (2, 60, 90)]


# The rows of each try are rolled back, so that one interview does for all.
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reports=st.lists(
        st.tuples(st.integers(1, 2), st.floats(0, 86_400), st.floats(0, 86_400), st.floats(0, 3000)),
        max_size=12,
    )
)
def test_whatever_pages_report_the_sum_is_within_the_time_that_passed(
    running: Interview, reports: list[tuple[int, float, float, float]]
) -> None:
    with transaction.atomic():
        last = 0.0
        for position, one, other, at in reports:
            item = running.items.get(position=position)
            stretch = Stretch(VIEW, item.pk, max(one, other), min(one, other))
            note(running, [stretch], running.started_at + timedelta(seconds=at))
            last = max(last, at)
        spans = running.presences.values_list("began_at", "ended_at")
        assert presences.lasting(spans) <= timedelta(seconds=min(last, 45 * 60))
        transaction.set_rollback(True)


@given(
    span=st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted),
    taken=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted), max_size=6),
)
def test_what_is_uncovered_is_the_rest(span: list[int], taken: list[list[int]]) -> None:
    pieces = list(uncovered(tuple(span), sorted(map(tuple, taken))))  # type: ignore[arg-type]  # seconds do as well
    covered = {second for began, ended in taken for second in range(began, ended)}
    found = [second for began, ended in pieces for second in range(began, ended)]  # type: ignore[call-overload]  # whole seconds here
    assert found == [second for second in range(*span) if second not in covered]


def test_nothing_before_the_start_or_after_the_end_is_believed(running: Interview, text_item: Item) -> None:
    report(running, 10, (VIEW, text_item, -3600, 10))
    report(running, 46 * 60, (VIEW, text_item, 44 * 60, 46 * 60))
    assert stored(running) == [(1, 0, 10), (1, 44 * 60, 45 * 60)]


def test_a_report_that_waited_offline_still_tells_of_its_own_time(
    running: Interview, text_item: Item, candidate: User
) -> None:
    hand_in(running, candidate, running.started_at + timedelta(minutes=20))
    assert report(running, 3600, (VIEW, text_item, 60, 120), (AWAY, text_item, 1200, 1800)) == 1
    assert (stored(running), stored(running, AWAY)) == ([(1, 60, 120)], [])


def test_a_moment_in_view_and_a_glance_away_are_not_stored(running: Interview, text_item: Item) -> None:
    assert report(running, 20, (VIEW, text_item, 4.0, 4.9), (AWAY, text_item, 6.0, 10.9)) == 0


def test_a_question_of_another_interview_is_left_out(
    running: Interview, other_candidate: User, template: Template
) -> None:
    foreign = start_interview(other_candidate, template).items.get(position=1)
    assert report(running, 10, (VIEW, foreign, 0, 10)) == 0
    assert Presence.objects.count() == 0


def test_the_database_refuses_time_that_is_recorded_already(
    running: Interview, text_item: Item, begun: datetime
) -> None:
    report(running, 60, (VIEW, text_item, 0, 60))
    with pytest.raises(ProgrammingError, match="recorded already"), transaction.atomic():
        Presence.objects.create(
            interview=running, kind=VIEW, began_at=begun, ended_at=begun + timedelta(seconds=1)
        )


def test_practice_records_nothing_of_how_time_is_spent(candidate: User, template: Template) -> None:
    practice = rehearse(candidate, template, Reveal.END)
    item = practice.items.get(position=1)
    assert report(practice, 60, (VIEW, item, 0, 30), (AWAY, item, 30, 60)) == 0
    assert not {VIEW, AWAY} & set(recorded(practice.mode))


def test_a_tab_that_was_hidden_while_another_was_in_view_was_not_away(
    running: Interview, text_item: Item, code_item: Item
) -> None:
    report(running, 100, (AWAY, text_item, 10, 100))
    report(running, 110, (VIEW, code_item, 20, 50))
    away = [presences.lasting([span]).total_seconds() for span in facts_of(running)[0].away]
    assert away == pytest.approx([10, 50])


def test_the_facts_of_a_question_are_its_own(running: Interview, text_item: Item, code_item: Item) -> None:
    report(running, 100, (VIEW, text_item, 0, 60), (VIEW, None, 60, 65), (VIEW, code_item, 65, 100))
    save_draft(text_item, {"text": "p" * 300}, 0, reason=SnapshotReason.PASTE, pasted=300)
    submit(code_item, SubmissionKind.RUN, code_answer(code_item))
    text, code = facts_of(running)
    assert [lasting(facts.in_view) for facts in (text, code)] == ["1 min 0 s", "35 s"]
    assert [[paste.size for paste in facts.pastes] for facts in (text, code)] == [[300], []]
    assert [(len(facts.runs), len(facts.submits), facts.versions) for facts in (text, code)] == [
        (0, 0, 1),
        (1, 0, 1),
    ]


def test_facts_take_two_queries_however_many_there_are(running: Interview, text_item: Item) -> None:
    for number in range(20):
        report(running, 100 * number + 50, (VIEW, text_item, 100 * number, 100 * number + 50))
    whole = interviews.with_items(Interview.objects.filter(pk=running.pk)).get()
    with CaptureQueriesContext(connection) as queries:
        presences.attach(whole)
    assert len(queries) == 2


def test_everything_that_is_recorded_is_told_before_the_start_and_in_the_report(
    sign_in: SignIn, candidate: User, interviewer: User, template: Template, handed_in: Interview
) -> None:
    web = sign_in(candidate)
    before = web.get(reverse("interview_start", args=[template.slug])).content.decode()
    release(handed_in, interviewer)
    after = web.get(reverse("report", args=[handed_in.pk])).content.decode()
    assert [fact for fact in Recorded if fact.label not in before or fact.label not in after] == []


@pytest.fixture
def viewed(handed_in: Interview, text_item: Item) -> Interview:
    """The text was in view for two minutes and five seconds."""
    handed_in.refresh_from_db()
    Presence.objects.create(
        interview=handed_in,
        item=text_item,
        kind=VIEW,
        began_at=handed_in.started_at,
        ended_at=handed_in.started_at + timedelta(seconds=125),
    )
    return handed_in


def page(web: Client, address: str) -> str:
    return " ".join(web.get(address).content.decode().split())


def test_the_reviewer_sees_the_facts_beside_the_answer(
    sign_in: SignIn, interviewer: User, viewed: Interview
) -> None:
    shown = page(sign_in(interviewer), reverse("review_item", args=[viewed.pk, 1]))
    assert "2 min 5 s in 1 stretch" in shown
    assert "It scores nothing." in shown


def test_the_report_says_how_long_each_question_was_in_view(
    sign_in: SignIn, candidate: User, interviewer: User, viewed: Interview
) -> None:
    release(viewed, interviewer)
    shown = page(sign_in(candidate), reverse("report", args=[viewed.pk]))
    assert ("2 min 5 s of 15 min" in shown, "0 s of 30 min" in shown) == (True, True)


@pytest.mark.parametrize("word", ["suspicious", "cheat", "violation", "warning", "flagged", "tab switch"])
def test_facts_are_told_in_neutral_words(
    word: str, sign_in: SignIn, interviewer: User, handed_in: Interview
) -> None:
    page = sign_in(interviewer).get(reverse("review_item", args=[handed_in.pk, 1])).content.decode()
    section = page[page.index('aria-labelledby="recorded"') :].partition("</section>")[0]
    assert word not in section.lower()


@pytest.fixture
def post(sign_in: SignIn, candidate: User, running: Interview) -> Callable[[Any], Any]:
    web = sign_in(candidate)
    address = reverse("api:presence", args=[running.pk])
    return lambda stretches: web.post(address, {"stretches": stretches}, content_type="application/json")


def stretch(**other: Any) -> dict[str, Any]:
    return {"kind": "view", "item": None, "began_ago": 0, "ended_ago": 0} | other


def test_a_page_reports_in_seconds_before_it_sends(
    post: Callable[[Any], Any], running: Interview, text_item: Item
) -> None:
    Interview.objects.update(started_at=running.started_at - timedelta(seconds=60))
    sent = post([stretch(item=str(text_item.pk), began_ago=30, ended_ago=10)])
    assert (sent.status_code, sent.json()) == (200, {"kept": 1})
    (row,) = running.presences.all()
    assert (row.item, row.ended_at - row.began_at) == (text_item, timedelta(seconds=20))


@pytest.mark.parametrize(
    "wrong",
    [
        stretch(kind="runs"),
        stretch(item="x"),
        stretch(began_ago=-1),
        stretch(began_ago=10**9),
        stretch(began_ago="soon"),
        {},
    ],
)
def test_a_report_of_the_wrong_form_is_refused(post: Callable[[Any], Any], wrong: dict[str, Any]) -> None:
    assert post([wrong]).status_code == 400
    assert Presence.objects.count() == 0


def test_a_report_is_bounded(post: Callable[[Any], Any]) -> None:
    assert post([stretch()] * 50).status_code == 200
    assert post([stretch()] * 51).status_code == 400


def test_nobody_reports_for_another(sign_in: SignIn, other_candidate: User, running: Interview) -> None:
    address = reverse("api:presence", args=[running.pk])
    answer = sign_in(other_candidate).post(
        address, {"stretches": [stretch()]}, content_type="application/json"
    )
    assert answer.status_code == 404


def test_an_unknown_question_harms_nothing(post: Callable[[Any], Any]) -> None:
    assert post([stretch(item=str(uuid4()), began_ago=5)]).json() == {"kept": 0}
