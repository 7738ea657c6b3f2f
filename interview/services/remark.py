"""Comments on a place of an answer, and the words that reviewers of a question share."""

from typing import Any

from django.db import transaction

from interview.exceptions import InvalidMark
from interview.models import Comment, Item, Review, SharedComment
from interview.places import places, word_for
from interview.selectors import item as items
from interview.services.review import begun, hold

LENGTH = 1000  # characters


@transaction.atomic
def remark(review: Review, item: Item, file: str, line: int, body: str, *, share: bool = False) -> Comment:
    """Comment on a place of the answer that counts, in place of what was said there. Renews the claim.

    With `share` the words are kept for all who review this question. Raises InvalidMark where the answer has no such
    place, NotReviewable without a claim.
    """
    held = hold(review)
    words = body.strip()
    _refuse_nowhere(item, file, line)
    if not words or len(words) > LENGTH:
        raise InvalidMark(f"A comment on a place has from 1 to {LENGTH:,} characters.")
    if share:
        SharedComment.objects.get_or_create(
            question=item.release.question, body=words, defaults={"author": held.reviewer}
        )
    begun(held)
    place: dict[str, Any] = {"review": held, "item": item, "file": file, "line": line}
    return Comment.objects.update_or_create(**place, defaults={"body": words})[0]


def _refuse_nowhere(item: Item, file: str, line: int) -> None:
    answer = items.counted_answer(item)
    known = places(answer)
    if file not in known:
        raise InvalidMark(
            f"The answer has no file {file}. Reload the page." if file else "Choose a file first."
        )
    if not 1 <= line <= known[file]:
        word = word_for(answer)
        raise InvalidMark(f"The answer has no {word} {line}; it has {known[file]}.")


@transaction.atomic
def take_back(review: Review, item: Item, comment_id: int) -> None:
    """Remove a comment on a place; one that is gone already is no error."""
    held = hold(review)
    Comment.objects.filter(pk=comment_id, review=held, item=item, line__isnull=False).delete()


def unshare(review: Review, item: Item, shared_id: int) -> None:
    """Take shared words out of the pool; comments that were made with them stay as they are."""
    hold(review)
    SharedComment.objects.filter(pk=shared_id, question=item.release.question_id).delete()


def take_notes(review: Review, text: str) -> None:
    """Keep the reviewer's own notes on the whole interview."""
    held = hold(review)
    Review.objects.filter(pk=held.pk).update(notes=text)
