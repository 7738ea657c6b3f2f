"""Publishing, retiring, reopening and tagging: who may, what is refused, and what the history says afterwards."""

from collections.abc import Callable

import pytest

from interview.exceptions import InvalidRelease, NotAllowed, Stale
from interview.models import Interview, Item, Question, User
from interview.models.question import QuestionState
from interview.models.user import Role
from interview.services.question import publish, reopen, retire, retire_all, tag
from interview.services.working_copy import create, save_files
from tests.interview.curation import copy_of, edited, prove, published

People = Callable[..., User]


@pytest.fixture
def curator(person: People) -> User:
    return person("cora", Role.CURATOR)


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug="explain-backpropagation")


@pytest.fixture
def other(bank: None) -> Question:
    return Question.objects.get(slug="stable-softmax")


def told(question: Question) -> tuple[str, str]:
    """The latest entry of the history."""
    latest = question.changes.first()
    assert latest is not None
    return latest.kind, latest.note


def state_of(question: Question) -> str:
    question.refresh_from_db()
    return question.state


# Publishing


def test_publishing_names_who_and_which_release_in_the_history(question: Question, curator: User) -> None:
    release = published(question, curator, "Better.\n", note="Clearer")
    latest = question.changes.first()
    assert (latest.kind, latest.actor, latest.release, latest.note) == (
        "published",
        curator,
        release,
        "Clearer",
    )
    assert copy_of(question).based_on == release


def test_a_revision_that_is_not_the_newest_is_not_published(question: Question, curator: User) -> None:
    edited(question, curator, text="First.\n")
    edited(question, curator, text="Second.\n")
    prove(question)
    with pytest.raises(Stale):
        publish(question, curator, seen=2)
    assert question.releases.count() == 1


def test_the_files_of_the_newest_release_are_not_published_again(question: Question, curator: User) -> None:
    with pytest.raises(InvalidRelease, match="these are the files of release 1"):
        publish(question, curator, seen=1)


def test_files_that_make_no_question_are_not_published(question: Question, curator: User) -> None:
    edited(question, curator, "question.yaml", "titel: x\n")
    with pytest.raises(InvalidRelease, match=r"Not published: question\.yaml:1"):
        publish(question, curator, seen=2)


def test_a_question_keeps_its_uuid(question: Question, curator: User) -> None:
    front = copy_of(question).file_contents["question.yaml"].decode()
    stolen = front.replace(str(question.uuid), "00000000-0000-4000-8000-000000000000")
    edited(question, curator, "question.yaml", stolen)
    prove(question)
    with pytest.raises(InvalidRelease, match="A question keeps its uuid"):
        publish(question, curator, seen=2)


def test_the_first_release_publishes_a_draft(bank: None, curator: User) -> None:
    made = create(curator, "optimizers", "a-new-one", "conceptual", "A new one")
    prove(made)
    assert (publish(made, curator, seen=1).number, state_of(made)) == (1, QuestionState.PUBLISHED)


def test_area_and_kind_follow_the_release(question: Question, curator: User) -> None:
    front = copy_of(question).file_contents["question.yaml"].decode()
    edited(question, curator, "question.yaml", front.replace("area: backpropagation", "area: optimizers"))
    prove(question)
    publish(question, curator, seen=2)
    question.refresh_from_db()
    assert question.area_id == "optimizers"


def test_an_interview_that_runs_keeps_its_release(
    running: Interview, text_item: Item, question: Question, curator: User
) -> None:
    release = published(question, curator, "Something else.\n")
    text_item.refresh_from_db()
    assert (text_item.release.number, release.number) == (1, 2)


# Retiring


def test_a_retired_question_comes_back_as_it_was(question: Question, curator: User) -> None:
    assert retire(question, curator, "Too easy by now")
    assert (state_of(question), told(question)) == (QuestionState.RETIRED, ("retired", "Too easy by now"))
    assert reopen(question, curator)
    assert (state_of(question), told(question)) == (QuestionState.PUBLISHED, ("reopened", ""))


def test_only_a_published_question_is_retired_and_only_a_retired_one_reopened(
    question: Question, curator: User
) -> None:
    before = question.changes.count()
    assert reopen(question, curator) is False
    retire(question, curator)
    assert retire(question, curator) is False
    assert question.changes.count() == before + 1


def test_of_many_those_are_retired_that_are_published(
    question: Question, other: Question, curator: User
) -> None:
    retire(other, curator)
    assert retire_all([question, other], curator, "Spring cleaning") == 1
    assert (told(question), told(other)) == (("retired", "Spring cleaning"), ("retired", ""))


# Tagging


def test_tags_are_given_and_taken_in_one_form(question: Question, other: Question, curator: User) -> None:
    assert tag([question, other], curator, add=["Warm up", "  maths "]) == 2
    assert tag([question], curator, add=["maths", ""], remove=["warm-up", "never-there"]) == 1
    question.refresh_from_db()
    other.refresh_from_db()
    assert (question.tags, other.tags) == (["maths"], ["maths", "warm-up"])
    assert told(question) == ("tagged", "\N{MINUS SIGN}warm-up")
    assert told(other) == ("tagged", "+maths +warm-up")


def test_tags_that_change_nothing_leave_no_trace(question: Question, curator: User) -> None:
    before = question.changes.count()
    assert tag([question], curator, remove=["never-there"]) == 0
    assert question.changes.count() == before


@pytest.mark.parametrize("name", ["a,b", "größe", "<b>", "-x", "x" * 41, "a--b"])
def test_a_tag_that_is_none_is_refused_for_all(
    question: Question, other: Question, curator: User, name: str
) -> None:
    with pytest.raises(InvalidRelease, match="is no tag"):
        tag([question, other], curator, add=["good", name])
    question.refresh_from_db()
    assert question.tags == []


def test_too_many_tags_are_refused_for_all(question: Question, other: Question, curator: User) -> None:
    tag([other], curator, add=[f"t{number}" for number in range(20)])
    with pytest.raises(InvalidRelease, match="would have more than 20 tags"):
        tag([question, other], curator, add=["one-more"])
    question.refresh_from_db()
    assert question.tags == []


def test_a_tag_is_found_by_search(question: Question, curator: User) -> None:
    tag([question], curator, add=["quokka"])
    assert Question.objects.get(search="quokka") == question


# Who may


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER, Role.AUTHOR])
def test_who_does_not_curate_changes_no_state(question: Question, person: People, role: Role) -> None:
    me = person("mia", role)
    for change in (
        lambda: publish(question, me, seen=1),
        lambda: retire(question, me),
        lambda: reopen(question, me),
        lambda: retire_all([question], me),
        lambda: tag([question], me, add=["mine"]),
    ):
        with pytest.raises(NotAllowed, match="Only curators and admins"):
            change()
    assert (state_of(question), question.tags) == (QuestionState.PUBLISHED, [])


def test_an_author_edits_what_a_curator_publishes(question: Question, person: People, curator: User) -> None:
    author = person("anna", Role.AUTHOR)
    save_files(question, author, {"statement.md": b"Mine.\n"}, seen=1)
    prove(question)
    release = publish(question, curator, seen=2)
    assert (release.author, copy_of(question).changed_by) == (curator, author)
