"""The pages of those who look after the questions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from interview.models import Interview, Item, Question, Release, User
from interview.models.working_copy import ChangeKind
from interview.services.question import parsed, publish_release, publish_statement
from interview.services.review import claim_review
from interview.services.working_copy import add_question

SignIn = Callable[[User], Client]
SLUG = "explain-backpropagation"


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def as_admin(sign_in: SignIn, admin: User) -> Client:
    return sign_in(admin)


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug=SLUG)


@pytest.fixture
def edit_url(question: Question) -> str:
    return reverse("question_edit", args=[SLUG])


# Who may


@pytest.mark.parametrize("who", ["candidate", "interviewer"])
@pytest.mark.parametrize("name", ["question_list", "question", "question_edit", "question_preview"])
def test_only_admins_see_the_bank(
    request: pytest.FixtureRequest, sign_in: SignIn, question: Question, who: str, name: str
) -> None:
    url = reverse(name, args=[] if name == "question_list" else [SLUG])
    response = sign_in(request.getfixturevalue(who)).post(url, {"statement": "Mine.", "seen": 1})
    assert response.status_code == 403
    assert "This page belongs to those who look after the questions." in page(response)
    assert question.releases.count() == 1


@pytest.mark.parametrize("name", ["question_list", "question", "question_edit", "question_preview"])
def test_a_stranger_is_sent_to_sign_in(client: Client, name: str) -> None:
    url = reverse(name, args=[] if name == "question_list" else [SLUG])
    assert client.get(url).headers["location"] == f"{reverse('login')}?next={url}"


def test_a_question_that_the_bank_does_not_have_is_not_found(as_admin: Client, bank: None) -> None:
    assert as_admin.get(reverse("question", args=["no-such-question"])).status_code == 404


# The list


def test_the_list_shows_title_release_and_how_often_it_was_served(
    as_admin: Client, running: Interview
) -> None:
    found = as_admin.get(reverse("question_list")).context["questions"]
    shown = {question.slug: (question.title, question.release_number, question.served) for question in found}
    assert shown[SLUG] == ("Explain backpropagation on a small graph", 1, 1)


def test_an_empty_bank_says_how_it_is_filled() -> None:
    assert "The bank is empty" in render_to_string("question/list.html", {"questions": []})


def test_the_list_takes_as_many_queries_for_more_questions(
    as_admin: Client, question: Question, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        before = len(as_admin.get(reverse("question_list")).context["questions"])
    for number in range(5):
        copy_of(question, number)
    with django_assert_num_queries(3):
        assert len(as_admin.get(reverse("question_list")).context["questions"]) == before + 5


def copy_of(question: Question, number: int) -> Release:
    """Another question with the same contents."""
    files = question.releases.get().file_contents
    uuid = f"00000000-0000-4000-8000-00000000000{number}"
    front = files["question.yaml"].decode().replace(str(question.uuid), uuid)
    folder = parsed(files | {"question.yaml": front.encode()})
    another = add_question(folder, f"copy-{number}", None, ChangeKind.IMPORTED).question
    return publish_release(another, folder, author=None)


# One question


def test_a_question_shows_its_statement_rubric_model_answer_and_history(
    as_admin: Client, question: Question, admin: User
) -> None:
    release = publish_statement(question, "Explain it **briefly**.", admin, seen=1, note="Shorter")
    html = page(as_admin.get(reverse("question", args=[SLUG])))
    assert "<strong>briefly</strong>" in html
    assert "Red flags" in html
    assert "Model answer" in html
    assert release.content_hash[:10] in html
    assert "Shorter" in html
    assert "loaded from a folder" in html


def test_an_older_release_can_be_read_as_it_was(as_admin: Client, question: Question, admin: User) -> None:
    publish_statement(question, "Explain it **briefly**.", admin, seen=1)
    response = as_admin.get(reverse("question", args=[SLUG]), {"release": "1"})
    assert response.context["release"].number == 1
    assert "Release 1, as it was." in page(response)
    assert "<strong>briefly</strong>" not in page(response)


@pytest.mark.parametrize("number", ["7", "x", "-1"])
def test_a_release_that_never_was_is_not_found(as_admin: Client, question: Question, number: str) -> None:
    assert as_admin.get(reverse("question", args=[SLUG]), {"release": number}).status_code == 404


def test_a_question_takes_as_many_queries_for_more_releases(
    as_admin: Client, question: Question, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("question", args=[SLUG])
    with django_assert_num_queries(4):
        as_admin.get(url)
    for number in range(1, 4):
        publish_statement(question, f"Statement {number}.", admin, seen=number)
    with django_assert_num_queries(4):
        assert len(as_admin.get(url).context["history"]) == 4


# The editor


def test_the_editor_opens_with_the_newest_statement(
    as_admin: Client, question: Question, edit_url: str
) -> None:
    html = page(as_admin.get(edit_url))
    assert ">\nA new colleague knows what a derivative is" in html
    assert 'name="seen" value="1"' in html


def test_publishing_makes_the_next_release_and_says_who_keeps_the_old_one(
    as_admin: Client, question: Question, admin: User, edit_url: str
) -> None:
    words = {"statement": "Explain it **briefly**.", "note": "Shorter", "seen": 1}
    response = as_admin.post(edit_url, words, follow=True)
    assert response.redirect_chain == [(reverse("question", args=[SLUG]), 302)]
    assert "Release 2 is published" in page(response)
    assert "keep release 1" in page(response)
    newest = question.releases.get(number=2)
    assert (newest.statement, newest.author, newest.note) == ("Explain it **briefly**.\n", admin, "Shorter")


def test_an_edit_of_an_overtaken_release_is_refused_with_the_text_kept(
    as_admin: Client, question: Question, person: Callable[..., User], edit_url: str
) -> None:
    colleague = person("alex", "admin")
    publish_statement(question, "What the colleague wrote.", colleague, seen=1)
    response = as_admin.post(edit_url, {"statement": "What I wrote.", "note": "Mine", "seen": 1})
    html = page(response)
    assert response.status_code == 422
    assert "release 2 appeared while you edited release 1" in html
    assert ">\nWhat I wrote.</textarea>" in html
    assert 'value="Mine"' in html
    assert ">What the colleague wrote.\n</pre>" in html
    assert question.releases.count() == 2


def test_after_reading_the_release_that_came_first_one_may_publish_over_it(
    as_admin: Client, question: Question, admin: User, edit_url: str
) -> None:
    publish_statement(question, "What the colleague wrote.", admin, seen=1)
    refused = page(as_admin.post(edit_url, {"statement": "What I wrote.", "seen": 1}))
    assert 'name="seen" value="2"' in refused
    as_admin.post(edit_url, {"statement": "Both of it.", "seen": 2})
    assert question.releases.get(number=3).statement == "Both of it.\n"


@pytest.mark.parametrize("statement", ["", "  \r\n "])
def test_an_empty_statement_is_refused(
    as_admin: Client, question: Question, edit_url: str, statement: str
) -> None:
    response = as_admin.post(edit_url, {"statement": statement, "seen": 1})
    assert response.status_code == 422
    assert "A question needs a statement." in page(response)
    assert question.releases.count() == 1


def test_an_unchanged_statement_is_refused(as_admin: Client, question: Question, edit_url: str) -> None:
    same = question.releases.get().statement.replace("\n", "\r\n")
    response = as_admin.post(edit_url, {"statement": same, "seen": 1})
    assert "Nothing to publish" in page(response)
    assert question.releases.count() == 1


def test_the_preview_shows_what_a_candidate_would_see(as_admin: Client, question: Question) -> None:
    response = as_admin.post(
        reverse("question_preview", args=[SLUG]),
        {"statement": "Explain $x^2$ **now**.\n\n<script>alert(1)</script>", "seen": 1},
        headers={"HX-Request": "true"},
    )
    html = page(response)
    assert html.strip().startswith('<div class="panel" id="preview">')
    assert "<strong>now</strong>" in html
    assert 'class="math inline"' in html
    assert "<script" not in html


def test_the_preview_shows_the_figures_of_the_question(as_admin: Client, question: Question) -> None:
    words = {"statement": "![The graph](figures/graph.svg)", "seen": 1}
    html = page(
        as_admin.post(reverse("question_preview", args=[SLUG]), words, headers={"HX-Request": "true"})
    )
    assert f'src="{reverse("figure", args=[question.releases.get().pk, "graph.svg"])}"' in html


def test_without_script_the_preview_comes_back_with_the_whole_page(
    as_admin: Client, question: Question
) -> None:
    words = {"statement": "Explain it **now**.", "note": "Kept", "seen": 1}
    html = page(as_admin.post(reverse("question_preview", args=[SLUG]), words))
    assert "<strong>now</strong>" in html
    assert ">\nExplain it **now**.</textarea>" in html
    assert 'value="Kept"' in html
    assert question.releases.count() == 1


def test_a_preview_of_an_overtaken_release_says_so(as_admin: Client, question: Question, admin: User) -> None:
    publish_statement(question, "What the colleague wrote.", admin, seen=1)
    html = page(as_admin.post(reverse("question_preview", args=[SLUG]), {"statement": "Mine.", "seen": 1}))
    assert "Release 2 appeared while you were writing." in html


def test_a_finished_interview_still_shows_the_statement_that_it_was_served(
    as_admin: Client, handed_in: Interview, text_item: Item, admin: User, edit_url: str
) -> None:
    as_admin.post(edit_url, {"statement": "Quite another task.", "seen": 1})
    claim_review(handed_in, admin)
    html = page(as_admin.get(reverse("review_item", args=[handed_in.pk, text_item.position])))
    assert "A new colleague knows what a derivative is" in html
    assert "Quite another task." not in html
