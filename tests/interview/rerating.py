"""What the tests of changed rubrics have in common: rubrics that change, and answers that are listed and moved."""

from typing import Any

from interview.models import (
    Interview,
    Item,
    Question,
    Review,
    User,
)
from interview.models.rubric_change import RubricChangeKind
from interview.selectors import interview as interviews
from interview.selectors import rubric_change as changes
from interview.selectors.opinion import Opinions, opinions_of
from interview.selectors.report import ItemReport
from interview.selectors.report import report as make_report
from interview.selectors.rubric_change import Answer
from interview.services.opinion import hand_over
from interview.services.release import Conclusion
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.rubric_change import Outcome, Wish, apply

Rubric = dict[str, Any]
MET = ["purpose", "chain-rule", "numbers", "recited"]  # 1 + 2 + 2 − 1
AREA = {"backpropagation": ("yes", "Both factors.")}
WHOLE = Conclusion("yes", "Names both passes.", "Go deeper.", AREA)
NEW = {"id": "hooks", "tier": "strong", "points": 2, "describe": "Names hooks.", "explain": "They see it."}
OTHER_WORDS = "Says what it is all for."


def entry(rubric: Rubric, name: str) -> Rubric:
    found: Rubric = next(one for one in [*rubric["criteria"], *rubric["red_flags"]] if one["id"] == name)
    return found


def heavier(rubric: Rubric) -> None:
    entry(rubric, "purpose")["points"] = 3


def larger(rubric: Rubric) -> None:
    rubric["criteria"].append(NEW)


def reworded(rubric: Rubric) -> None:
    entry(rubric, "purpose")["describe"] = OTHER_WORDS


def without_numbers(rubric: Rubric) -> None:
    rubric["criteria"].remove(entry(rubric, "numbers"))


def harder_flag(rubric: Rubric) -> None:
    entry(rubric, "recited")["points"] = -2


def without_flags(rubric: Rubric) -> None:
    del rubric["red_flags"]


def listed(question: Question, user: User) -> list[Answer]:
    rubrics = changes.rubrics_of(question)
    return changes.answers(changes.marked_by_older(rubrics, user), rubrics)


def wish(question: Question, user: User, kind: RubricChangeKind, *kept: str) -> Wish:
    """As somebody sends it who has the page before them, with everything ticked."""
    found = listed(question, user)
    newest = question.releases.latest("number").number
    keeps = {(one.older.release.number, name) for one in found for name in kept}
    return Wish(
        kind, newest, {one.item.pk: one.seen for one in found}, "It was too strict.", frozenset(keeps)
    )


def recomputed(question: Question, user: User, *kept: str) -> Outcome:
    return apply(question, user, wish(question, user, RubricChangeKind.RECOMPUTED, *kept))


def sent_back(question: Question, user: User, *kept: str) -> Outcome:
    return apply(question, user, wish(question, user, RubricChangeKind.SENT_BACK, *kept))


def whole(interview: Interview) -> Interview:
    return interviews.with_items(Interview.objects.all()).get(pk=interview.pk)


def report_of(review: Review) -> ItemReport:
    """The first answer as the review has it now."""
    return make_report(whole(review.interview), Review.objects.get(pk=review.pk)).items[0]


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return (
        len(outcome.recomputed),
        len(outcome.sent_back),
        len(outcome.looked_again),
        len(outcome.refused),
    )


def second(first: Review, reviewer: User, item: Item) -> Review:
    """Another reviewer's marks, handed over."""
    review = claim_review(first.interview, reviewer)
    mark_item(review, Item.objects.get(pk=item.pk), Judgement(["purpose"], "Where is the rest?"))
    return hand_over(review, WHOLE)


def opinions(review: Review) -> Opinions:
    found = opinions_of(whole(review.interview))
    assert found
    return found


def listed_item(review: Review) -> Item:
    return report_of(review).item
