"""The studio: files written, previews, problems, trials, proof and history, and two people at one question."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from grader import Verdict
from interview.exceptions import InvalidRelease, NotAllowed, Stale
from interview.models import Change, Check, Grading, Question, User
from interview.models.check import CheckState
from interview.models.question import Kind
from interview.models.user import Role
from interview.services import grading as gradings
from interview.services.check import request as request_check
from interview.services.pen import write_file
from interview.services.question import publish
from interview.services.trial import try_example
from interview.services.working_copy import create, save_files
from tests.interview.conftest import result_for
from tests.interview.curation import SignIn, copy_of, edited, page, prove

SLUG = "stable-softmax"
STATEMENT = "statement.md"
EXAMPLE = "submissions/accepted/pairwise.py"
HTMX = {"HX-Request": "true"}
WRITE = ["question_edit", "question_check", "question_try"]
READ = ["question_history", "question_compare"]


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("anna", Role.AUTHOR)


@pytest.fixture
def colleague(person: Callable[..., User]) -> User:
    return person("alex", Role.AUTHOR)


@pytest.fixture
def as_author(sign_in: SignIn, author: User) -> Client:
    return sign_in(author)


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug=SLUG)


def address(name: str, *more: object) -> str:
    return reverse(name, args=[SLUG, *more])


def text_of(question: Question, path: str = STATEMENT) -> str:
    return copy_of(question).file_contents[path].decode()


# Who may


@pytest.mark.parametrize(
    ("role", "opened"),
    [(Role.CANDIDATE, []), (Role.INTERVIEWER, []), (Role.TESTER, READ), (Role.AUTHOR, READ + WRITE)],
)
def test_testers_read_the_history_and_authors_open_the_studio(
    sign_in: SignIn, person: Callable[..., User], question: Question, role: Role, opened: list[str]
) -> None:
    client = sign_in(person("someone", role))
    assert [name for name in READ + WRITE if client.get(address(name)).status_code in {200, 302}] == opened


@pytest.mark.parametrize("name", ["question_edit", "question_arrange", "question_check", "question_try"])
def test_a_tester_changes_nothing(
    sign_in: SignIn, person: Callable[..., User], question: Question, name: str
) -> None:
    client = sign_in(person("tess", Role.TESTER))
    response = client.post(address(name), {"file": STATEMENT, "content": "Mine.", "seen": 1})
    assert response.status_code == 403
    assert copy_of(question).revision == 1


# One file


def save(client: Client, content: str, seen: int, path: str = STATEMENT, **headers: Any) -> Any:
    return client.post(address("question_edit"), {"file": path, "content": content, "seen": seen}, **headers)


def test_the_studio_opens_with_the_statement_and_shows_every_file(
    as_author: Client, question: Question
) -> None:
    response = as_author.get(address("question_edit"))
    leaves = [leaf.path for leaves in response.context["tree"].values() for leaf in leaves]
    assert response.context["file"].path == STATEMENT
    assert sorted(leaves) == sorted(copy_of(question).files)
    assert leaves[:2] == ["question.yaml", STATEMENT]


def test_a_file_that_is_not_there_is_not_found(as_author: Client, question: Question) -> None:
    assert as_author.get(address("question_edit"), {"file": "nowhere.md"}).status_code == 404


def test_a_save_stores_the_text_with_plain_line_ends(
    as_author: Client, question: Question, author: User
) -> None:
    response = save(as_author, "One.\r\nTwo.\r\n", 1, headers=HTMX)
    assert response.context["outcome"] == "saved"
    assert text_of(question) == "One.\nTwo.\n"
    change = Change.objects.filter(question=question).latest("pk")
    assert (change.kind, change.actor, change.paths) == ("edited", author, [STATEMENT])


def test_a_save_answers_with_the_new_revision_and_where_the_question_stands(
    as_author: Client, question: Question
) -> None:
    html = page(save(as_author, "Other words.\n", 1, headers=HTMX))
    assert '<input type="hidden" name="seen" value="2">' in html
    assert "the working copy is ahead of release 1" in html
    assert "<main" not in html


def test_without_script_a_save_answers_with_the_whole_page(as_author: Client, question: Question) -> None:
    html = page(save(as_author, "Other words.\n", 1))
    assert ">\nOther words.\n</textarea>" in html


def test_text_that_makes_no_question_is_kept_with_what_is_wrong(
    as_author: Client, question: Question
) -> None:
    response = save(as_author, "title: [\n", 1, path="question.yaml")
    assert text_of(question, "question.yaml") == "title: [\n"
    assert [problem.path for problem in response.context["problems"]] == ["question.yaml"]
    leaf = next(leaf for leaf in response.context["tree"][""] if leaf.path == "question.yaml")
    assert leaf.problems == 1


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b", b"one\r\ntwo\r\n", b"x" * 500_001])
def test_what_an_editor_would_spoil_is_offered_for_download_instead(
    as_author: Client, question: Question, author: User, content: bytes
) -> None:
    save_files(question, author, {"data/odd.txt": content}, 1)
    response = as_author.get(address("question_edit"), {"file": "data/odd.txt"})
    assert response.context["file"].text is None
    assert as_author.get(address("question_file", "data/odd.txt")).content == content


# Two at work


def test_what_somebody_else_wrote_in_the_meantime_is_not_overwritten_and_both_are_shown(
    as_author: Client, question: Question, colleague: User
) -> None:
    edited(question, colleague, text="What the colleague wrote.\n")
    response = save(as_author, "What I wrote.\n", 1)
    html = page(response)
    assert response.status_code == 409
    assert "Alex saved revision 2 while you worked on revision 1" in html
    assert ">\nWhat I wrote.\n</textarea>" in html
    assert ">What the colleague wrote.\n</pre>" in html
    assert text_of(question) == "What the colleague wrote.\n"


def test_after_seeing_theirs_one_may_save_over_it(
    as_author: Client, question: Question, colleague: User
) -> None:
    edited(question, colleague)
    refused = page(save(as_author, "What I wrote.\n", 1, headers=HTMX))
    assert '<input type="hidden" name="seen" value="2">' in refused
    save(as_author, "What I wrote.\n", 2)
    assert text_of(question) == "What I wrote.\n"


def test_two_who_write_different_files_are_not_in_each_others_way(
    question: Question, author: User, colleague: User
) -> None:
    write_file(question, colleague, "solution.md", b"Theirs.\n", 1)
    write_file(question, author, STATEMENT, b"Mine.\n", 1)
    assert (text_of(question), text_of(question, "solution.md")) == ("Mine.\n", "Theirs.\n")
    with pytest.raises(Stale):
        write_file(question, author, "solution.md", b"Over it.\n", 1)


def test_a_file_that_was_deleted_meanwhile_can_be_put_back(
    as_author: Client, question: Question, colleague: User
) -> None:
    save_files(question, colleague, {"hints/1.md": None}, 1)
    response = save(as_author, "A hint.\n", 1, path="hints/1.md", headers=HTMX)
    assert "The file is deleted by now." in page(response)
    save(as_author, "A hint.\n", 2, path="hints/1.md")
    assert text_of(question, "hints/1.md") == "A hint.\n"


# Files come and go


def arrange(client: Client, action: str, **words: Any) -> Any:
    data = {"action": action, "file": STATEMENT, "seen": 1, **words}
    return client.post(address("question_arrange"), data, follow=True)


def test_a_file_is_added_and_opened(as_author: Client, question: Question) -> None:
    response = arrange(as_author, "add", path="submissions/accepted/loop.py")
    assert response.context["file"].path == "submissions/accepted/loop.py"
    assert text_of(question, "submissions/accepted/loop.py") == ""


def test_a_file_is_uploaded_into_a_folder(as_author: Client, question: Question) -> None:
    upload = SimpleUploadedFile("plot.svg", b"<svg/>")
    assert arrange(as_author, "upload", path="figures/", upload=upload).context["file"].text == "<svg/>"
    assert text_of(question, "figures/plot.svg") == "<svg/>"


def test_a_file_is_renamed_with_its_content(as_author: Client, question: Question) -> None:
    source = text_of(question, EXAMPLE)
    arrange(as_author, "rename", file=EXAMPLE, path="submissions/accepted/pairs.py")
    assert text_of(question, "submissions/accepted/pairs.py") == source
    assert EXAMPLE not in copy_of(question).files


def test_deleting_a_file_asks_first(as_author: Client, question: Question) -> None:
    assert "Delete a file?" in page(arrange(as_author, "delete", file=EXAMPLE))
    assert EXAMPLE in copy_of(question).files
    arrange(as_author, "delete", file=EXAMPLE, sure="1")
    assert EXAMPLE not in copy_of(question).files


@pytest.mark.parametrize(
    ("action", "words", "said"),
    [
        ("add", {"path": STATEMENT}, "There is a file statement.md already"),
        ("add", {"path": "../x"}, "climbs out of the folder"),
        ("add", {"path": "notes.txt"}, "does not belong to a question"),
        ("add", {"path": ""}, "Nothing was stored."),
        ("rename", {"path": "solution.md"}, "There is a file solution.md already"),
        ("rename", {"file": "gone.md", "path": "x.md"}, "There is no file gone.md any more"),
        ("upload", {"path": "figures/"}, "Choose a file to upload first."),
        ("delete", {"sure": "1", "seen": 0}, "Nothing was done"),
    ],
)
def test_what_cannot_be_done_to_a_file_is_said_and_not_done(
    as_author: Client, question: Question, action: str, words: dict[str, str], said: str
) -> None:
    response = as_author.post(
        address("question_arrange"), {"action": action, "file": STATEMENT, "seen": 1, **words}
    )
    assert said in page(as_author.get(address("question_edit")))
    assert response.status_code == 302
    assert copy_of(question).revision == 1


# What it would become


def typed(client: Client, name: str, content: str, path: str = STATEMENT) -> str:
    data = {"file": path, "content": content, "seen": 1}
    return page(client.post(address(name), data, headers=HTMX))


def test_the_preview_is_the_candidates_page_with_what_is_being_typed(
    as_author: Client, question: Question
) -> None:
    html = typed(as_author, "question_preview", "Explain $x^2$ **now**.\n\n<script>alert(1)</script>\n")
    assert 'class="work"' in html
    assert "<strong>now</strong>" in html
    assert 'class="math inline"' in html
    assert "<script>alert" not in html
    assert text_of(question).startswith("A classifier ends in scores")


@pytest.mark.parametrize("kind", Kind.values)
def test_a_question_of_any_kind_can_be_previewed(
    as_author: Client, author: User, bank: None, kind: str
) -> None:
    made = create(author, "optimizers", "a-new-one", kind, "A new one")
    response = as_author.get(reverse("question_preview", args=[made.slug]))
    assert response.status_code == 200
    assert "Nothing that you do here is saved or judged." in page(response)


@pytest.mark.parametrize("kind", Kind.values)
def test_files_that_make_no_question_are_previewed_as_far_as_they_can_be_read(
    as_author: Client, author: User, bank: None, kind: str
) -> None:
    made = create(author, "optimizers", "a-new-one", kind, "A new one")
    edited(made, author, "question.yaml", "title: [\n")
    response = as_author.get(reverse("question_preview", args=[made.slug]))
    assert response.status_code == 200
    assert "A new one" in page(response)


def test_a_preview_may_be_framed_here_alone_and_sends_nothing(as_author: Client, question: Question) -> None:
    response = as_author.get(address("question_preview"))
    policy = response.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "sandbox allow-scripts allow-same-origin" in policy
    assert response.headers["x-frame-options"] == "SAMEORIGIN"


def test_pictures_of_a_preview_are_those_of_the_working_copy(
    as_author: Client, question: Question, author: User
) -> None:
    save_files(question, author, {"figures/plot.svg": b"<svg/>"}, 1)
    html = typed(as_author, "question_preview", "![A plot](figures/plot.svg)")
    url = address("question_file", "figures/plot.svg")
    assert f'src="{url}"' in html
    response = as_author.get(url)
    assert (response.content, response.headers["content-type"]) == (b"<svg/>", "image/svg+xml")
    assert "sandbox" in response.headers["content-security-policy"]


def test_problems_are_told_while_one_types_with_file_and_line(as_author: Client, question: Question) -> None:
    html = typed(as_author, "question_notes", "format_version: 1\ncolour: red\n", "question.yaml")
    assert 'data-path="question.yaml" data-line="2"' in " ".join(html.split())
    assert "unknown key" in html
    assert copy_of(question).revision == 1


# Trials


def tried(question: Question, user: User, verdict: Verdict = Verdict.ACCEPTED) -> Grading:
    """A trial that a worker claimed and recorded."""
    grading = try_example(question, user, EXAMPLE)
    claimed = gradings.claim(grading.pk)
    assert claimed
    assert gradings.record(claimed, result_for(claimed, verdict))
    return claimed


def test_a_trial_judges_the_working_copy_as_it_was_when_asked(question: Question, author: User) -> None:
    edited(question, author, "solution.md", "Other words.\n")
    grading = try_example(question, author, EXAMPLE)
    assert grading.question_files == copy_of(question).file_contents
    assert grading.files == {"solution.py": text_of(question, EXAMPLE)}
    assert (grading.release, grading.submission, grading.trial_revision) == (None, None, 2)


def test_a_trial_shows_its_tests_in_place_and_says_when_the_files_have_changed_since(
    as_author: Client, question: Question, author: User
) -> None:
    tried(question, author)
    html = page(as_author.get(address("question_try"), headers=HTMX))
    assert "As its folder promises." in html
    assert "hidden test" in html
    assert "every 400ms" not in html
    assert "The files have changed since." not in html
    edited(question, author)
    assert "The files have changed since." in page(as_author.get(address("question_try"), headers=HTMX))


def test_a_broken_promise_is_told(as_author: Client, question: Question, author: User) -> None:
    tried(question, author, Verdict.WRONG_ANSWER)
    assert "Its folder promises Accepted." in page(as_author.get(address("question_try"), headers=HTMX))


def test_every_example_runs_with_one_press_and_the_list_asks_again_until_all_are_done(
    as_author: Client, question: Question
) -> None:
    html = page(as_author.post(address("question_try"), headers=HTMX))
    examples = [path for path in copy_of(question).files if path.startswith("submissions/")]
    assert question.trials.count() == len(examples)
    assert "every 400ms" in html


def test_a_new_trial_takes_the_place_of_the_one_before(question: Question, author: User) -> None:
    first = try_example(question, author, EXAMPLE)
    second = try_example(question, author, EXAMPLE)
    assert [grading.pk for grading in question.trials.all()] == [second.pk]
    assert gradings.claim(first.pk) is None


@pytest.mark.parametrize(
    ("path", "said"),
    [("submissions/accepted/none.py", "is not an example submission"), ("grading/tests.py", "is not an ex")],
)
def test_only_example_submissions_are_tried(question: Question, author: User, path: str, said: str) -> None:
    with pytest.raises(InvalidRelease, match=said):
        try_example(question, author, path)


def test_files_that_make_no_question_are_not_tried(
    as_author: Client, question: Question, author: User
) -> None:
    edited(question, author, "question.yaml", "title: [\n")
    html = page(as_author.post(address("question_try"), {"path": EXAMPLE}, headers=HTMX))
    assert "Not run: question.yaml:" in html
    assert question.trials.count() == 0


def test_a_tester_tries_no_examples(question: Question, person: Callable[..., User]) -> None:
    with pytest.raises(NotAllowed):
        try_example(question, person("tess", Role.TESTER), EXAMPLE)


@pytest.mark.django_db(transaction=False)
def test_a_grading_is_of_a_release_or_a_trial_and_never_both(question: Question, author: User) -> None:
    grading = try_example(question, author, EXAMPLE)
    grading.release = question.releases.get()
    with pytest.raises(IntegrityError, match="grading_by_a_release_or_a_trial"), transaction.atomic():
        grading.save()


# The proof


def finished(question: Question, user: User, **report: Any) -> Check:
    """A check that is done, with this in its report."""
    check = request_check(question, user)
    document: dict[str, Any] = {
        "summary": "3 of 4 submissions as promised",
        "problems": [],
        "outcomes": [],
        "mutants": [],
    }
    document |= {"operators": {}, "killed_share": 0.5, "kill_rate": 0.9, **report}
    Check.objects.filter(pk=check.pk).update(
        state=CheckState.DONE, ok=False, report=document, recorded_at=check.queued_at
    )
    return check


def test_check_asks_a_worker_and_the_report_asks_again_until_it_is_there(
    as_author: Client, question: Question, author: User
) -> None:
    edited(question, author)
    html = page(as_author.post(address("question_check"), headers=HTMX))
    assert "Queued" in html
    assert "every 700ms" in html
    check = question.checks.get()
    progress = {"done": 3, "total": 12, "label": EXAMPLE}
    lease = {"started_at": check.queued_at, "lease_until": check.queued_at}
    Check.objects.filter(pk=check.pk).update(state=CheckState.RUNNING, progress=progress, **lease)
    running = page(as_author.get(address("question_check"), headers=HTMX))
    assert "3 of 12 gradings" in running
    assert 'value="25"' in running


def test_a_check_can_be_stopped(as_author: Client, question: Question, author: User) -> None:
    edited(question, author)
    as_author.post(address("question_check"))
    html = page(as_author.post(address("question_check_stop"), headers=HTMX))
    assert "Stopped" in html
    assert question.checks.get().state == CheckState.CANCELLED


def test_a_report_shows_outcomes_operators_and_survivors(
    as_author: Client, question: Question, author: User
) -> None:
    edited(question, author)
    outcome = {"path": EXAMPLE, "promised": "AC", "verdict": "WA", "seed": 7, "detail": "wrong at [0]"}
    mutant = {
        "id": "m1",
        "operator": "drop-scale",
        "path": "grading/reference.py",
        "line": 12,
        "diff": "--- a\n+++ b\n@@ -12 +12 @@\n-    return x / y\n+    return x\n",
        "killed": False,
        "verdict": "AC",
        "equivalent": "",
    }
    operators = {"drop-scale": {"killed": 3, "total": 4}}
    finished(
        question,
        author,
        outcomes=[{**outcome, "ok": False, "cpu_seconds": 0.5}],
        mutants=[mutant],
        operators=operators,
    )
    html = page(as_author.get(address("question_check"), headers=HTMX))
    assert "Seed 7: wrong at [0]" in html
    assert "Its folder promises Accepted." in html
    assert "The tests noticed 50 % of them; 90 % are asked for." in html
    assert "grading/reference.py, line 12" in html
    assert '<td class="text">    return x / y</td>' in html
    assert "every 700ms" not in html


def test_a_report_of_earlier_files_says_so(as_author: Client, question: Question, author: User) -> None:
    edited(question, author)
    finished(question, author)
    assert "have changed since" not in page(as_author.get(address("question_check"), headers=HTMX))
    edited(question, author, text="Changed again.\n")
    assert "have changed since" in page(as_author.get(address("question_check"), headers=HTMX))


# History


def test_the_history_says_who_changed_what(
    as_author: Client, question: Question, author: User, colleague: User
) -> None:
    edited(question, colleague)
    edited(question, author, "solution.md", "Other words.\n")
    changes = as_author.get(address("question_history")).context["page"].object_list
    assert [(str(change.actor), change.kind, change.paths) for change in changes[:2]] == [
        ("Anna", "edited", ["solution.md"]),
        ("Alex", "edited", [STATEMENT]),
    ]


def test_each_change_can_be_read_line_by_line_even_after_later_ones(
    as_author: Client, question: Question, author: User
) -> None:
    edited(question, author, text="First.\n")
    first = Change.objects.filter(question=question).latest("pk")
    edited(question, author, text="Second.\n")
    (diff,) = as_author.get(address("question_change", first.pk)).context["diffs"]
    assert [line.text for line in diff.lines if line.kind == "added"] == ["First."]


def test_a_change_of_another_question_is_not_found(as_author: Client, question: Question) -> None:
    other = Change.objects.exclude(question=question).latest("pk")
    assert as_author.get(address("question_change", other.pk)).status_code == 404


def test_the_history_takes_as_many_queries_for_three_changes_as_for_three_hundred(
    as_author: Client, question: Question, author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(2):
        edited(question, author, text=f"Statement {number}.\n")
    with django_assert_num_queries(10):
        as_author.get(address("question_history"))
    Change.objects.bulk_create(
        Change(question=question, actor=author, kind="edited", paths=[STATEMENT], before={STATEMENT: None})
        for _ in range(300)
    )
    with django_assert_num_queries(10):
        found = as_author.get(address("question_history")).context["page"]
    assert (len(found), found.paginator.count) == (50, 304)


def test_the_working_copy_is_compared_with_the_newest_release_unless_asked_otherwise(
    as_author: Client, question: Question, author: User
) -> None:
    edited(question, author)
    context = as_author.get(address("question_compare")).context
    assert ((context["old"], context["new"]), [diff.path for diff in context["diffs"]]) == (
        ("1", "draft"),
        [STATEMENT],
    )
    same = as_author.get(address("question_compare"), {"from": "1", "to": "1"})
    assert "Both have the same files." in page(same)


@pytest.mark.parametrize("version", ["9", "x", "-1"])
def test_a_version_that_never_was_is_not_found(as_author: Client, question: Question, version: str) -> None:
    assert as_author.get(address("question_compare"), {"from": version}).status_code == 404


def test_two_releases_are_compared(
    as_author: Client, question: Question, author: User, person: Callable[..., User]
) -> None:
    edited(question, author)
    prove(question)
    publish(question, person("cora", Role.CURATOR), copy_of(question).revision)
    context = as_author.get(address("question_compare"), {"from": "1", "to": "2"}).context
    assert [(diff.path, diff.status) for diff in context["diffs"]] == [(STATEMENT, "changed")]


def test_a_release_is_restored_after_showing_what_would_change(
    as_author: Client, question: Question, author: User
) -> None:
    released = text_of(question)
    edited(question, author)
    asked = as_author.get(address("question_restore", 1))
    assert [diff.path for diff in asked.context["diffs"]] == [STATEMENT]
    as_author.post(address("question_restore", 1), {"seen": copy_of(question).revision})
    assert text_of(question) == released


def test_a_restore_does_not_overwrite_what_nobody_looked_at(
    as_author: Client, question: Question, author: User, colleague: User
) -> None:
    edited(question, author)
    edited(question, colleague, text="What the colleague wrote.\n")
    response = as_author.post(address("question_restore", 1), {"seen": 2})
    assert "The comparison below is of the files as they are now." in page(response)
    assert text_of(question) == "What the colleague wrote.\n"
