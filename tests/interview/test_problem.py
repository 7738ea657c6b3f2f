"""Problems with questions: reported where they are met, answered by those who can mend them, never lost or forged."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from interview.exceptions import InvalidProblem, NotAllowed
from interview.models import Interview, Item, Problem, Proof, Question, Release, User
from interview.models.user import Role
from interview.selectors import problem as problems
from interview.services.problem import BODY_LIMIT, OPEN_LIMIT, answer, report_item, report_question
from interview.services.question import parsed, publish_release

SignIn = Callable[[User], Client]
People = Callable[..., User]


@pytest.fixture
def curator(person: People) -> User:
    return person("cora", Role.CURATOR)


@pytest.fixture
def author(person: People) -> User:
    return person("anna", Role.AUTHOR)


@pytest.fixture
def tester(person: People) -> User:
    return person("tess", Role.TESTER)


@pytest.fixture
def reported(text_item: Item, candidate: User) -> Problem:
    return report_item(text_item, candidate, "Part 2 has no number for x.")


@pytest.fixture
def mending(reported: Problem) -> Release:
    """A second release of the question that the problem is about."""
    files = reported.question.releases.get().file_contents | {"statement.md": b"x is 2.\n"}
    Proof.objects.create(content_hash=parsed(files).content_hash)
    return publish_release(reported.question, parsed(files), author=None)


def page(response: Any) -> str:
    return str(response.content.decode())


def report_url(item: Item) -> str:
    return reverse("problem_report", args=[item.interview_id, item.position])


# Reporting


def test_a_report_names_the_release_in_which_it_was_seen(
    reported: Problem, text_item: Item, candidate: User
) -> None:
    assert (reported.question, reported.release, reported.item, reported.reporter, reported.state) == (
        text_item.release.question,
        text_item.release,
        text_item,
        candidate,
        "open",
    )


def test_the_same_report_twice_is_one(reported: Problem, text_item: Item, candidate: User) -> None:
    assert report_item(text_item, candidate, "Part 2 has no number for x.\r\n") == reported
    assert Problem.objects.count() == 1


def test_only_the_one_who_was_asked_reports_from_an_interview(
    text_item: Item, other_candidate: User, admin: User
) -> None:
    for somebody in (other_candidate, admin):
        with pytest.raises(NotAllowed):
            report_item(text_item, somebody, "Mine.")


@pytest.mark.parametrize(
    ("body", "reason"),
    [("", "Say in a few words"), (" \n ", "Say in a few words"), ("x" * (BODY_LIMIT + 1), "4000 fit")],
)
def test_a_report_without_words_or_with_too_many_is_refused(
    text_item: Item, candidate: User, body: str, reason: str
) -> None:
    with pytest.raises(InvalidProblem, match=reason):
        report_item(text_item, candidate, body)


def test_a_flood_of_reports_is_refused_until_some_are_answered(
    text_item: Item, candidate: User, curator: User
) -> None:
    sent = [report_item(text_item, candidate, f"Number {number}.") for number in range(OPEN_LIMIT)]
    with pytest.raises(InvalidProblem, match="wait for an answer"):
        report_item(text_item, candidate, "One more.")
    answer(sent[0], curator, "Thank you.", text_item.release)
    assert report_item(text_item, candidate, "One more.").state == "open"


def test_a_tester_reports_what_is_wrong_with_a_draft(bank: None, tester: User) -> None:
    question = Question.objects.get(slug="stable-softmax")
    problem = report_question(question, tester, "Level is too high.")
    assert (problem.release, problem.item) == (None, None)


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER])
def test_who_does_not_try_questions_does_not_report_from_the_bank(
    bank: None, person: People, role: Role
) -> None:
    with pytest.raises(NotAllowed):
        report_question(Question.objects.get(slug="stable-softmax"), person("mia", role), "Mine.")


# Answering


def test_an_answer_is_tied_to_the_release_that_mends_it(
    reported: Problem, mending: Release, curator: User
) -> None:
    done = answer(reported, curator, "x is given now.", mending, mended=True)
    assert (done.state, done.answer, done.answered_by, done.answered_in, done.mended) == (
        "answered",
        "x is given now.",
        curator,
        mending,
        True,
    )


def test_an_answer_can_say_that_a_release_is_right_as_it_is(reported: Problem, curator: User) -> None:
    assert answer(reported, curator, "x stands in the figure.", reported.release).mended is False


def test_a_release_cannot_have_mended_what_was_seen_in_it(reported: Problem, curator: User) -> None:
    with pytest.raises(InvalidProblem, match="release 1 cannot have mended it"):
        answer(reported, curator, "Mended.", reported.release, mended=True)


def test_an_answer_needs_a_release_where_there_is_one(reported: Problem, curator: User) -> None:
    with pytest.raises(InvalidProblem, match="Name the release that settles it"):
        answer(reported, curator, "Thank you.", None)


def test_an_answer_does_not_name_a_release_of_another_question(reported: Problem, curator: User) -> None:
    foreign = Release.objects.exclude(question=reported.question).first()
    with pytest.raises(InvalidProblem, match="another question's"):
        answer(reported, curator, "Thank you.", foreign)


def test_an_answer_that_somebody_gave_meanwhile_is_not_replaced_unread(
    reported: Problem, curator: User, admin: User
) -> None:
    answer(reported, curator, "First.", reported.release)
    with pytest.raises(InvalidProblem, match="Somebody answered this meanwhile"):
        answer(reported, admin, "Second.", reported.release)
    assert answer(reported, admin, "Second.", reported.release, again=True).answer == "Second."


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER, Role.AUTHOR])
def test_who_does_not_curate_does_not_answer(reported: Problem, person: People, role: Role) -> None:
    with pytest.raises(NotAllowed):
        answer(reported, person("mia", role), "Mine.", reported.release)


# What the database keeps true


@pytest.mark.parametrize(
    "field", [{"body": "Nothing."}, {"release": None}, {"reported_at": "2020-01-01T00:00Z"}]
)
def test_postgres_refuses_to_change_a_report(reported: Problem, field: dict[str, Any]) -> None:
    with (
        pytest.raises(ProgrammingError, match="Cannot update rows"),
        transaction.atomic(),
    ):
        Problem.objects.update(**field)


@pytest.mark.parametrize("field", [{"answer": "Half."}, {"mended": True}])
def test_postgres_refuses_half_an_answer(reported: Problem, field: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="problem_answered_wholly_or_not_at_all"), transaction.atomic():
        Problem.objects.update(**field)


def test_postgres_refuses_a_release_of_another_question(reported: Problem, curator: User) -> None:
    done = answer(reported, curator, "Thank you.", reported.release)
    foreign = Release.objects.exclude(question=reported.question).first()
    with pytest.raises(IntegrityError, match="releases of its own question"), transaction.atomic():
        Problem.objects.filter(pk=done.pk).update(answered_in=foreign)


# The pages of the one who reports


def test_a_candidate_reports_beside_the_question_and_stays_there(
    sign_in: SignIn, candidate: User, text_item: Item
) -> None:
    web = sign_in(candidate)
    html = page(web.get(reverse("item", args=[text_item.interview_id, text_item.position])))
    assert f'hx-post="{report_url(text_item)}"' in html
    part = page(web.post(report_url(text_item), {"body": "No number."}, headers={"HX-Request": "true"}))
    assert part.strip().startswith('<section class="beside mt2"')
    assert "Thank you, it is sent." in part
    assert "No number." in part
    assert Problem.objects.get().body == "No number."


@pytest.mark.parametrize("fixture", ["text_item", "code_item", "choice_item", "entries_item"])
def test_every_form_of_answer_has_the_report_beside_it_and_outside_its_form(
    request: pytest.FixtureRequest, sign_in: SignIn, candidate: User, fixture: str
) -> None:
    item = request.getfixturevalue(fixture)
    html = page(sign_in(candidate).get(reverse("item", args=[item.interview_id, item.position])))
    before = html.split("Report a problem with this question")[0]
    assert before.count("<form") == before.count("</form>")


def test_without_script_the_report_answers_with_the_list_of_ones_reports(
    sign_in: SignIn, candidate: User, text_item: Item
) -> None:
    response = sign_in(candidate).post(report_url(text_item), {"body": "No number."}, follow=True)
    assert response.redirect_chain == [(reverse("problems_mine"), 302)]
    assert "No number." in page(response)


def test_an_empty_report_comes_back_with_what_is_missing(
    sign_in: SignIn, candidate: User, text_item: Item
) -> None:
    web = sign_in(candidate)
    whole = web.post(report_url(text_item), {"body": " "})
    assert (whole.status_code, "Say in a few words what is wrong." in page(whole)) == (422, True)
    part = web.post(report_url(text_item), {"body": " "}, headers={"HX-Request": "true"})
    assert (part.status_code, "Say in a few words what is wrong." in page(part)) == (200, True)
    assert Problem.objects.count() == 0


def test_an_item_of_somebody_else_is_not_found(
    sign_in: SignIn, other_candidate: User, text_item: Item
) -> None:
    assert sign_in(other_candidate).post(report_url(text_item), {"body": "Mine."}).status_code == 404


def test_what_was_typed_is_shown_as_text(sign_in: SignIn, candidate: User, text_item: Item) -> None:
    report_item(text_item, candidate, "<script>alert(1)</script>")
    html = page(sign_in(candidate).get(reverse("problems_mine")))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_reporter_reads_the_answer_among_their_reports(
    sign_in: SignIn, candidate: User, reported: Problem, mending: Release, curator: User
) -> None:
    answer(reported, curator, "x is given now.", mending, mended=True)
    html = page(sign_in(candidate).get(reverse("problems_mine")))
    assert "x is given now." in html
    assert "mended by release 2" in html


def test_the_reporter_reads_the_answer_in_the_report_of_the_interview(
    sign_in: SignIn, candidate: User, handed_in: Interview, text_item: Item, curator: User
) -> None:
    problem = report_item(text_item, candidate, "No number.")
    answer(problem, curator, "It stands in the figure.", problem.release)
    Interview.objects.filter(pk=handed_in.pk).update(released_at=handed_in.closed_at)
    html = page(sign_in(candidate).get(reverse("report", args=[handed_in.pk])))
    assert "It stands in the figure." in html
    assert html.count("Report a problem with this question") == 2


def test_reports_of_others_are_not_among_ones_own(
    sign_in: SignIn, other_candidate: User, reported: Problem
) -> None:
    assert "Part 2 has no number" not in page(sign_in(other_candidate).get(reverse("problems_mine")))


def test_a_tester_reports_from_the_page_of_a_question(sign_in: SignIn, tester: User, bank: None) -> None:
    web, url = sign_in(tester), reverse("question_problem", args=["stable-softmax"])
    assert "as its draft says it" in page(web.get(url))
    assert "as release 1 says it" in page(web.get(f"{url}?release=1"))
    assert web.get(f"{url}?release=9").status_code == web.get(f"{url}?release=x").status_code == 404
    assert web.post(f"{url}?release=1", {"body": "Too easy."}).status_code == 302
    assert Problem.objects.get().release.number == 1


# The inbox


@pytest.fixture
def some(text_item: Item, code_item: Item, candidate: User, curator: User) -> list[Problem]:
    first, second, third = (
        report_item(item, candidate, body)
        for item, body in ((text_item, "Oldest"), (code_item, "Middle"), (text_item, "Newest"))
    )
    answer(second, curator, "Thank you.", second.release)
    return [first, second, third]


def shown(response: Any) -> list[str]:
    return [problem.body for problem in response.context["page"].object_list]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Oldest", "Newest"]),
        ({"state": "open"}, ["Oldest", "Newest"]),
        ({"state": "answered"}, ["Middle"]),
        ({"state": ""}, ["Newest", "Oldest", "Middle"]),
        ({"state": "lost"}, ["Newest", "Oldest", "Middle"]),
        ({"search": "NEW"}, ["Newest"]),
        ({"search": "stable-softmax"}, ["Middle"]),
        ({"search": "softmax that survives", "state": "answered"}, ["Middle"]),
        ({"area": "optimizers"}, []),
        ({"area": "backpropagation", "state": "answered"}, ["Middle"]),
        ({"search": "100%_"}, []),
    ],
)
def test_the_inbox_finds_problems_by_what_is_asked(
    sign_in: SignIn, author: User, some: list[Problem], asked: dict[str, str], found: list[str]
) -> None:
    assert shown(sign_in(author).get(reverse("problems"), asked)) == found


def test_the_inbox_counts_and_does_not_name_the_candidate(
    sign_in: SignIn, author: User, some: list[Problem], candidate: User
) -> None:
    html = page(sign_in(author).get(reverse("problems")))
    assert "2 open, 1 answered." in html
    assert candidate.display_name not in html


def test_the_inbox_has_pages(sign_in: SignIn, author: User, text_item: Item, candidate: User) -> None:
    many(text_item, candidate, 51)
    response = sign_in(author).get(reverse("problems"), {"state": "open", "page": "2"})
    assert (shown(response), "state=open" in page(response)) == (["Number 50"], True)


def test_an_empty_inbox_says_how_it_is_filled(sign_in: SignIn, author: User, db: None) -> None:
    assert "Nobody has reported a problem" in page(sign_in(author).get(reverse("problems")))


def many(item: Item, reporter: User, number: int) -> None:
    Problem.objects.bulk_create(
        Problem(
            question=item.release.question,
            release=item.release,
            item=item,
            reporter=reporter,
            body=f"Number {n}",
        )
        for n in range(number)
    )


@pytest.mark.parametrize(
    ("name", "who", "queries"), [("problems", "author", 6), ("problems_mine", "candidate", 4)]
)
def test_a_list_takes_as_many_queries_for_300_problems_as_for_3(
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    text_item: Item,
    candidate: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    who: str,
    queries: int,
) -> None:
    web = sign_in(request.getfixturevalue(who))
    many(text_item, candidate, 3)
    with django_assert_num_queries(queries):
        assert len(shown(web.get(reverse(name)))) == 3
    many(text_item, candidate, 297)
    with django_assert_num_queries(queries):
        assert len(shown(web.get(reverse(name)))) == 50


def test_what_was_reported_of_many_items_takes_one_query(
    running: Interview,
    candidate: User,
    some: list[Problem],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    items = list(running.items.all())
    with django_assert_num_queries(1):
        problems.attach(items, candidate)
    assert [[problem.body for problem in item.own_problems] for item in items] == [
        ["Oldest", "Newest"],
        ["Middle"],
    ]


# Answering in the browser


def test_a_curator_answers_from_the_inbox(
    sign_in: SignIn, curator: User, reported: Problem, mending: Release
) -> None:
    web, url = sign_in(curator), reverse("problem", args=[reported.pk])
    assert 'name="release"' in page(web.get(url))
    sent = {"body": "x is given now.", "release": mending.pk, "mended": "on"}
    assert web.post(url, sent).headers["location"] == reverse("problems")
    reported.refresh_from_db()
    assert (reported.answer, reported.answered_in, reported.mended) == ("x is given now.", mending, True)


def test_a_refused_answer_stays_in_the_page(sign_in: SignIn, curator: User, reported: Problem) -> None:
    url = reverse("problem", args=[reported.pk])
    sent = {"body": "Mended, I think.", "release": reported.release.pk, "mended": "on"}
    response = sign_in(curator).post(url, sent)
    assert response.status_code == 422
    assert "release 1 cannot have mended it" in page(response)
    assert "Mended, I think." in page(response)


def test_an_answer_given_meanwhile_is_shown_and_can_then_be_replaced(
    sign_in: SignIn, curator: User, admin: User, reported: Problem
) -> None:
    url, web = reverse("problem", args=[reported.pk]), sign_in(curator)
    answer(reported, admin, "First.", reported.release)
    sent = {"body": "Second.", "release": reported.release.pk}
    refused = page(web.post(url, sent))
    assert "Somebody answered this meanwhile" in refused
    assert "First." in refused
    assert '<input type="hidden" name="again" value="on">' in refused
    assert web.post(url, sent | {"again": "on"}).status_code == 302


def test_an_author_reads_a_problem_and_cannot_answer_it(
    sign_in: SignIn, author: User, reported: Problem
) -> None:
    web, url = sign_in(author), reverse("problem", args=[reported.pk])
    html = page(web.get(url))
    assert "Part 2 has no number for x." in html
    assert "Send the answer" not in html
    response = web.post(url, {"body": "Mine.", "release": reported.release.pk})
    assert "Only curators and admins answer reported problems." in page(response)
    reported.refresh_from_db()
    assert reported.state == "open"


def test_a_problem_that_is_not_there_is_not_found(sign_in: SignIn, author: User) -> None:
    assert sign_in(author).get(reverse("problem", args=[4711])).status_code == 404
