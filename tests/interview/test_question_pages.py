"""The pages of the bank: finding questions, reading one, beginning one, bringing one in and out of service."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from interview.models import Interview, Item, Question, User
from interview.models.question import Kind, QuestionState
from interview.models.user import Role
from interview.selectors import curation
from interview.selectors.curation import Asked
from interview.services.archive import export_zip
from interview.services.question import publish, retire, tag
from interview.services.review import claim_review
from interview.services.working_copy import create
from tests.interview.curation import SignIn, copy_of, edited, many, page, prove

SLUG = "explain-backpropagation"
READ = ["question_list", "question", "question_export", "question_preview"]
WRITE = ["question_new"]
CURATE = ["question_publish", "question_retire", "question_import", "question_import_over"]
ACT = ["question_bulk", "question_reopen"]


@pytest.fixture
def as_admin(sign_in: SignIn, admin: User) -> Client:
    return sign_in(admin)


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug=SLUG)


def address(name: str) -> str:
    alone = {"question_list", "question_new", "question_import", "question_bulk"}
    return reverse(name, args=[] if name in alone else [SLUG])


# Who may


@pytest.mark.parametrize(
    ("role", "opened"),
    [
        (Role.CANDIDATE, []),
        (Role.INTERVIEWER, []),
        (Role.TESTER, READ),
        (Role.AUTHOR, READ + WRITE),
        (Role.CURATOR, READ + WRITE + CURATE),
        (Role.ADMIN, READ + WRITE + CURATE),
    ],
)
def test_each_role_opens_its_own_pages(
    sign_in: SignIn, person: Callable[..., User], question: Question, role: Role, opened: list[str]
) -> None:
    client = sign_in(person("someone", role))
    found = [name for name in READ + WRITE + CURATE if client.get(address(name)).status_code == 200]
    assert found == opened


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER, Role.AUTHOR])
@pytest.mark.parametrize("name", CURATE + ACT)
def test_nobody_but_a_curator_changes_what_is_served(
    sign_in: SignIn, person: Callable[..., User], question: Question, role: Role, name: str
) -> None:
    response = sign_in(person("someone", role)).post(address(name), {"seen": 1, "questions": SLUG})
    assert response.status_code == 403
    assert "This page belongs to those who look after the questions." in page(response)


@pytest.mark.parametrize("name", READ + WRITE + CURATE)
def test_a_stranger_is_sent_to_sign_in(client: Client, name: str) -> None:
    url = address(name)
    assert client.get(url).headers["location"] == f"{reverse('login')}?next={url}"


def test_a_question_that_the_bank_does_not_have_is_not_found(as_admin: Client, bank: None) -> None:
    assert as_admin.get(reverse("question", args=["no-such-question"])).status_code == 404


# The list


def shown(client: Client, **asked: str) -> list[str]:
    return [found.slug for found in client.get(reverse("question_list"), asked).context["page"]]


def counts(client: Client, name: str, **asked: str) -> dict[str, int]:
    facets = client.get(reverse("question_list"), asked).context["facets"]
    facet = next(facet for facet in facets if facet.name == name)
    return {choice.value: choice.count for choice in facet.choices if choice.count}


def test_the_list_shows_the_release_and_how_often_it_was_served(as_admin: Client, running: Interview) -> None:
    found = {question.slug: question for question in as_admin.get(reverse("question_list")).context["page"]}
    one = found[SLUG]
    assert (one.title, one.release_number, one.served, one.is_ahead) == (
        "Explain backpropagation on a small graph",
        1,
        1,
        False,
    )


def test_the_list_says_which_question_was_edited_since_its_release(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin)
    ahead = [found.slug for found in as_admin.get(reverse("question_list")).context["page"] if found.is_ahead]
    assert ahead == [SLUG]


@pytest.mark.parametrize("words", ["backpropagation graph", "BACKPROP", "colleague derivatives", "B1"])
def test_a_question_is_found_by_words_of_its_title_its_statement_and_its_topics(
    as_admin: Client, question: Question, words: str
) -> None:
    assert SLUG in shown(as_admin, search=words)


def test_a_question_is_found_by_its_tag(as_admin: Client, question: Question, admin: User) -> None:
    tag([question], admin, add=["first round"])
    assert shown(as_admin, tag="first-round") == [SLUG]
    assert shown(as_admin, search="first-round") == [SLUG]


@pytest.mark.parametrize("words", ["'; --", "& | ! :*", "(", "xyzzy", "a" * 300])
def test_odd_words_find_nothing_and_break_nothing(as_admin: Client, question: Question, words: str) -> None:
    assert as_admin.get(reverse("question_list"), {"search": words}).status_code == 200


def test_filters_narrow_the_list_together(as_admin: Client, question: Question) -> None:
    found = shown(as_admin, area="backpropagation", kind="conceptual", level="junior", covers="B1")
    assert found == [SLUG]
    assert shown(as_admin, area="optimizers", covers="B1") == []


def test_each_value_of_a_filter_is_counted_among_what_the_others_let_through(
    as_admin: Client, question: Question
) -> None:
    everywhere = Question.objects.filter(kind="conceptual").count()
    here = Question.objects.filter(kind="conceptual", area="backpropagation").count()
    assert counts(as_admin, "kind")["conceptual"] == everywhere
    assert counts(as_admin, "kind", area="backpropagation")["conceptual"] == here
    assert counts(as_admin, "area", area="backpropagation") == counts(as_admin, "area")


def test_topics_that_no_question_covers_are_among_the_choices(as_admin: Client, bank: None) -> None:
    facets = as_admin.get(reverse("question_list")).context["facets"]
    covers = next(facet for facet in facets if facet.name == "covers")
    assert min(choice.count for choice in covers.choices) == 0


@pytest.mark.parametrize("value", ["nonsense", "1' or 1=1"])
def test_a_filter_that_is_unknown_shows_everything(as_admin: Client, bank: None, value: str) -> None:
    assert len(shown(as_admin, kind=value)) == len(shown(as_admin))


def test_the_list_can_be_put_in_order_by_what_changed_last(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin)
    assert shown(as_admin, order="changed")[0] == SLUG


def test_a_search_without_result_says_what_to_do(as_admin: Client, bank: None) -> None:
    assert "Nothing matches" in page(as_admin.get(reverse("question_list"), {"search": "xyzzy"}))


def test_an_empty_bank_says_how_it_is_filled() -> None:
    context = {"page": {"object_list": []}, "asked": Asked(), "is_filtered": False}
    assert "The bank is empty" in render_to_string("question/list.html", context)


def test_the_list_takes_as_many_queries_for_three_questions_as_for_three_hundred(
    as_admin: Client, question: Question, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked = {"covers": "B1"}
    before = len(shown(as_admin, **asked))
    many(3, question)
    Question.objects.filter(title="A copy").update(covers=["B1"])
    with django_assert_num_queries(12):
        assert len(shown(as_admin, **asked)) == before + 3
    many(300, question)
    Question.objects.filter(title="A copy").update(covers=["B1"])
    with django_assert_num_queries(12):
        assert len(shown(as_admin, **asked)) == 50


# Many at once


def bulk(client: Client, action: str, **words: str) -> Any:
    data = {"questions": [SLUG, "stable-softmax"], "action": action, "list": "kind=coding", **words}
    return client.post(reverse("question_bulk"), data)


def test_a_tag_goes_on_and_off_many_questions(as_admin: Client, question: Question) -> None:
    response = bulk(as_admin, "add", tag="spring")
    assert response.headers["location"] == f"{reverse('question_list')}?kind=coding"
    assert Question.objects.filter(tags=["spring"]).count() == 2
    bulk(as_admin, "remove", tag="spring")
    assert Question.objects.filter(tags=["spring"]).count() == 0


def test_retiring_many_asks_first_and_names_them(as_admin: Client, question: Question) -> None:
    asked = page(bulk(as_admin, "retire"))
    assert "Retire 2 questions?" in asked
    assert question.releases.get().title in asked
    assert not Question.objects.filter(state=QuestionState.RETIRED).exists()
    bulk(as_admin, "retire", sure="1")
    assert Question.objects.filter(state=QuestionState.RETIRED).count() == 2


def test_many_questions_leave_as_one_archive(as_admin: Client, question: Question) -> None:
    packed = zipfile.ZipFile(io.BytesIO(bulk(as_admin, "export").content))
    folders = {name.rsplit("/question.yaml")[0] for name in packed.namelist() if "question.yaml" in name}
    assert folders == {f"backpropagation/{SLUG}", "backpropagation/stable-softmax"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"action": "add", "tag": "x"}, "Nothing was ticked."),
        ({"action": "add", "questions": SLUG}, "Write the tag first"),
        ({"action": "add", "questions": SLUG, "tag": "No/Tag"}, "is no tag"),
    ],
)
def test_what_cannot_be_done_to_many_is_said(
    as_admin: Client, question: Question, data: dict[str, str], said: str
) -> None:
    response = as_admin.post(reverse("question_bulk"), data, follow=True)
    assert said in page(response)
    assert not Question.objects.exclude(tags=[]).exists()


# Reading one


def test_a_question_shows_its_statement_rubric_model_answer_and_versions(
    as_admin: Client, question: Question
) -> None:
    html = page(as_admin.get(address("question")))
    assert "A new colleague knows what a derivative is" in html
    assert "Red flags" in html
    assert "Model answer" in html
    assert question.releases.get().content_hash[:10] in html
    assert "loaded from a folder" in html


def test_the_working_copy_can_be_read_before_it_is_published(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin, text="Explain it **briefly**.\n")
    assert "<strong>briefly</strong>" not in page(as_admin.get(address("question")))
    draft = page(as_admin.get(address("question"), {"release": "draft"}))
    assert "<strong>briefly</strong>" in draft
    assert "No candidate is served this; interviews get release 1." in draft


def test_an_older_release_can_be_read_as_it_was(as_admin: Client, question: Question, admin: User) -> None:
    publish_edited(question, admin)
    response = as_admin.get(address("question"), {"release": "1"})
    assert response.context["release"].number == 1
    assert "Release 1, as it was." in page(response)


@pytest.mark.parametrize("number", ["7", "x", "-1", "9" * 30])
def test_a_release_that_never_was_is_not_found(as_admin: Client, question: Question, number: str) -> None:
    assert as_admin.get(address("question"), {"release": number}).status_code == 404


def test_files_that_make_no_question_are_shown_with_what_is_wrong(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin, "question.yaml", "title: [\n")
    html = page(as_admin.get(address("question"), {"release": "draft"}))
    assert "keeps these files from being a question" in html
    assert "A new colleague knows what a derivative is" in html


def test_reading_takes_as_many_queries_for_more_releases(
    as_admin: Client, question: Question, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(10):
        as_admin.get(address("question"))
    for number in range(3):
        publish_edited(question, admin, f"Statement {number}.\n")
    with django_assert_num_queries(10):
        assert len(as_admin.get(address("question")).context["releases"]) == 4


def publish_edited(question: Question, user: User, text: str = "Explain it **briefly**.\n") -> None:
    edited(question, user, text=text)
    prove(question)
    publish(question, user, copy_of(question).revision)


# A new one


@pytest.mark.parametrize("kind", Kind.values)
def test_a_new_question_of_any_kind_opens_in_the_studio(as_admin: Client, bank: None, kind: str) -> None:
    words = {"title": "Cross-entropy, twice!", "area": "optimizers", "kind": kind}
    response = as_admin.post(reverse("question_new"), words, follow=True)
    assert response.redirect_chain == [(reverse("question_edit", args=["cross-entropy-twice"]), 302)]
    made = Question.objects.get(slug="cross-entropy-twice")
    assert (made.kind, made.title, made.state) == (kind, "Cross-entropy, twice!", QuestionState.DRAFT)
    assert response.context["problems"] == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"title": ""}, "This field is required."),
        ({"slug": "No Slug"}, "Use small letters, digits and hyphens"),
        ({"slug": SLUG}, "There is a question “explain-backpropagation” already"),
        ({"title": "…"}, "Use small letters, digits and hyphens"),
        ({"kind": "riddle"}, "Select a valid choice"),
        ({"area": "nowhere"}, "Select a valid choice"),
    ],
)
def test_a_new_question_that_cannot_be_is_refused_with_what_was_typed(
    as_admin: Client, question: Question, words: dict[str, str], said: str
) -> None:
    data = {"title": "Mine", "area": "optimizers", "kind": "coding", **words}
    before = Question.objects.count()
    response = as_admin.post(reverse("question_new"), data)
    assert response.status_code == 422
    assert said in page(response)
    assert Question.objects.count() == before


# In and out


def test_what_is_exported_can_be_imported_again(as_admin: Client, question: Question, admin: User) -> None:
    edited(question, admin)
    content = as_admin.get(address("question_export")).content
    upload = SimpleUploadedFile(f"{SLUG}.zip", content)
    response = as_admin.post(reverse("question_import"), {"upload": upload}, follow=True)
    assert "Imported: 1 unchanged." in page(response)


def test_an_import_over_a_question_replaces_edits_of_the_revision_that_was_seen(
    as_admin: Client, question: Question, admin: User
) -> None:
    released = export_zip(question)
    edited(question, admin)
    refused = as_admin.post(reverse("question_import"), {"upload": SimpleUploadedFile("x.zip", released)})
    assert refused.status_code == 422
    assert "has edits that are in no release" in page(refused)
    form = as_admin.get(address("question_import_over")).context["form"]
    data = {"upload": SimpleUploadedFile("x.zip", released), "seen": form["seen"].value()}
    as_admin.post(address("question_import_over"), data)
    assert copy_of(question).is_published


def test_a_folder_is_imported_with_the_places_of_its_files(as_admin: Client, question: Question) -> None:
    files = copy_of(question).file_contents | {"statement.md": b"From a folder.\n"}
    data = {
        "folder": [SimpleUploadedFile(path.rsplit("/")[-1], content) for path, content in files.items()],
        "paths": [f"{SLUG}/{path}" for path in files],
    }
    assert as_admin.post(reverse("question_import"), data).status_code == 302
    assert copy_of(question).file_contents["statement.md"] == b"From a folder.\n"


def folder(path: str, content: bytes = b"x") -> dict[str, Any]:
    return {"folder": [SimpleUploadedFile("file", content)], "paths": [path]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Choose a zip file or a folder first."),
        ({"upload": SimpleUploadedFile("x.zip", b"no zip")}, "Nothing was imported."),
        (folder("../x/question.yaml"), "climbs out"),
        (folder("x/notes.txt"), "There is no question.yaml"),
        ({"folder": [SimpleUploadedFile("file", b"x")]}, "without the places of its files"),
    ],
)
def test_an_import_that_is_refused_says_why(
    as_admin: Client, bank: None, data: dict[str, Any], said: str
) -> None:
    for upload in [data.get("upload"), *data.get("folder", [])]:
        if upload:
            upload.seek(0)
    response = as_admin.post(reverse("question_import"), data)
    assert response.status_code == 422
    assert said in page(response)


# Publishing, retiring


def test_publishing_shows_what_changes_and_makes_the_next_release(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin)
    prove(question)
    asked = as_admin.get(address("question_publish"))
    assert [diff.path for diff in asked.context["diffs"]] == ["statement.md"]
    data = {"seen": copy_of(question).revision, "note": "Shorter"}
    response = as_admin.post(address("question_publish"), data, follow=True)
    assert "Release 2 is published and served from now on." in page(response)
    newest = question.releases.get(number=2)
    assert (newest.statement, newest.author, newest.note) == ("Explain it briefly.\n", admin, "Shorter")


def test_what_is_not_proven_is_not_published_and_the_page_says_so(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin)
    asked = page(as_admin.get(address("question_publish")))
    assert "Nothing is published without a green check of exactly these files." in asked
    assert re.search(r'aria-disabled="true">Publish release 2<', re.sub(r"\s+", " ", asked))
    response = as_admin.post(address("question_publish"), {"seen": copy_of(question).revision})
    assert response.status_code == 422
    assert "No release was made." in page(response)
    assert question.releases.count() == 1


def test_files_that_make_no_question_are_not_published(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin, "question.yaml", "title: [\n")
    assert "1 problem to mend first" in page(as_admin.get(address("question_publish")))
    assert as_admin.post(address("question_publish"), {"seen": 2}).status_code == 422


def test_an_edit_that_nobody_looked_at_is_not_published(
    as_admin: Client, question: Question, admin: User
) -> None:
    edited(question, admin)
    seen = copy_of(question).revision
    edited(question, admin, text="Something else.\n")
    prove(question)
    response = as_admin.post(address("question_publish"), {"seen": seen})
    assert response.status_code == 422
    assert question.releases.count() == 1


def test_a_question_without_changes_has_nothing_to_publish(as_admin: Client, question: Question) -> None:
    assert "Nothing to publish" in page(as_admin.get(address("question_publish")))


def test_a_question_is_retired_after_being_asked_and_can_be_published_again(
    as_admin: Client, question: Question
) -> None:
    assert "Retire this question?" in page(as_admin.get(address("question_retire")))
    as_admin.post(address("question_retire"), {"note": "Too easy"})
    question.refresh_from_db()
    assert question.state == QuestionState.RETIRED
    assert "Publish again" in page(as_admin.get(address("question")))
    as_admin.post(address("question_reopen"))
    question.refresh_from_db()
    assert question.state == QuestionState.PUBLISHED


def test_retiring_what_is_retired_changes_nothing_and_says_so(
    as_admin: Client, question: Question, admin: User
) -> None:
    retire(question, admin)
    response = as_admin.post(address("question_retire"), follow=True)
    assert "Only a published question can be retired" in page(response)


def test_a_draft_is_read_before_its_first_release(as_admin: Client, bank: None, admin: User) -> None:
    made = create(admin, "optimizers", "a-draft", "coding", "A draft")
    html = page(as_admin.get(reverse("question", args=[made.slug])))
    assert "No candidate is served this before it is published." in html
    assert curation.standing(made).newest is None


# Figures and old releases


def test_a_picture_of_a_statement_is_served_as_a_document_that_can_do_nothing(
    as_admin: Client, question: Question
) -> None:
    response = as_admin.get(reverse("figure", args=[question.releases.get().pk, "graph.svg"]))
    assert response.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in response.headers["content-security-policy"]


def test_a_finished_interview_still_shows_the_statement_that_it_was_served(
    as_admin: Client, handed_in: Interview, text_item: Item, admin: User
) -> None:
    publish_edited(text_item.release.question, admin, "Quite another task.\n")
    claim_review(handed_in, admin)
    html = page(as_admin.get(reverse("review_item", args=[handed_in.pk, text_item.position])))
    assert "A new colleague knows what a derivative is" in html
    assert "Quite another task." not in html
