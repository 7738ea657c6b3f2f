"""A cast of characters: real rows, made by the services that make them in the product."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings, settings
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from grader import Result, TestResult, Verdict
from interview.models import Grading, Interview, Item, Question, Review, Section, Slot, Template, User
from interview.models.submission import SubmissionKind
from interview.models.template import Navigation, TemplateState
from interview.models.user import Role
from interview.services import bank as banks
from interview.services import grading as gradings
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.opinion import hand_over
from interview.services.release import Conclusion, release_review
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.submission import submit

SOFTMAX = "def softmax(x, dim=-1):\n    return x.softmax(dim)\n"


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes a person; with a password only where a test signs in by one, for hashing is slow on purpose."""

    def make(name: str, role: Role = Role.CANDIDATE, password: str | None = None) -> User:
        return User.objects.create_user(f"{name}@example.org", password, display_name=name.title(), role=role)

    return make


@pytest.fixture(autouse=True)
def counters_of_its_own(settings: LazySettings) -> None:
    """Tries are counted in Redis, which no test rolls back and which tests beside this one use as well."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}


@pytest.fixture(scope="module")
def _sandbox() -> Iterator[None]:
    yield
    gradings.close_grader()


@pytest.fixture
def candidate(person: Callable[..., User]) -> User:
    return person("casey")


@pytest.fixture
def other_candidate(person: Callable[..., User]) -> User:
    return person("robin")


@pytest.fixture
def interviewer(person: Callable[..., User]) -> User:
    return person("ines", Role.INTERVIEWER)


@pytest.fixture
def other_interviewer(person: Callable[..., User]) -> User:
    return person("otto", Role.INTERVIEWER)


@pytest.fixture
def admin(person: Callable[..., User]) -> User:
    return person("ada", Role.ADMIN)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Load the bank that ships once, before any test: it never changes, and each test rolls back to it."""
    with django_db_blocker.unblock():
        list(banks.load_bank(settings.BANK_DIR))


@pytest.fixture
def bank(db: None) -> None:
    """The bank that ships, see `django_db_setup`."""


@pytest.fixture
def template(bank: None) -> Template:
    return Template.objects.get(slug="first-interview")


@pytest.fixture
def running(candidate: User, template: Template) -> Interview:
    """The candidate's interview, just started."""
    return start_interview(candidate, template)


@pytest.fixture
def text_item(running: Interview) -> Item:
    return running.items.get(release__question__slug="explain-backpropagation")


@pytest.fixture
def code_item(running: Interview) -> Item:
    return running.items.get(release__question__slug="stable-softmax")


def code_answer(item: Item, source: str = SOFTMAX) -> dict[str, dict[str, str]]:
    """An answer of the form that the item's question asks for."""
    return {"files": dict.fromkeys(item.release.starter, source)}


def result_for(grading: Grading, verdict: Verdict = Verdict.ACCEPTED) -> Result:
    """A result such as the grader gives: one visible and one hidden test that share the points."""
    full = grading.release.automatic_points if grading.release else 10.0
    passed = verdict is Verdict.ACCEPTED
    tests = tuple(
        TestResult(
            name=name,
            verdict=verdict,
            points=full / 2 if passed else 0,
            max_points=full / 2,
            visible=visible,
            reveal="message",
            message="" if passed else "the value is wrong at [0]",
            stdout=f"printed by the {name}\n",
        )
        for name, visible in (("visible test", True), ("hidden test", False))
    )
    return Result(
        verdict=verdict,
        score=full if passed else 0,
        max_score=full,
        seed=grading.seed,
        tests=tests,
        stdout="".join(test.stdout for test in tests),
    )


def judged(grading: Grading, verdict: Verdict = Verdict.ACCEPTED) -> Grading:
    """The grading after a worker claimed it and recorded `verdict`."""
    claimed = gradings.claim(grading.pk)
    assert claimed
    gradings.record(claimed, result_for(claimed, verdict))
    claimed.refresh_from_db()
    return claimed


@pytest.fixture
def handed_in(running: Interview, candidate: User, text_item: Item, code_item: Item) -> Interview:
    """Both questions answered, the code accepted, handed in."""
    save_draft(text_item, {"text": "Backpropagation applies the chain rule backwards. It caches."}, 0)
    submission = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item))
    assert submission.current_grading
    judged(submission.current_grading)
    return hand_in(running, candidate)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A browser of one's own for each person."""

    def as_person(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return as_person


@pytest.fixture
def kinds(candidate: User, bank: None) -> Interview:
    """An interview of the candidate with a choice question and a debugging one, just started."""
    template = Template.objects.create(
        slug="kinds", title="Two kinds", summary="To pick and to order.", state=TemplateState.ACTIVE
    )
    section = Section.objects.create(template=template, position=0, title="Both", minutes=30)
    for position, slug in enumerate(("normalization-and-modes", "loss-does-not-fall")):
        Slot.objects.create(section=section, position=position, question=Question.objects.get(slug=slug))
    return start_interview(candidate, template)


@pytest.fixture
def one_way(bank: None) -> Template:
    """Two questions to move between, then two one way: text, text, code, text."""
    template = Template.objects.create(
        slug="one-way", title="One way", summary="x", state=TemplateState.ACTIVE
    )
    sections = [("Free", Navigation.FREE, ["explain-backpropagation", "five-levers"])]
    sections.append(("Strict", Navigation.ONE_WAY, ["stable-softmax", "adam-or-sgd"]))
    for position, (title, navigation, slugs) in enumerate(sections):
        section = Section.objects.create(
            template=template, position=position, title=title, minutes=20, navigation=navigation
        )
        for index, slug in enumerate(slugs):
            Slot.objects.create(section=section, position=index, question=Question.objects.get(slug=slug))
    return template


@pytest.fixture
def choice_item(kinds: Interview) -> Item:
    return kinds.items.get(release__kind="choice")


@pytest.fixture
def entries_item(kinds: Interview) -> Item:
    return kinds.items.get(release__kind="debugging")


def right_choices(item: Item) -> dict[str, Any]:
    """The answer that the key of a choice question says."""
    return {"choices": {part["id"]: part["key"] for part in item.release.choice}}


def some_entries(*texts: str) -> dict[str, Any]:
    return {"entries": [{"id": f"e{number}", "text": text} for number, text in enumerate(texts)]}


def concluded(
    review: Review, recommendation: str, evidence: str, summary: str, now: datetime | None = None
) -> Review:
    """The review, released with the same words for every area as for the whole."""
    return release_review(review, conclusion_of(review, recommendation, evidence, summary), now)


def conclusion_of(review: Review, recommendation: str, evidence: str, summary: str) -> Conclusion:
    """The same words for every area as for the whole."""
    areas = {
        item.release.question.area_id: (recommendation, evidence) for item in review.interview.items.all()
    }
    return Conclusion(recommendation, evidence, summary, areas)


def handed_over(
    interview: Interview, reviewer: User, met: Collection[str], recommendation: str = "yes"
) -> Review:
    """One of two markings of the whole interview, with these criteria met wherever a rubric has them."""
    review = claim_review(interview, reviewer)
    for item in interview.items.filter(release__rubric_points__gt=0):
        known = [entry["id"] for entry in item.release.rubric_entries()]
        mark_item(review, item, Judgement([one for one in met if one in known]))
    name = reviewer.display_name
    return hand_over(review, conclusion_of(review, recommendation, f"Seen by {name}.", f"From {name}."))
