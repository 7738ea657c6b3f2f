"""Estimates from the first keystroke to the report: variants by seed, readings, points, a value told in its time."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader import Question as Folder
from grader.skeleton import skeleton
from interview.exceptions import InvalidAnswer
from interview.models import Interview, Item, Proof, Question, Section, Slot, Template, User
from interview.models.interview import Reveal
from interview.models.question import AnswerForm
from interview.models.review import Recommendation
from interview.models.template import TemplateState
from interview.selectors import item as items
from interview.selectors.item import ItemState
from interview.selectors.report import report
from interview.services import bank as banks
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import open_hint, reveal_item, start_set
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import text_of

VALUES = {"1.3 billion": 20.8, "7 billion": 112.0, "13 billion": 208.0}
RUBRIC = (
    "criteria:\n  - {id: bytes, tier: essential, points: 2, describe: Counts bytes., explain: Sixteen.}\n"
)


def publish(slug: str, kind: str = "estimate", **changes: bytes) -> Question:
    """A question that begins as the skeleton of its kind, published as if it had been proven."""
    files = skeleton("optimizers", slug, kind, "Memory of a training") | changes
    folder = Folder.from_files(files)
    Proof.objects.create(content_hash=folder.content_hash)
    banks.load_folder(slug, folder)
    return Question.objects.get(slug=slug)


@pytest.fixture
def question(bank: None) -> Question:
    return publish("training-memory", **{"hints/1.md": b"Begin with {{ params }}."})


def sat_by(candidate: User, question: Question) -> Item:
    template = Template.objects.create(
        slug=f"of-{question.slug}", title="One question", summary="Just one.", state=TemplateState.ACTIVE
    )
    section = Section.objects.create(template=template, position=0, title="Only", minutes=10)
    Slot.objects.create(section=section, position=0, question=question)
    return start_interview(candidate, template).items.get()


@pytest.fixture
def item(candidate: User, question: Question) -> Item:
    return sat_by(candidate, question)


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def answered(estimate: str, working: str = "") -> dict[str, Any]:
    return {"estimate": estimate, "working": working}


def shown_of(item: Item) -> str:
    """How the statement of this item names its number of parameters."""
    told = item.release.told(item.release.statement, item.interview.seed)
    return next(words for words in VALUES if f"with {words} parameters" in told)


def value_of(item: Item) -> float:
    return VALUES[shown_of(item)]


def page(web: Client, item: Item) -> str:
    return text_of(web.get(reverse("item", args=[item.interview_id, item.position])))


def closed(item: Item, answer: dict[str, Any] | None = None) -> Item:
    if answer is not None:
        save_draft(item, answer, 0)
    hand_in(item.interview, item.interview.candidate)
    return Item.objects.get(pk=item.pk)


def released(item: Item, interviewer: User) -> Interview:
    review = claim_review(Interview.objects.get(pk=item.interview_id), interviewer)
    mark_item(review, item, Judgement([], "Fine."))
    concluded(review, Recommendation.YES, "The arithmetic holds.", "Well done.")
    return Interview.objects.get(pk=item.interview_id)


# Answering


def test_an_estimate_is_answered_in_a_form_of_its_own(item: Item) -> None:
    assert item.release.answer_form == AnswerForm.ESTIMATE
    assert (items.answer_of(item), items.state(item)) == (answered(""), ItemState.EMPTY)


def test_the_page_shows_the_values_of_the_interviews_own_seed(web: Client, item: Item) -> None:
    assert f"with {shown_of(item)} parameters" in page(web, item)
    assert "{{" not in page(web, item)


def test_another_interview_may_be_asked_with_other_values(item: Item) -> None:
    release = item.release
    told = {release.told(release.statement, seed) for seed in range(40)}
    assert len(told) == len(VALUES)


def test_what_was_saved_is_shown_with_how_it_is_read(web: Client, item: Item) -> None:
    save_draft(item, answered("2.08e10 bytes", "16 bytes each"), 0)
    text = page(web, item)
    assert 'value="2.08e10 bytes"' in text
    assert "Read as <strong" in text
    assert "20.8 GB" in text
    assert "16 bytes each" in text


def test_what_cannot_be_read_is_kept_as_it_was_typed_and_explained(web: Client, item: Item) -> None:
    save_draft(item, answered("10-20 GB"), 0)
    text = page(web, item)
    assert 'value="10-20 GB"' in text
    assert "That reads like a range." in text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("3 × 10^10 B", "30 GB"),
        ("7", "7 GB"),
        ("5 s", "s measures a time; this asks for GB."),
        ("1,5", "can be read in two ways"),
        ("<b>", "Write a number first"),
        ("9" * 300, "Read as"),
    ],
)
def test_a_reading_comes_while_one_types_and_saves_nothing(
    web: Client, item: Item, typed: str, told: str
) -> None:
    answer = web.get(reverse("item_reading", args=[item.interview_id, item.position]), {"estimate": typed})
    assert told in unescape(answer.content.decode())
    assert "<b>" not in answer.content.decode()
    assert items.draft_of(Item.objects.get(pk=item.pk)) is None


def test_nobody_else_is_given_a_reading(sign_in: SignIn, other_candidate: User, item: Item) -> None:
    address = reverse("item_reading", args=[item.interview_id, item.position])
    assert sign_in(other_candidate).get(address, {"estimate": "7"}).status_code == 404


def test_a_question_of_another_kind_has_no_reading(web: Client, running: Interview) -> None:
    assert web.get(reverse("item_reading", args=[running.pk, 1]), {"estimate": "7"}).status_code == 404


def test_the_page_saves_without_script(web: Client, item: Item) -> None:
    address = reverse("item_save", args=[item.interview_id, item.position])
    web.post(address, {"revision": "0", "estimate": "20 GB", "working": "guessed"})
    assert items.answer_of(Item.objects.get(pk=item.pk)) == answered("20 GB", "guessed")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"text": "20 GB"}, "takes a number and how you got there"),
        ({"estimate": "20"}, "takes a number and how you got there"),
        ({"estimate": 20, "working": ""}, "takes a number and how you got there"),
        ({"estimate": "20", "working": None}, "takes a number and how you got there"),
        ({"estimate": "2" * 101, "working": ""}, "The estimate has 101 characters and 100 fit."),
        ({"estimate": "2", "working": "x" * 50_001}, "50,001 characters and 50,000 fit"),
        ({"estimate": "2\0", "working": ""}, "NUL"),
    ],
)
def test_an_answer_of_another_form_is_refused(item: Item, answer: Any, why: str) -> None:
    with pytest.raises(InvalidAnswer, match=why):
        save_draft(item, answer, 0)
    assert items.draft_of(Item.objects.get(pk=item.pk)) is None


# The value, kept to its time


def secrets_of(item: Item) -> list[str]:
    """What nobody may read before its time: the value in every variant, and the explanation."""
    return [f"{value:g} GB" for value in VALUES.values()] + ["Each parameter takes 2 bytes", "params * 16"]


def test_no_page_and_no_address_tells_the_value_while_the_interview_runs(web: Client, item: Item) -> None:
    save_draft(item, answered("1 GB"), 0)
    addresses = [
        reverse("item", args=[item.interview_id, item.position]),
        reverse("interview_finish", args=[item.interview_id]),
        reverse("api:draft", args=[item.pk]),
        reverse("api:interview", args=[item.interview_id]),
    ]
    for address in addresses:
        text = text_of(web.get(address))
        assert [secret for secret in secrets_of(item) if secret in text] == []


def test_after_closing_nothing_is_told_before_the_release(web: Client, item: Item) -> None:
    done = closed(item, answered(f"{value_of(item)} GB"))
    submission = done.submissions.get()
    assert submission.current_grading is not None
    told = web.get(reverse("api:submission", args=[submission.pk])).json()
    listed = web.get(reverse("api:submissions", args=[item.pk])).json()
    assert (told["grading"], [entry["grading"] for entry in listed["results"]]) == (None, [None])
    assert web.get(reverse("api:grading", args=[submission.current_grading.pk])).status_code == 404
    text = text_of(web.get(reverse("interview_closed", args=[item.interview_id])))
    assert "Submitted" in text
    assert [word for word in (*secrets_of(item)[3:], "Accepted", "Wrong Answer") if word in text] == []


def test_the_release_opens_the_grading_to_its_candidate(web: Client, item: Item, interviewer: User) -> None:
    done = closed(item, answered(f"{value_of(item)} GB"))
    released(done, interviewer)
    told = web.get(reverse("api:submission", args=[done.submissions.get().pk])).json()
    assert told["grading"]["verdict"] == "AC"


# Points


@pytest.mark.parametrize(
    ("factor", "points", "message"),
    [
        (1.0, 4, "Right on the value."),
        (1.1, 4, "10 % above the value."),
        (2.0, 2.22, "Too large by a factor of 2."),
        (0.1, 0, "Too small by a factor of 10."),
    ],
)
def test_an_estimate_is_scored_when_the_interview_closes(
    item: Item, factor: float, points: float, message: str
) -> None:
    done = closed(item, answered(f"{value_of(item) * factor} GB", "by hand"))
    (entry,) = report(done.interview).items
    assert entry.estimate is not None
    assert (entry.points, entry.max_points, entry.estimate.message) == (points, 4, message)
    assert entry.estimate.value == f"{value_of(item):g} GB"
    assert entry.grading is not None
    assert entry.grading.seed == item.interview.seed


def test_an_answer_that_cannot_be_read_earns_nothing_and_is_told_why(item: Item) -> None:
    (entry,) = report(closed(item, answered("many")).interview).items
    assert entry.estimate is not None
    assert (entry.points, entry.estimate.message[:35]) == (0, "It could not be read as a number: W")


def test_an_estimate_without_an_answer_is_not_answered(item: Item) -> None:
    (entry,) = report(closed(item).interview).items
    assert entry.estimate is not None
    assert (entry.grading, entry.points, entry.estimate.message) == (None, 0, "Not answered.")


def test_a_rubric_is_marked_beside_the_key(candidate: User, interviewer: User, bank: None) -> None:
    question = publish("with-rubric", **{"rubric.yaml": RUBRIC.encode()})
    item = sat_by(candidate, question)
    done = closed(item, answered(f"{value_of(item)} GB", "Sixteen bytes each."))
    review = claim_review(Interview.objects.get(pk=done.interview_id), interviewer)
    mark_item(review, done, Judgement(["bytes"], ""))
    (entry,) = report(Interview.objects.get(pk=done.interview_id), review).items
    assert (entry.automatic, entry.reviewed, entry.max_points) == (4, 2, 6)


# The desk, the report, practice


def test_the_reviewer_sees_answer_value_and_working(sign_in: SignIn, interviewer: User, item: Item) -> None:
    done = closed(item, answered("5e9 B", "Bytes times parameters."))
    claim_review(Interview.objects.get(pk=done.interview_id), interviewer)
    text = text_of(sign_in(interviewer).get(reverse("review_item", args=[done.interview_id, 1])))
    for words in (
        "5e9 B",
        "read as 5 GB",
        f"{value_of(item):g} GB",
        "Bytes times parameters.",
        shown_of(item),
    ):
        assert words in text


def test_the_report_shows_value_explanation_and_model_answer_with_the_same_numbers(
    web: Client, item: Item, interviewer: User
) -> None:
    done = closed(item, answered("5.0 GB", "A guess."))
    released(done, interviewer)
    text = text_of(web.get(reverse("report", args=[done.interview_id])))
    for words in (
        "read as 5 GB",
        f"{value_of(item):g} GB",
        "Each parameter takes 2 bytes",
        shown_of(item),
        "A guess.",
    ):
        assert words in text
    assert "{{" not in text


@pytest.fixture
def practised(candidate: User, question: Question) -> Item:
    return start_set(candidate, [question], Reveal.EACH).items.get()


def test_practice_shows_the_value_only_after_the_answer_is_locked(web: Client, practised: Item) -> None:
    save_draft(practised, answered("5 GB"), 0)
    before = page(web, practised)
    reveal_item(practised)
    after = page(web, practised)
    assert ("Each parameter takes" in before, "Each parameter takes" in after) == (False, True)
    assert f"{value_of(practised):g} GB" in after


def test_the_question_before_the_answer_says_what_will_be_shown(web: Client, practised: Item) -> None:
    text = text_of(web.get(reverse("practice_reveal", args=[practised.interview_id, 1])))
    assert "the value and how one gets there" in text


def test_a_hint_shows_the_values_of_the_interview(web: Client, practised: Item) -> None:
    open_hint(practised, timezone.now())
    assert f"Begin with {shown_of(practised)}." in page(web, practised)


# The database


def test_a_release_keeps_its_key_with_every_variant(question: Question) -> None:
    key = question.releases.get().estimate_key
    assert key is not None
    assert [variant.answer for variant in key.variants] == list(VALUES.values())


def test_authors_see_every_variant_with_its_value(sign_in: SignIn, admin: User, question: Question) -> None:
    text = text_of(sign_in(admin).get(reverse("question", args=[question.slug])))
    for shown, value in VALUES.items():
        assert f">{shown}</td>" in text
        assert f"{value:g} GB" in text
