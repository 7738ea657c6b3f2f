"""The timeline of an answer: what is kept of it and when, looking back, and restoring."""

from datetime import timedelta
from random import Random
from string import ascii_lowercase
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import InterviewClosed
from interview.models import Draft, Interview, Item, Snapshot, User
from interview.models.snapshot import SnapshotReason
from interview.models.submission import SubmissionKind
from interview.selectors import snapshot as snapshots
from interview.services.draft import restore, save_draft
from interview.services.interview import hand_in
from interview.services.snapshot import step
from interview.services.submission import submit
from tests.interview.conftest import code_answer, right_choices, some_entries
from tests.interview.test_api import SignIn

START = timezone.now()


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def save(item: Item, answer: dict[str, Any], seconds: float = 0, **marks: Any) -> Draft:
    revision = Draft.objects.filter(item=item).values_list("revision", flat=True).first() or 0
    return save_draft(item, answer, revision, START + timedelta(seconds=seconds), **marks)


def told(item: Item) -> list[tuple[str, str]]:
    """The timeline from the oldest on, as reason and text."""
    return [(point.reason, point.answer["text"]) for point in reversed(snapshots.of(item))]


def page(web: Client, name: str, item: Item, *more: Any, **query: Any) -> Any:
    return web.get(reverse(name, args=[item.interview_id, item.position, *more]), query)


def test_a_step_is_skipped_when_nothing_changed_since_the_last(text_item: Item) -> None:
    for second, text in ((0, "a"), (5, "ab"), (12, "a"), (13, "abc")):
        save(text_item, {"text": text}, second)
    assert told(text_item) == [("step", "a"), ("step", "abc")]


def test_a_paste_is_kept_with_its_size_and_with_what_was_there_before(text_item: Item) -> None:
    save(text_item, {"text": "a"})
    save(text_item, {"text": "own words"}, 2)
    save(text_item, {"text": "p" * 300}, 4, reason=SnapshotReason.PASTE, pasted=300)
    assert told(text_item) == [("step", "a"), ("step", "own words"), ("paste", "p" * 300)]
    assert [point.pasted for point in reversed(snapshots.of(text_item))] == [None, None, 300]


def test_what_was_there_before_is_not_kept_twice(text_item: Item) -> None:
    save(text_item, {"text": "a"})
    save(text_item, {"text": "b"}, 4, reason=SnapshotReason.RESTORE)
    assert told(text_item) == [("step", "a"), ("restore", "b")]


def test_of_a_paste_no_more_is_believed_than_the_answer_holds(text_item: Item) -> None:
    save(text_item, {"text": "p" * 300}, reason=SnapshotReason.PASTE, pasted=2**31 - 1)
    assert text_item.snapshots.get().pasted == len('{"text":""}') + 300


def test_points_between_two_whole_ones_hold_only_what_they_add(text_item: Item) -> None:
    text = " ".join(str(number * number) for number in range(2000))
    for number in range(40):
        save(text_item, {"text": text[: 6000 + 30 * number]}, 10 * number)
    points = list(reversed(snapshots.of(text_item)))
    assert [number for number, point in enumerate(points) if point.base is None] == [0, 30]
    assert max(len(point.packed) for point in points if point.base) < 500
    assert [len(point.answer["text"]) for point in points] == [6000 + 30 * number for number in range(40)]


def test_after_a_large_change_the_next_point_is_whole(text_item: Item) -> None:
    save(text_item, {"text": "short"})
    save(text_item, {"text": " ".join(str(number) for number in range(5000))}, 10)
    assert [point.base for point in snapshots.of(text_item)] == [None, None]


def test_the_database_refuses_a_base_that_is_not_whole_or_of_another_item(
    text_item: Item, code_item: Item
) -> None:
    save(text_item, {"text": "a" * 200})
    save(text_item, {"text": "a" * 200 + "b"}, 10)
    leaning, whole = snapshots.of(text_item)
    assert leaning.base == whole
    for item, base in ((text_item, leaning), (code_item, whole)):
        with pytest.raises(ProgrammingError, match="whole one of the same item"), transaction.atomic():
            Snapshot.objects.create(item=item, base=base, packed=b"", reason="step", taken_at=START)


def test_a_point_never_changes(text_item: Item) -> None:
    save(text_item, {"text": "a"})
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        text_item.snapshots.update(reason="run")


def test_restoring_is_a_new_revision_and_loses_nothing(text_item: Item) -> None:
    save(text_item, {"text": "the first idea"})
    save(text_item, {"text": "the second idea"}, 3)
    draft = restore(text_item, text_item.snapshots.get().answer, START + timedelta(seconds=5))
    assert (draft.revision, draft.answer) == (3, {"text": "the first idea"})
    assert told(text_item) == [
        ("step", "the first idea"),
        ("step", "the second idea"),
        ("restore", "the first idea"),
    ]


@pytest.mark.parametrize("name", ["code_item", "entries_item", "choice_item"])
def test_every_form_of_answer_can_be_restored(name: str, web: Client, request: pytest.FixtureRequest) -> None:
    item = request.getfixturevalue(name)
    answers = {
        "code_item": lambda: (code_answer(item), code_answer(item, "x = 1\n")),
        "entries_item": lambda: (some_entries("Look at the loss."), some_entries("Sleep.", "Look again.")),
        "choice_item": lambda: (right_choices(item), {"choices": {}}),
    }
    first, second = answers[name]()
    save(item, first)
    save(item, second, 20)
    point = list(snapshots.of(item))[-1]
    assert page(web, "item_version", item, point.pk).status_code == 200
    web.post(reverse("item_restore", args=[item.interview_id, item.position, point.pk]))
    assert Draft.objects.get(item=item).answer == first


def test_nothing_is_restored_after_the_end(running: Interview, text_item: Item, candidate: User) -> None:
    save(text_item, {"text": "early"})
    hand_in(running, candidate)
    with pytest.raises(InterviewClosed):
        restore(text_item, text_item.snapshots.get().answer)


def test_runs_and_pastes_can_be_listed_without_what_was_kept_while_writing(
    web: Client, code_item: Item
) -> None:
    submit(code_item, SubmissionKind.RUN, code_answer(code_item), START)
    save(code_item, code_answer(code_item, "x = 1\n"), 20)
    every, marked = page(web, "item_timeline", code_item), page(web, "item_timeline", code_item, marks=1)
    assert [point.reason for point in every.context["page"]] == ["step", "run"]
    assert [point.reason for point in marked.context["page"]] == ["run"]


def test_a_version_shows_what_restoring_it_would_change(web: Client, text_item: Item) -> None:
    save(text_item, {"text": "same\nthen"})
    save(text_item, {"text": "same\nnow"}, 20)
    (shown,) = page(web, "item_version", text_item, list(snapshots.of(text_item))[-1].pk).context["diffs"]
    assert [(line.kind, line.text) for line in shown.lines] == [
        ("same", "same"),
        ("removed", "now"),
        ("added", "then"),
    ]


def test_the_present_version_offers_nothing_to_restore(web: Client, text_item: Item) -> None:
    save(text_item, {"text": "as it is"})
    shown = page(web, "item_version", text_item, text_item.snapshots.get().pk).content.decode()
    assert "It is what your answer is now." in shown
    assert "Restore this version" not in shown


def test_the_page_of_a_save_says_why_it_was_made(web: Client, text_item: Item) -> None:
    address = reverse("api:draft", args=[text_item.pk])
    body = {"answer": {"text": "p" * 250}, "revision": 0, "reason": "paste", "pasted": 250}
    assert web.put(address, body, content_type="application/json").status_code == 200
    assert [(point.reason, point.pasted) for point in snapshots.of(text_item)] == [("paste", 250)]


@pytest.mark.parametrize(
    "marks",
    [
        {"reason": "paste"},
        {"reason": "paste", "pasted": 199},
        {"pasted": 250},
        {"reason": "run"},
        {"reason": "reset", "pasted": 250},
    ],
)
def test_a_reason_that_a_page_cannot_have_is_refused(
    marks: dict[str, Any], web: Client, text_item: Item
) -> None:
    body = {"answer": {"text": "a"}, "revision": 0, **marks}
    refused = web.put(reverse("api:draft", args=[text_item.pk]), body, content_type="application/json")
    assert (refused.status_code, Draft.objects.count()) == (400, 0)


def test_a_timeline_is_its_candidates_alone(
    sign_in: SignIn, other_candidate: User, admin: User, text_item: Item
) -> None:
    save(text_item, {"text": "a"})
    point = text_item.snapshots.get().pk
    for stranger in (sign_in(other_candidate), sign_in(admin)):
        assert page(stranger, "item_timeline", text_item).status_code == 404
        assert page(stranger, "item_version", text_item, point).status_code == 404
        place = [text_item.interview_id, text_item.position, point]
        assert stranger.post(reverse("item_restore", args=place)).status_code == 404


def test_a_point_of_another_question_is_not_found(web: Client, text_item: Item, code_item: Item) -> None:
    save(text_item, {"text": "a"})
    assert page(web, "item_version", code_item, text_item.snapshots.get().pk).status_code == 404


def test_after_the_end_the_timeline_leads_to_what_counts(web: Client, handed_in: Interview) -> None:
    answer = page(web, "item_timeline", handed_in.items.get(position=1))
    assert answer["Location"] == reverse("interview_closed", args=[handed_in.pk])


def test_a_page_of_the_timeline_takes_as_many_queries_for_fifty_points_as_for_one(
    web: Client, text_item: Item
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(web, "item_timeline", text_item)
        return len(queries)

    save(text_item, {"text": "0"})
    alone = asked()
    for number in range(1, 50):
        save(text_item, {"text": str(number)}, 10 * number)
    assert (asked(), text_item.snapshots.count()) == (alone, 50)


def test_three_hours_of_constant_typing_take_less_than_a_megabyte(text_item: Item) -> None:
    """Three characters a second; every tenth step mends a word somewhere before. Shown by `-s`."""
    chance = Random(1)  # noqa: S311  # the same keystrokes each time, no secret
    vocabulary = ["".join(chance.choices(ascii_lowercase, k=chance.randint(2, 9))) for _ in range(800)]
    text, before = "", _size_of_timeline()
    for number in range(3 * 60 * 6):
        text += " ".join(chance.choices(vocabulary, k=5)) + " "
        if number % 10 == 9:
            words = text.split(" ")
            words[chance.randrange(len(words))] = chance.choice(vocabulary)
            text = " ".join(words)
        step(text_item, {"text": text}, START + timedelta(seconds=10 * number))
    taken = _size_of_timeline() - before
    print(f"{text_item.snapshots.count()} points of {len(text):,} characters at the end: {taken:,} bytes")
    assert taken < 1_000_000


def _size_of_timeline() -> int:
    """Bytes of the table with its indexes and what Postgres stores beside it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('interview_snapshot')")
        return int(cursor.fetchone()[0])
