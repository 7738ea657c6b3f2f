"""Every address of interviews, reviews and reports, tried by everybody, and what they tell before its time.

Nothing of a rubric, a model answer, a hidden test, a reviewer's words or another candidate may be reached. The
addresses come from the product's own list, so that a new one has to be entered here.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from interview.models import Interview, Item, Review, SecondLook, Submission, User
from interview.models.user import Role
from interview.services import second_look
from interview.services.draft import save_draft
from interview.services.interview import hand_in
from interview.services.recusal import recuse
from interview.services.release import schedule_release
from interview.services.remark import remark, take_notes
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.submission import SubmissionKind, submit
from tests.interview.conftest import code_answer, concluded, conclusion_of, judged

SignIn = Callable[[User], Client]
People = Callable[..., User]

ROOMS = ("interviews/<uuid", "review/", "progress/")
REVIEWS = {Role.INTERVIEWER, Role.ADMIN}
OWN_WORDS = "The forward pass caches and the fox jumps over the chain rule."
SAID = (
    "Words of the reviewer.",
    "Told at a place.",
    "Reason of a mark.",
    "Evidence so far.",
    "Notes of their own.",
)
#: Whose an address is: the candidate's of that interview, of whoever reviews, of both, or one's own in any case.
OWN, DESK, BOTH, ANYBODY = "own", "desk", "both", "anybody"
WHOSE = {
    "review_queue": DESK,
    "review_questions": DESK,
    "review_agreement": DESK,
    "review_take": DESK,
    "review_claim": DESK,
    "review_item": DESK,
    "review_playback": DESK,
    "review_run": DESK,
    "review_remark": DESK,
    "review_remark_delete": DESK,
    "review_unshare": DESK,
    "review_notes": DESK,
    "review_release": DESK,
    "review_step_aside": DESK,
    "review_opinions": DESK,
    "second_looks": DESK,
    "second_look": DESK,
    "report": BOTH,
    "report_pdf": BOTH,
    "progress": ANYBODY,
    "interview": OWN,
    "item": OWN,
    "item_submit": OWN,
    "item_stop": OWN,
    "item_save": OWN,
    "item_flag": OWN,
    "item_reading": OWN,
    "item_timeline": OWN,
    "item_version": OWN,
    "item_restore": OWN,
    "item_runs": OWN,
    "item_runs_compare": OWN,
    "item_run": OWN,
    "item_run_restore": OWN,
    "interview_go_on": OWN,
    "interview_notes": OWN,
    "interview_finish": OWN,
    "interview_take_up": OWN,
    "interview_closed": OWN,
    "interview_again": OWN,
    "practice_pause": OWN,
    "practice_resume": OWN,
    "practice_reveal": OWN,
    "practice_hint": OWN,
    "practice_mark": OWN,
    "problem_report": OWN,
    "second_look_ask": OWN,
    "self_assessment": OWN,
    "self_assessment_open": OWN,
}


def patterns() -> list[URLPattern]:
    found = [one for one in get_resolver().url_patterns if isinstance(one, URLPattern)]
    return [one for one in found if str(one.pattern).startswith(ROOMS)]


def api_patterns() -> Iterator[URLPattern]:
    for one in get_resolver().url_patterns:
        if isinstance(one, URLResolver) and "api" in str(one.pattern):
            yield from (inner for inner in one.url_patterns if inner.pattern.converters)


def address(pattern: URLPattern, interview: Interview, position: int = 1) -> str:
    """One that leads somewhere, so that only the door can stand in the way."""
    run = Submission.objects.filter(item__interview=interview, item__position=position).first()
    parts = {
        "pk": look_of(interview) if pattern.name == "second_look" else interview.pk,
        "position": position,
        "which": run.pk if run else interview.pk,
        "point": 1,
        "comment": 1,
        "shared": 1,
    }
    return reverse(str(pattern.name), kwargs={part: parts[part] for part in pattern.pattern.converters})


def look_of(interview: Interview) -> int:
    found = SecondLook.objects.filter(item__interview=interview).first()
    return found.pk if found else 0


def is_closed(response: HttpResponse) -> bool:
    """Refused, not there, or not to be asked for like that: of an address that takes only what is sent."""
    return response.status_code in {403, 404, 405}


def text_of(response: HttpResponse) -> str:
    if response.streaming:
        return ""
    return " ".join(unescape(response.content.decode(errors="replace")).split())


@pytest.fixture
def read(running: Interview, candidate: User, interviewer: User, text_item: Item, code_item: Item) -> Review:
    """An interview that a reviewer has marked in every way, down to a time at which it will be released.

    Marking oneself shows what is looked for, and has tests of its own.
    """
    running.plan["self_assessment"] = False
    running.save(update_fields=["plan"])
    save_draft(text_item, {"text": OWN_WORDS}, 0)
    submission = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item))
    assert submission.current_grading
    judged(submission.current_grading)
    hand_in(running, candidate)
    review = claim_review(running, interviewer)
    mark = Judgement(["purpose"], SAID[0], reasons={"purpose": SAID[2]})
    mark_item(review, text_item, mark)
    remark(review, text_item, "", 1, SAID[1], share=True)
    take_notes(review, SAID[4])
    words = conclusion_of(review, "yes", SAID[3], "Summary so far.")
    return schedule_release(review, words, timezone.now() + timedelta(hours=1))


@pytest.fixture
def released(read: Review) -> Review:
    return concluded(read, "yes", SAID[3], "Summary so far.")


def test_every_address_of_these_pages_is_in_the_table(bank: None) -> None:
    assert {str(one.name) for one in patterns()} == set(WHOSE)


# Doors


def test_a_stranger_is_sent_to_sign_in_from_every_address(client: Client, read: Review) -> None:
    for pattern in patterns():
        url = address(pattern, read.interview)
        for answer in (client.get(url), client.post(url, {"met": "purpose", "action": "release"})):
            assert (url, answer.status_code, answer.headers["Location"].partition("?")[0]) == (
                url,
                302,
                reverse("login"),
            )


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("is_released", [False, True])
def test_who_has_no_part_in_it_finds_every_door_closed(
    person: People,
    sign_in: SignIn,
    read: Review,
    role: str,
    is_released: bool,
    request: pytest.FixtureRequest,
) -> None:
    if is_released:
        request.getfixturevalue("released")
    web = sign_in(person("mia", Role(role)))
    allowed = {ANYBODY} | ({DESK, BOTH} if Role(role) in REVIEWS else set())
    for pattern in patterns():
        if WHOSE[str(pattern.name)] not in allowed:
            url = address(pattern, read.interview)
            assert (url, [is_closed(answer) for answer in (web.get(url), web.post(url))]) == (url, [True] * 2)


def test_who_is_kept_away_finds_every_door_of_that_interview_closed(
    read: Review, other_interviewer: User, candidate: User, admin: User, sign_in: SignIn
) -> None:
    recuse(other_interviewer, candidate, "They share a flat.", admin)
    web = sign_in(other_interviewer)
    for pattern in patterns():
        if "pk" in pattern.pattern.converters:
            url = address(pattern, read.interview)
            assert (url, [is_closed(answer) for answer in (web.get(url), web.post(url))]) == (url, [True] * 2)
    assert read.interview.reviews.count() == 1


def test_a_candidate_who_also_reviews_finds_the_desk_of_their_own_interview_closed(
    released: Review, candidate: User, text_item: Item, sign_in: SignIn
) -> None:
    second_look.ask(text_item, candidate, "Sentence 1.")
    candidate.role = Role.ADMIN
    candidate.save()
    web = sign_in(candidate)
    for pattern in patterns():
        if WHOSE[str(pattern.name)] == DESK and "pk" in pattern.pattern.converters:
            url = address(pattern, released.interview)
            answers = (web.get(url), web.post(url, {"met": "purpose"}))
            assert (url, [answer.status_code in {302, 403, 404, 405} for answer in answers]) == (
                url,
                [True] * 2,
            )
            assert not any("chain rule" in text_of(answer) for answer in answers if answer.status_code == 200)
    assert released.interview.reviews.count() == 1
    assert SecondLook.objects.get().answered_at is None


# What is reached before its time


def secrets(interview: Interview) -> list[str]:
    """Everything that a candidate shall not read yet."""
    found = list(SAID)
    for item in interview.items.all():
        for entry in item.release.rubric_entries():
            found += [entry[key] for key in ("describe", "explain", "reviewer_note") if entry.get(key)]
            found += [term for term in entry.get("terms", []) if " " in term]
        found += (item.release.rubric or {}).get("follow_ups", [])
        found += [line for line in item.release.solution.splitlines() if len(line) > 30]
        for submission in item.submissions.all():
            result = submission.current_grading.result if submission.current_grading else None
            hidden = [test for test in (result or {}).get("tests", []) if not test["visible"]]
            found += [test["message"] for test in hidden if test["message"]]
            found += [test["stdout"].strip() for test in hidden if test["stdout"]]
    return [" ".join(words.split()) for words in found]


def everything(web: Client, interview: Interview) -> Iterator[tuple[str, str]]:
    """What every address says when it is opened, and what it says to whatever is sent."""
    for pattern in patterns():
        for position in range(1, interview.items.count() + 1):
            url = address(pattern, interview, position)
            for answer in (web.get(url, follow=True), web.post(url, {}, follow=True)):
                yield url, text_of(answer)
    for url in api_addresses(interview):
        yield url, text_of(web.get(url))
    for name in ("interview_list", "catalogue", "practice", "problems_mine"):
        yield name, text_of(web.get(reverse(name)))


def api_addresses(interview: Interview) -> Iterator[str]:
    for pattern in api_patterns():
        name, path = f"api:{pattern.name}", str(pattern.pattern)
        if path.startswith("interviews/"):
            yield reverse(name, args=[interview.pk])
        for item in interview.items.all():
            if path.startswith("items/"):
                yield reverse(name, args=[item.pk])
            for submission in item.submissions.all():
                if path.startswith("submissions/"):
                    yield reverse(name, args=[submission.pk])
                if path.startswith("gradings/") and submission.current_grading:
                    yield reverse(name, args=[submission.current_grading.pk])


def test_before_the_release_no_address_tells_its_candidate_anything(
    read: Review, candidate: User, sign_in: SignIn
) -> None:
    kept = secrets(read.interview)
    assert len(kept) > 60
    for url, told in everything(sign_in(candidate), read.interview):
        assert (url, [words for words in kept if words in told]) == (url, [])


def test_after_the_release_notes_terms_and_hidden_tests_stay_where_they_are(
    released: Review, candidate: User, sign_in: SignIn
) -> None:
    notes = [SAID[4]]
    for item in released.interview.items.all():
        entries = item.release.rubric_entries()
        notes += [entry["reviewer_note"] for entry in entries if entry.get("reviewer_note")]
        notes += [term for entry in entries for term in entry.get("terms", []) if '"' in term]
    told = text_of(sign_in(candidate).get(reverse("report", args=[released.interview.pk])))
    assert [words for words in notes if " ".join(words.split()) in told] == []
    assert "printed by the hidden test" not in told
    assert SAID[0] in told


@pytest.mark.parametrize("is_released", [False, True])
def test_another_candidate_reads_nothing_of_it_at_any_time(
    read: Review, other_candidate: User, sign_in: SignIn, is_released: bool, request: pytest.FixtureRequest
) -> None:
    if is_released:
        request.getfixturevalue("released")
    kept = [*secrets(read.interview), OWN_WORDS]
    for url, told in everything(sign_in(other_candidate), read.interview):
        assert (url, [words for words in kept if words in told]) == (url, [])


def test_reviewers_learn_no_name_before_the_release(
    read: Review, candidate: User, interviewer: User, sign_in: SignIn
) -> None:
    candidate.display_name = "Cassiopeia"  # Casey is a time zone as well, which a release can be set in
    candidate.save()
    web, names = sign_in(interviewer), [candidate.display_name, candidate.email]
    for pattern in patterns():
        if WHOSE[str(pattern.name)] in {DESK, BOTH}:
            url = address(pattern, read.interview)
            told = text_of(web.get(url))
            assert (url, [name for name in names if name in told]) == (url, [])
