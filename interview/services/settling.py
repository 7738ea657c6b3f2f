"""Where two reviewers marked: beginning from what they agree on, so that a third decides only what they do not."""

from collections.abc import Iterable
from itertools import chain

from interview.models import AreaJudgement, Comment, Interview, Item, Mark, Override, Review
from interview.selectors import interview as interviews
from interview.selectors.opinion import ItemOpinions, Opinion, opinions_of


def begin_settling(review: Review) -> None:
    """Fill a new review that settles. An answer on which both agree is marked; one on which they differ is not.

    What both wrote to the candidate is kept side by side, to be made one.
    """
    both = opinions_of(interviews.with_items(Interview.objects.filter(pk=review.interview_id)).get())
    if both is None:
        return
    for item in both.items:
        _copy_comments(review, item)
        if not item.differs:
            _copy_marks(review, item)
    _copy_conclusion(review, [both.first.review, both.second.review])


def _copy_marks(review: Review, item: ItemOpinions) -> None:
    answer = item.first.item
    Mark.objects.bulk_create(_mark(review, answer, opinion) for opinion in item.opinions)
    first, second = item.first.override, item.second.override
    if first:
        reasons = [first.reason, second.reason if second else ""]
        Override.objects.create(review=review, item=answer, points=first.points, reason=_joined(reasons))


def _mark(review: Review, item: Item, opinion: Opinion) -> Mark:
    first, second = opinion.voices
    return Mark(
        review=review,
        item=item,
        criterion=opinion.entry.id,
        met=bool(first.met),
        entry=first.entry,
        rubric_release=item.rubric_release,
        reason=_joined([first.reason, second.reason], " "),
    )


def _copy_comments(review: Review, item: ItemOpinions) -> None:
    """Both comments on one place become one, for a place has one."""
    said: dict[tuple[str, int | None], list[str]] = {}
    for _, one in item.named:
        if one.comment:
            said.setdefault(("", None), []).append(one.comment)
        for remark in one.remarks:
            said.setdefault((remark.file, remark.line), []).append(remark.body)
    Comment.objects.bulk_create(
        Comment(review=review, item=item.first.item, file=file, line=line, body=_joined(words))
        for (file, line), words in said.items()
    )


def _copy_conclusion(review: Review, both: list[Review | None]) -> None:
    handed = [one for one in both if one]
    review.recommendation = _same(one.recommendation for one in handed)
    review.evidence = _joined(one.evidence for one in handed)
    review.summary = _joined(one.summary for one in handed)
    review.save(update_fields=["recommendation", "evidence", "summary"])
    said: dict[str, list[AreaJudgement]] = {}
    for judgement in chain.from_iterable(one.areas.all() for one in handed):
        said.setdefault(judgement.area_id, []).append(judgement)
    AreaJudgement.objects.bulk_create(
        AreaJudgement(
            review=review,
            area_id=area,
            recommendation=_same(one.recommendation for one in judged),
            evidence=_joined(one.evidence for one in judged),
        )
        for area, judged in said.items()
    )


def _same(words: Iterable[str]) -> str:
    """What all say, or nothing."""
    found = set(words)
    return found.pop() if len(found) == 1 else ""


def _joined(words: Iterable[str], between: str = "\n\n") -> str:
    """Each once, in their order."""
    return between.join(dict.fromkeys(word.strip() for word in words if word.strip()))
