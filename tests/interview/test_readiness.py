"""The readiness checklist: as the bank says it, and how it fills."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grader import Verdict
from interview.exceptions import InvalidRelease
from interview.interval import wilson
from interview.models import Question, ReadinessItem, Topic, User
from interview.models.interview import Reveal
from interview.models.question import QuestionState
from interview.models.submission import SubmissionKind
from interview.selectors import progress
from interview.selectors.readiness import Readiness, Standing, checklist
from interview.services import bank as banks
from interview.services.interview import hand_in
from interview.services.practice import start_set
from interview.services.readiness import load_readiness
from interview.services.second_look import answer, ask
from interview.services.submission import submit
from tests.interview.conftest import code_answer, judged
from tests.interview.sittings import BACKPROPAGATION, OPTIMIZERS, OVERFITTING, practised, released

ITEMS = """\
items:
  - slug: one
    title: The first
    topics: [B1]
  - slug: two
    title: The second
    topics: [O1, {topic}]
"""


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def item_of(user: User, slug: str, now: datetime | None = None) -> Readiness:
    found = checklist(user, progress.recent(user), now)
    return next(readiness for readiness in found if readiness.item.slug == slug)


# The file


def test_the_bank_ships_eight_items_and_every_topic_of_them_is_in_the_syllabus(bank: None) -> None:
    items = list(ReadinessItem.objects.all())
    assert [item.position for item in items] == list(range(8))
    assert {topic for item in items for topic in item.topics} <= set(
        Topic.objects.values_list("code", flat=True)
    )


def test_an_unknown_topic_is_refused_with_its_line_and_nothing_changes(bank: None, tmp_path: Path) -> None:
    path = tmp_path / "readiness.yaml"
    path.write_text(ITEMS.format(topic="O22"))
    with pytest.raises(
        InvalidRelease, match=r"readiness.yaml:7: there is no topic 'O22' \(did you mean 'O2'\?\)"
    ):
        load_readiness(path)
    assert ReadinessItem.objects.count() == 8


def test_a_name_that_is_given_twice_is_refused_with_its_line(bank: None, tmp_path: Path) -> None:
    path = tmp_path / "readiness.yaml"
    path.write_text(ITEMS.format(topic="O2").replace("slug: two", "slug: one"))
    with pytest.raises(InvalidRelease, match=r"readiness.yaml:5: another item has this slug"):
        load_readiness(path)


def test_an_item_without_topics_is_refused_with_its_line(bank: None, tmp_path: Path) -> None:
    path = tmp_path / "readiness.yaml"
    path.write_text(ITEMS.format(topic="O2").replace("[B1]", "[]"))
    with pytest.raises(InvalidRelease, match=r"readiness.yaml:4"):
        load_readiness(path)


def test_the_checklist_becomes_what_the_file_says(bank: None, tmp_path: Path) -> None:
    path = tmp_path / "readiness.yaml"
    path.write_text(ITEMS.format(topic="O2"))
    load_readiness(path)
    assert [(item.slug, item.topics) for item in ReadinessItem.objects.all()] == [
        ("one", ["B1"]),
        ("two", ["O1", "O2"]),
    ]
    head, first, second = path.read_text().split("  - ")
    path.write_text("  - ".join([head, f"{second.rstrip()}\n", first]))
    load_readiness(path)
    assert [item.slug for item in ReadinessItem.objects.all()] == ["two", "one"]


def test_a_bank_without_a_checklist_leaves_it_as_it_is(bank: None, tmp_path: Path) -> None:
    (tmp_path / "areas.yaml").write_text("areas: []\ntopics: []\n")
    (tmp_path / "templates.yaml").write_text("templates: []\n")
    list(banks.load_bank(tmp_path))
    assert ReadinessItem.objects.count() == 8


def test_the_database_refuses_an_item_without_topics(db: None) -> None:
    with pytest.raises(IntegrityError, match="readiness_item_has_topics"), transaction.atomic():
        ReadinessItem.objects.create(slug="x", title="x", position=99, topics=[])


# How it fills


def test_without_answers_nothing_is_said(bank: None, candidate: User) -> None:
    found = item_of(candidate, "backpropagation")
    assert (found.standing, found.interval, found.evidence, found.sureness) == (
        Standing.NOTHING,
        None,
        [],
        "",
    )


def test_one_answer_is_too_early_however_good(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    released(candidate, interviewer, {BACKPROPAGATION: 10}, now)
    found = item_of(candidate, "backpropagation", now)
    assert (found.share, found.weight, found.interval) == (1.0, 1.0, wilson(1.0, 1.0))
    assert (found.standing, found.sureness) == (Standing.TOO_EARLY, "hardly more than a guess")


def test_the_estimate_is_the_weighted_mean_of_interview_practice_and_age(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    released(candidate, interviewer, {OPTIMIZERS: 3}, now - timedelta(days=180))
    released(candidate, interviewer, {"decay-is-not-a-penalty": 11}, now)
    practised(candidate, {OPTIMIZERS: 6}, now)
    found = item_of(candidate, "optimizers", now)
    assert {(each.sitting.counted, each.percent): each.weight for each in found.evidence} == {
        (True, 25): 0.5,
        (True, 100): 1.0,
        (False, 50): 0.5,
    }
    assert found.weight == 2.0
    assert found.share == pytest.approx((0.5 * 0.25 + 1.0 + 0.5 * 0.5) / 2)
    assert found.interval == wilson(found.share, 2.0)


def test_of_several_answers_to_a_question_the_newest_of_each_mode_counts(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    for days, counted, marked in ((3, 10, 0), (2, 2, 3)):
        released(candidate, interviewer, {BACKPROPAGATION: counted}, now - timedelta(days=days))
        practised(candidate, {BACKPROPAGATION: marked}, now - timedelta(days=days, hours=-1))
    found = item_of(candidate, "backpropagation", now)
    assert [(each.sitting.counted, each.percent) for each in found.evidence] == [(False, 30), (True, 20)]


def test_good_answers_to_enough_questions_make_ready_and_bad_ones_not_yet(
    bank: None, candidate: User, other_candidate: User, interviewer: User, now: datetime
) -> None:
    full = {"right-but-too-sure": 12, OVERFITTING: 12, OPTIMIZERS: 12, BACKPROPAGATION: 10}
    ReadinessItem.objects.filter(slug="own-model").update(topics=["D3", "R1", "O2", "B1"])
    released(candidate, interviewer, full, now)
    released(other_candidate, interviewer, dict.fromkeys(full, 0), now)
    assert item_of(candidate, "own-model", now).standing == Standing.READY
    assert item_of(other_candidate, "own-model", now).standing == Standing.NOT_YET


def test_in_between_somebody_is_on_the_way(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    released(candidate, interviewer, {OPTIMIZERS: 12, "decay-is-not-a-penalty": 11}, now)
    found = item_of(candidate, "optimizers", now)
    assert (found.standing, found.sureness) == (Standing.ON_THE_WAY, "a rough estimate")


def test_a_second_look_flows_into_it(
    bank: None, candidate: User, interviewer: User, other_interviewer: User, now: datetime
) -> None:
    interview = released(candidate, interviewer, {BACKPROPAGATION: 5}, now - timedelta(hours=1))
    look = ask(interview.items.get(), candidate, "I said it in part 2.")
    answer(look, other_interviewer, "You did.", 9.0)
    found = item_of(candidate, "backpropagation", now)
    assert [each.percent for each in found.evidence] == [90]


def test_an_answer_that_we_failed_to_judge_says_nothing(bank: None, candidate: User) -> None:
    question = Question.objects.get(slug="adamw-from-scratch")
    for verdict in (Verdict.JUDGE_ERROR, Verdict.ACCEPTED):
        practice = start_set(candidate, [question], Reveal.END)
        item = practice.items.get()
        submission = submit(item, SubmissionKind.SUBMIT, code_answer(item, f"# {verdict}\n"))
        assert submission.current_grading
        judged(submission.current_grading, verdict)
        hand_in(practice, candidate)
    found = item_of(candidate, "optimizers")
    assert [each.percent for each in found.evidence] == [100]


# What to do next


def test_what_to_practise_is_unseen_first_and_then_what_went_worst(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    released(candidate, interviewer, {OPTIMIZERS: 9, "decay-is-not-a-penalty": 2}, now)
    found = item_of(candidate, "optimizers", now)
    slugs = [entry.slug for entry in found.to_practise]
    assert slugs == ["five-optimizers", "adamw-from-scratch", "decay-is-not-a-penalty", "adam-or-sgd"]
    assert found.query == "&".join(f"questions={slug}" for slug in slugs)


def test_a_retired_question_is_not_offered_and_its_answer_counts_on(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    released(candidate, interviewer, {OPTIMIZERS: 9}, now)
    Question.objects.filter(slug=OPTIMIZERS).update(state=QuestionState.RETIRED)
    found = item_of(candidate, "optimizers", now)
    assert [each.percent for each in found.evidence] == [75]
    assert OPTIMIZERS not in [entry.slug for entry in found.to_practise]


def test_the_bank_ships_a_question_for_every_item(bank: None, candidate: User) -> None:
    found = checklist(candidate, progress.recent(candidate))
    assert [readiness.item.slug for readiness in found if not readiness.to_practise] == []


def test_a_story_of_ones_own_model_fills_the_last_item(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    assert [entry.slug for entry in item_of(candidate, "own-model").to_practise] == ["a-model-of-your-own"]
    released(candidate, interviewer, {"a-model-of-your-own": 14}, now)
    assert [each.percent for each in item_of(candidate, "own-model", now).evidence] == [100]


def test_an_item_without_a_published_question_offers_none(bank: None, candidate: User) -> None:
    Question.objects.filter(state=QuestionState.PUBLISHED, releases__covers__overlap=["X1", "X2"]).update(
        state=QuestionState.RETIRED
    )
    assert item_of(candidate, "own-model").to_practise == []
