"""What a first start puts in front of the demo people."""

from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from interview.exceptions import InterviewInProgress, NotAllowed, StillGrading
from interview.models import Grading, Interview, Template, User
from interview.models.grading import GradingState
from interview.models.review import Recommendation
from interview.selectors import interview as interviews
from interview.selectors import waiting
from interview.selectors.report import report
from interview.services import demo
from interview.services.demo import seed
from interview.services.interview import start_interview
from interview.services.review import claim_review
from interview.services.user import create_demo_people
from tests.interview.conftest import judged


@pytest.fixture
def cast(bank: None) -> dict[str, User]:
    return {person.role: person for person in create_demo_people()}


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges what is queued whenever seeding waits; the real worker does so from its own connection."""

    def work(_: float) -> None:
        for grading in Grading.objects.filter(state=GradingState.QUEUED):
            judged(grading)

    monkeypatch.setattr(demo, "sleep", work)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock is twenty seconds later, and nobody judges."""
    moments = iter(range(0, 1_000_000, 20))
    monkeypatch.setattr(demo, "monotonic", lambda: float(next(moments)))
    monkeypatch.setattr(demo, "sleep", lambda _: None)


def test_the_demo_candidate_finds_a_released_report_and_a_free_start(
    cast: dict[str, User], worker: None
) -> None:
    seed()
    [interview] = interviews.history(cast["candidate"])
    found = report(interviews.with_items(Interview.objects.filter(pk=interview.pk)).get())
    assert interviews.status(interview) == "released"
    assert found.review
    assert found.review.recommendation == Recommendation.YES
    assert found.automatic == found.max_automatic
    assert 0 < found.reviewed < found.max_reviewed
    assert interviews.in_progress(cast["candidate"]) is None


def test_the_demo_interviewer_finds_one_interview_to_review(cast: dict[str, User], worker: None) -> None:
    seed()
    for grading in Grading.objects.filter(state=GradingState.QUEUED):
        judged(grading)
    [found] = waiting.queue(cast["interviewer"])
    assert found.candidate.display_name == "Demo candidate two"
    assert found.marked == 0  # type: ignore[attr-defined]  # counted by the queue
    assert found.closed_at is not None
    assert found.started_at is not None
    assert found.closed_at - found.started_at == demo.SPENT


def test_every_entry_that_the_demo_review_ticks_is_in_the_rubric(cast: dict[str, User], worker: None) -> None:
    seed()
    interview = interviews.history(cast["candidate"]).get()
    for item in interview.items.select_related("release__question"):
        words = demo.MARKS.get(item.release.question.slug)
        if words:
            assert words.met <= {entry["id"] for entry in item.release.rubric_entries()}


def test_a_second_run_makes_nothing(cast: dict[str, User], worker: None) -> None:
    first = seed()
    assert (len(first), seed(), Interview.objects.count()) == (3, [], 2)


def test_an_interrupted_run_is_taken_up_by_the_next(
    cast: dict[str, User], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        seed()
    request.getfixturevalue("worker")
    assert seed() == ["The report of Demo candidate is released."]
    assert Interview.objects.count() == 2


def test_a_sitting_that_fails_half_way_leaves_nothing(
    cast: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "hand_in", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seed()
    assert Interview.objects.count() == 0


def test_without_a_sandbox_it_gives_up_with_one_line_and_its_reason(
    cast: dict[str, User], hours: None
) -> None:
    with pytest.raises(StillGrading, match="no worker has judged"):
        seed()
    Grading.objects.update(waits_because="user namespaces\nare missing")
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert out.getvalue() == (
        "The demo interviews are not complete yet; the next start goes on. Why: user namespaces are missing\n"
    )


def test_a_reviewer_who_was_quicker_is_left_alone(cast: dict[str, User], hours: None) -> None:
    with pytest.raises(StillGrading):
        seed()
    for grading in Grading.objects.filter(state=GradingState.QUEUED):
        judged(grading)
    interview = interviews.history(cast["candidate"]).get()
    claim_review(interview, cast["interviewer"])
    assert seed() == []
    interview.refresh_from_db()
    assert interview.released_at is None


def test_an_interview_that_the_demo_candidate_is_taking_is_not_disturbed(
    cast: dict[str, User], worker: None
) -> None:
    own = start_interview(cast["candidate"], Template.objects.get(slug=demo.TEMPLATE))
    with pytest.raises(InterviewInProgress):
        seed()
    assert [interview.pk for interview in interviews.history(cast["candidate"])] == [own.pk]
    own.refresh_from_db()
    assert own.is_open()


def test_outside_the_embedded_mode_nothing_is_made(cast: dict[str, User], settings: LazySettings) -> None:
    settings.EMBEDDED = False
    with pytest.raises(NotAllowed):
        seed()
    with pytest.raises(CommandError, match="embedded mode"):
        call_command("seed_demo")
    assert Interview.objects.count() == 0
