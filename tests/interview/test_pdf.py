"""Reports as PDF: what stands in them, for whom they are made, and what is done where one cannot be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grader import TestResult, Verdict
from grader.curves import read_curves
from grader.frames import Frame
from grader.hints import Hint
from interview.models import Interview, Item, Question, Review, Section, Slot, Template, User
from interview.models.interview import Reveal
from interview.models.submission import SubmissionKind
from interview.models.template import TemplateState
from interview.models.user import Role
from interview.pdf import typeset
from interview.services import grading as gradings
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.notes import save_notes
from interview.services.practice import mark_self, start_set
from interview.services.remark import remark
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.second_look import answer as answer_look
from interview.services.second_look import ask
from interview.services.submission import submit
from tests.interview.conftest import code_answer, concluded, judged, result_for, right_choices, some_entries
from tests.interview.paper import HOSTILE, paper
from tests.interview.test_api import SignIn
from tests.interview.test_heat_map import difference

KINDS = (
    "explain-backpropagation",
    "stable-softmax",
    "normalization-and-modes",
    "loss-does-not-fall",
    "memory-of-a-cache",
)
SOURCE = '"""#eval("1")"""\n\ndef softmax(x, dim):\n    return x / 0  # $ \\ @\n'


def address(interview: Interview) -> str:
    return reverse("report_pdf", args=[interview.pk])


@pytest.fixture
def sitting(candidate: User, bank: None) -> Interview:
    """One question of each kind, just started."""
    template = Template.objects.create(
        slug="all-kinds", title="All kinds: наука", summary="x", state=TemplateState.ACTIVE
    )
    section = Section.objects.create(template=template, position=0, title="All", minutes=60)
    for position, slug in enumerate(KINDS):
        Slot.objects.create(section=section, position=position, question=Question.objects.get(slug=slug))
    return start_interview(candidate, template)


def item_of(interview: Interview, slug: str) -> Item:
    return interview.items.get(release__question__slug=slug)


def all_marked(interview: Interview, interviewer: User) -> Review:
    review = claim_review(interview, interviewer)
    for item in interview.items.all():
        mark_item(review, item, Judgement([]))
    return review


def fail(item: Item, source: str) -> None:
    """Hand code over and have it fail in every way that a result can tell of."""
    grading = submit(item, SubmissionKind.SUBMIT, code_answer(item, source)).current_grading
    assert grading
    claimed = gradings.claim(grading.pk)
    assert claimed
    printed = "".join(f"epoch {n}: train loss {100 / 2**n}, val loss {50 / 2**n}\n" for n in range(10))
    tests = (
        TestResult("halves", Verdict.ACCEPTED, 2, 2, visible=True, wall_seconds=0.25),
        TestResult(
            "columns",
            Verdict.WRONG_ANSWER,
            0,
            8,
            visible=True,
            reveal="expected",
            message="`softmax` returned another tensor.",
            output="tensor([1., 2.])",
            expected="tensor([1., 3.])",
            difference=difference(),
        ),
        TestResult(
            "rows at 1e4",
            Verdict.RUNTIME_ERROR,
            0,
            8,
            reveal="name",
            message="the secret input was 77001",
            output="secret output",
            frames=(Frame("solution.py", 4, "softmax", "return x / 0"),),
        ),
    )
    hint = Hint("lr", "Learning rate too large", "The `loss` rises.", (("largest loss", "1.2e9"),), line=4)
    whole = replace(
        result_for(claimed, Verdict.WRONG_ANSWER),
        tests=tests,
        score=2,
        max_score=18,
        stdout=printed,
        curves=read_curves(printed),
        hints=(hint,),
    )
    gradings.record(claimed, whole)


@pytest.fixture
def whole(sitting: Interview, candidate: User, interviewer: User, other_interviewer: User) -> Interview:
    """A released report in which everything is said that can be."""
    text, code, choice, entries, estimate = (item_of(sitting, slug) for slug in KINDS)
    save_draft(text, {"text": "The chain rule backwards. It caches.\n\nThat is all."}, 0)
    fail(code, SOURCE)
    save_draft(choice, right_choices(choice), 0)
    save_draft(entries, some_entries("Look at the data.", "Overfit one batch."), 0)
    save_draft(estimate, {"estimate": "10 GB", "working": "Two times eight. Then layers."}, 0)
    save_notes(sitting, "Bring more coffee.", 0)
    hand_in(sitting, candidate)
    review = claim_review(sitting, interviewer)
    mark_item(review, text, Judgement(["purpose"], "Keep **both** $x_1$.", reasons={"purpose": "Says so."}))
    mark_item(review, code, Judgement([], "", override=(7, "It was nearly there.")))
    steps = [entry["id"] for entry in entries.release.rubric_entries() if entry.get("step")]
    mark_item(review, entries, Judgement(steps[:1], covered_by={steps[0]: 2}))
    remark(review, text, "", 2, "Which values?")
    remark(review, code, "solution.py", 4, "Division by zero.")
    remark(review, entries, "", 1, "A good place to begin.")
    sitting.refresh_from_db()
    concluded(review, "yes", "Question 1.", "Read *on*.\n\n- about memory")
    answer_look(ask(text, candidate, "Sentence 2 names it."), other_interviewer, "It does.", 2)
    sitting.refresh_from_db()
    return sitting


@pytest.fixture
def own(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


# What stands in it


def test_the_paper_says_what_the_page_says(own: Client, whole: Interview) -> None:
    text = paper(own.get(address(whole))).text
    key = item_of(whole, "memory-of-a-cache").release.estimate_key
    assert key
    value = key.draw(whole.seed).answer_shown
    said = [
        "Points 20 of 56 Automatic 17 of 32 Reviewed 2 of 24 Advice Yes",
        "In short Read on. • about memory",
        "Backpropagation and fundamentals: Yes Question 1.",
        "Architectures 56 % 80 % ↓ below 10 of 14",
        "2. A softmax that survives large scores Coding Wrong Answer 0 s of 30 min 7 of 18",
        "2 It caches. Sentence 2 Which values?",
        "4 return x / 0 # $ \\ @ Line 4 Division by zero.",
        "The tests gave 2; your interviewer gave 7 in their place: It was nearly there.",
        "Wrong Answer (WA) 1 of 3 tests passed, 2 of 18 points",
        "Yours tensor([1., 2.]) Expected tensor([1., 3.])",
        "4 of 24 elements differ, all at index 2 of dimension 1.",
        "Likely cause: Learning rate too large The loss rises.",
        "Train loss falls to 0.195 from 100",
        "Picked, right",
        "1 Look at the data. Entry 1 A good place to begin.",
        "step 1, covered by entry 2",
        f"Value {value}",
        "1 Two times eight. 2 Then layers.",
        "Sentence 2 names it.",
        "It does. 2 points instead of 1, of 10.",
        "Your notes Only you see them; nobody read or scored them. Bring more coffee.",
    ]
    assert [one for one in said if one not in text] == []


def test_it_says_whose_it_is_and_can_be_walked_through_by_headings(own: Client, whole: Interview) -> None:
    made = paper(own.get(address(whole))).reader
    assert made.metadata
    assert (made.metadata.title, made.metadata.author) == ("Report: All kinds: наука", "Ines")
    root = made.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()
    titles = [entry.title for entry in made.outline if not isinstance(entry, list)]
    assert titles[:3] == ["Result", "In short", "Why"]
    assert titles[5:7] == [
        "1. Explain backpropagation on a small graph",
        "2. A softmax that survives large scores",
    ]


def test_pages_are_of_a4_and_numbered(own: Client, whole: Interview) -> None:
    pages = paper(own.get(address(whole))).reader.pages
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in pages} == {(595, 842)}
    assert [page.extract_text().splitlines()[-1] for page in pages] == [
        f"All kinds: наука · Casey page {number} of {len(pages)}" for number in range(1, len(pages) + 1)
    ]


def test_the_file_has_a_name_in_ascii_and_its_own(own: Client, whole: Interview) -> None:
    response = own.get(address(whole))
    day = f"{whole.released_at:%Y-%m-%d}"
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="report-all-kinds-{day}.pdf"; '
        f"filename*=UTF-8''Report%20All%20kinds%3A%20%D0%BD%D0%B0%D1%83%D0%BA%D0%B0%20{day}.pdf"
    )
    assert "no-store" in response.headers["Cache-Control"]


def test_the_same_report_is_the_same_to_the_byte(own: Client, whole: Interview) -> None:
    assert own.get(address(whole)).content == own.get(address(whole)).content


# For whom


def test_before_the_release_nobody_has_it(
    sign_in: SignIn, candidate: User, interviewer: User, handed_in: Interview
) -> None:
    claim_review(handed_in, interviewer)
    assert {sign_in(person).get(address(handed_in)).status_code for person in (candidate, interviewer)} == {
        404
    }


def test_after_it_those_have_it_who_may_read_the_page(
    sign_in: SignIn, person: Callable[..., User], whole: Interview, candidate: User, other_candidate: User
) -> None:
    people = [
        candidate,
        other_candidate,
        *(person(role.value, role) for role in Role if role != Role.CANDIDATE),
    ]
    page = reverse("report", args=[whole.pk])
    seen = {(someone.role, sign_in(someone).get(page).status_code) for someone in people}
    assert {(someone.role, sign_in(someone).get(address(whole)).status_code) for someone in people} == seen
    assert ("candidate", 404) in seen


def test_who_is_not_signed_in_is_asked_to(client: Client, whole: Interview) -> None:
    response = client.get(address(whole))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("login"))


def test_notes_are_on_their_writers_paper_alone(sign_in: SignIn, interviewer: User, whole: Interview) -> None:
    text = paper(sign_in(interviewer).get(address(whole))).text
    assert "It caches." in text
    assert "Bring more coffee." not in text


def test_hidden_tests_tell_no_more_than_on_the_page(own: Client, whole: Interview) -> None:
    text = paper(own.get(address(whole))).text
    assert "Runtime Error rows at 1e4 (hidden)" in text
    assert [
        secret for secret in ("77001", "secret output", "in softmax return x / 0") if secret in text
    ] == []


def test_practice_is_on_paper_for_its_candidate_once_it_is_over(
    sign_in: SignIn, own: Client, candidate: User, interviewer: User, bank: None
) -> None:
    chosen = Question.objects.filter(slug__in=["explain-backpropagation", "stable-softmax"])
    practice = start_set(candidate, list(chosen), Reveal.END)
    text, code = item_of(practice, "explain-backpropagation"), item_of(practice, "stable-softmax")
    save_draft(text, {"text": "It goes backwards."}, 0)
    fail(code, SOURCE)
    assert own.get(address(practice)).status_code == 404
    hand_in(practice, candidate)
    mark_self(text, ["purpose"], "Half of it.")
    said = paper(own.get(address(practice))).text
    expected = ["Practice report · marked by yourself", "Your note Half of it.", "the secret input was 77001"]
    assert [one for one in expected if one.lower() not in said.lower()] == []
    assert sign_in(interviewer).get(address(practice)).status_code == 404


def test_practice_stays_shut_while_an_interview_counts(
    own: Client, candidate: User, template: Template
) -> None:
    practice = start_set(candidate, list(Question.objects.filter(slug="explain-backpropagation")), Reveal.END)
    hand_in(practice, candidate)
    start_interview(candidate, template)
    assert own.get(address(practice)).status_code == 409


def test_more_questions_do_not_ask_the_database_more(
    own: Client, whole: Interview, handed_in: Interview, interviewer: User
) -> None:
    concluded(all_marked(handed_in, interviewer), "yes", "E", "S")
    counts = []
    for interview in (whole, handed_in):
        with CaptureQueriesContext(connection) as asked:
            assert own.get(address(interview)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


# Nothing in it is more than text


def test_the_answers_of_a_hostile_candidate_are_on_paper_as_they_were_written(
    own: Client, sitting: Interview, candidate: User, interviewer: User
) -> None:
    text, code, _, entries, _ = (item_of(sitting, slug) for slug in KINDS)
    save_draft(text, {"text": HOSTILE}, 0)
    fail(code, f"# {HOSTILE}\n")
    save_draft(entries, some_entries(HOSTILE), 0)
    hand_in(sitting, candidate)
    review = all_marked(sitting, interviewer)
    mark_item(review, text, Judgement([], "#eval(1) `#read(2)` and $\\input{/etc/passwd}$"))
    concluded(review, "no", HOSTILE, "#eval(3)")
    said = paper(own.get(address(sitting))).text
    assert said.count('#eval("6 * 7") #read("/etc/passwd") $x^2$') == said.count("a⟨U+202E⟩b") == 7
    assert [words for words in ("#eval(1) #read(2)", "#eval(3)") if words not in said] == []
    assert "root:" not in said


# Bounds


def test_a_long_answer_is_cut_and_says_so(
    own: Client, sitting: Interview, candidate: User, interviewer: User
) -> None:
    code, text = item_of(sitting, "stable-softmax"), item_of(sitting, "explain-backpropagation")
    long = "x = 1\n" * 20_000
    grading = submit(code, SubmissionKind.SUBMIT, code_answer(code, long)).current_grading
    assert grading
    judged(grading)
    save_draft(text, {"text": "A sentence. " * 4_000}, 0)
    hand_in(sitting, candidate)
    sitting.refresh_from_db()
    concluded(all_marked(sitting, interviewer), "yes", "E", "S")
    made = paper(own.get(address(sitting)))
    assert "19,000 more lines are on the page of this report." in made.text
    assert "18,000 more characters are on the page of this report." in made.text
    assert len(made.reader.pages) < 80


def test_a_typesetter_that_fails_leaves_a_page_with_the_way_back(
    own: Client,
    whole: Interview,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = tmp_path / "child.py"
    broken.write_text("import os\nos.abort()\n")
    monkeypatch.setattr(typeset, "CHILD", broken)
    response = own.get(address(whole))
    assert response.status_code == 500
    html = response.content.decode()
    assert "Your report is still readable here" in html
    assert f'href="{reverse("report", args=[whole.pk])}"' in html
    assert f"The report of interview {whole.pk} could not be set as a PDF" in caplog.text


def test_one_that_hangs_is_ended(
    own: Client, whole: Interview, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    endless = tmp_path / "child.py"
    endless.write_text("import signal\nsignal.pause()\n")
    monkeypatch.setattr(typeset, "CHILD", endless)
    monkeypatch.setattr(typeset, "LIMIT", 0.2)
    assert own.get(address(whole)).status_code == 500


def test_too_many_at_once_are_asked_to_come_back(
    own: Client, whole: Interview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeset, "_turns", BoundedSemaphore(1))
    monkeypatch.setattr(typeset, "PATIENCE", 0.01)
    with typeset._turns:
        response = own.get(address(whole))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert "Try again in a few seconds." in response.content.decode()
    assert own.get(address(whole)).status_code == 200
