"""Drafts: revisions only grow, nothing is overwritten, nothing is taken after the end."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, transaction
from django.utils import timezone

from interview.exceptions import InterviewClosed, InvalidAnswer, StaleRevision
from interview.models import Draft, Interview, Item, User
from interview.models.snapshot import SnapshotReason
from interview.selectors import item as items
from interview.selectors.item import ItemState
from interview.services.draft import save_draft
from interview.services.interview import hand_in
from tests.interview.conftest import code_answer


def test_the_first_save_is_revision_one(text_item: Item) -> None:
    draft = save_draft(text_item, {"text": "Gradients flow."}, 0)
    assert (draft.revision, draft.answer) == (1, {"text": "Gradients flow."})


def test_each_save_raises_the_revision(text_item: Item) -> None:
    save_draft(text_item, {"text": "a"}, 0)
    assert save_draft(text_item, {"text": "ab"}, 1).revision == 2


def test_a_stale_save_is_refused_with_what_is_stored(text_item: Item) -> None:
    save_draft(text_item, {"text": "from the first tab"}, 0)
    with pytest.raises(StaleRevision) as refusal:
        save_draft(text_item, {"text": "from the second tab"}, 0)
    assert (refusal.value.revision, refusal.value.answer) == (1, {"text": "from the first tab"})
    assert Draft.objects.get(item=text_item).answer == {"text": "from the first tab"}


def test_the_database_refuses_a_revision_that_does_not_grow(text_item: Item) -> None:
    save_draft(text_item, {"text": "a"}, 0)
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot"), transaction.atomic():
        Draft.objects.filter(item=text_item).update(answer={"text": "lost"})


def test_nothing_is_saved_after_the_grace(running: Interview, text_item: Item) -> None:
    too_late = running.deadline_at + settings.DRAFT_GRACE + timedelta(milliseconds=1)
    with pytest.raises(InterviewClosed):
        save_draft(text_item, {"text": "late"}, 0, too_late)
    assert Draft.objects.count() == 0


def test_nothing_is_saved_after_handing_in(running: Interview, text_item: Item, candidate: User) -> None:
    hand_in(running, candidate)
    with pytest.raises(InterviewClosed):
        save_draft(text_item, {"text": "one more thought"}, 0)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("text", "An answer is an object"),
        ({"files": {"solution.py": ""}}, "takes one text"),
        ({"text": 3}, "takes one text"),
        ({"text": "a", "more": "b"}, "takes one text"),
        ({"text": "a" * 50_001}, "50,001 characters and 50,000 fit"),
        ({"text": "a\0b"}, "NUL"),
        ({"text": "a\ud800b"}, "lone surrogate"),
    ],
)
def test_a_text_answer_of_the_wrong_form_is_refused_with_the_reason(
    text_item: Item, answer: Any, complaint: str
) -> None:
    with pytest.raises(InvalidAnswer, match=complaint):
        save_draft(text_item, answer, 0)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"text": "import torch"}, "takes the files solution.py"),
        ({"files": {"other.py": ""}}, "takes the files solution.py"),
        ({"files": {"solution.py": "", "extra.py": ""}}, "takes the files solution.py"),
        ({"files": {"solution.py": None}}, "is not text"),
        ({"files": {"solution.py": "é" * 131_073}}, "256 KiB fit"),
        ({"files": {"solution.py": "\0"}}, "NUL"),
    ],
)
def test_a_code_answer_of_the_wrong_form_is_refused_with_the_reason(
    code_item: Item, answer: Any, complaint: str
) -> None:
    with pytest.raises(InvalidAnswer, match=complaint):
        save_draft(code_item, answer, 0)


def test_line_ends_of_every_system_are_stored_as_one_kind(text_item: Item) -> None:
    assert save_draft(text_item, {"text": "a\r\nb\rc"}, 0).answer == {"text": "a\nb\nc"}


def test_the_timeline_takes_a_step_every_ten_seconds(text_item: Item) -> None:
    start = timezone.now()
    for second in (0, 3, 9, 10, 12, 21):
        save_draft(text_item, {"text": str(second)}, _revision(text_item), start + timedelta(seconds=second))
    steps = [(snapshot.answer["text"], snapshot.reason) for snapshot in text_item.snapshots.all()]
    assert steps == [("0", SnapshotReason.STEP), ("10", SnapshotReason.STEP), ("21", SnapshotReason.STEP)]


def _revision(item: Item) -> int:
    return Draft.objects.filter(item=item).values_list("revision", flat=True).first() or 0


def test_a_question_counts_as_answered_once_its_draft_differs_from_the_start(code_item: Item) -> None:
    assert items.state(code_item) == ItemState.EMPTY
    save_draft(code_item, {"files": code_item.release.starter}, 0)
    assert items.state(Item.objects.get(pk=code_item.pk)) == ItemState.EMPTY
    save_draft(code_item, code_answer(code_item), 1)
    assert items.state(Item.objects.get(pk=code_item.pk)) == ItemState.DRAFT
