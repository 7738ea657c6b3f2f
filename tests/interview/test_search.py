"""Full-text search of the bank: what is found, in which order, whatever is typed."""

import pytest

from grader import Question as Folder
from interview.models import Question, Topic, User
from interview.models.working_copy import ChangeKind
from interview.selectors.curation import Asked, search
from interview.services.question import tag
from interview.services.working_copy import add_question
from tests.interview.curation import copy_of

WORDS = {
    "in-the-title": ("The quagga question", "ordinary", "Nothing to see."),
    "in-the-keywords": ("Another", "quagga", "Nothing to see."),
    "in-the-statement": ("A third", "ordinary", "Normalization of the quagga, in two steps."),
}


@pytest.fixture
def zoo(bank: None) -> list[Question]:
    """Three questions that have one rare word in different places."""
    files = copy_of(Question.objects.get(slug="explain-backpropagation")).file_contents
    return [made(files, number, slug, *words) for number, (slug, words) in enumerate(WORDS.items(), start=1)]


def made(
    files: dict[str, bytes], number: int, slug: str, title: str, keyword: str, statement: str
) -> Question:
    front = (
        f"format_version: 1\nuuid: 00000000-0000-4000-8000-00000000000{number}\ntitle: {title}\nkind: conceptual\n"
        f"area: backpropagation\ncovers: [B1]\nlevel: mid\nminutes: 10\nkeywords: [{keyword}]\n"
    )
    own = files | {"question.yaml": front.encode(), "statement.md": f"{statement}\n".encode()}
    return add_question(Folder.from_files(own), slug, None, ChangeKind.IMPORTED).question


def found(admin: User, words: str) -> list[str]:
    return [question.slug for question in search(admin, Asked(search=words))]


def test_a_title_counts_more_than_a_keyword_and_a_keyword_more_than_the_statement(
    zoo: list[Question], admin: User
) -> None:
    assert found(admin, "quagga") == ["in-the-title", "in-the-keywords", "in-the-statement"]


def test_a_tag_counts_like_a_keyword(zoo: list[Question], admin: User) -> None:
    tag([zoo[2]], admin, add=["okapi"])
    tag([zoo[1]], admin, add=["okapi-house"])
    assert set(found(admin, "okapi")) == {"in-the-keywords", "in-the-statement"}


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("quag", ["in-the-title", "in-the-keywords", "in-the-statement"]),  # the beginning of a word
        ("quagga ques", ["in-the-title"]),  # every word counts
        ("QUAGGAS", ["in-the-title", "in-the-keywords", "in-the-statement"]),  # another form
        ("quagga normaliz", ["in-the-statement"]),  # longer than its stem
        ('"quagga question"', ["in-the-title"]),
        ('"question quagga"', []),
        ("quagga -question", ["in-the-keywords", "in-the-statement"]),
        ("quagga -normalization -question", ["in-the-keywords"]),
        ("in-the-title", ["in-the-title"]),
    ],
)
def test_a_search_finds_words_beginnings_phrases_and_leaves_out_what_it_should(
    zoo: list[Question], admin: User, words: str, slugs: list[str]
) -> None:
    assert sorted(found(admin, words)) == sorted(slugs)


def test_one_of_two_words_is_enough_with_or(zoo: list[Question], admin: User) -> None:
    assert set(found(admin, "quagga or softmax")) > {"in-the-title", "stable-softmax"}


def test_the_title_of_a_topic_finds_the_questions_that_cover_it(zoo: list[Question], admin: User) -> None:
    assert set(WORDS) <= set(found(admin, Topic.objects.get(code="B1").title))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        "!",
        "&",
        "a & | b",
        "'",
        "\\",
        ":*",
        "-",
        '"',
        "(",
        "quagga:*",
        "²",
        "-- drop",
        "x" * 200,
        "<->",
    ],
)
def test_whatever_is_typed_is_a_search_and_never_a_fault(
    zoo: list[Question], admin: User, words: str
) -> None:
    assert len(found(admin, words)) >= 0
