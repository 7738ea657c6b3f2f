"""What a first look at the product needs: a released report, and an interview that waits for its reviewer.

Both are made as people make them: real answers through the services that the pages call, judged by the real worker.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from interview.exceptions import StillGrading
from interview.models import Grading, Interview, Item, Release, Template, User
from interview.models.grading import GradingState
from interview.models.review import Recommendation
from interview.models.submission import SubmissionKind
from interview.models.user import Role
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.release import Conclusion, release_review
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.submission import submit
from interview.services.user import DEMO_CANDIDATE, DEMO_INTERVIEWER, Demo, demo_user

TEMPLATE = "first-interview"
PATIENCE = timedelta(seconds=180)  # for a worker that may still be loading PyTorch
SETTLING = timedelta(seconds=30)  # in which a reason to wait may be left from an earlier start
POLL = 0.5  # seconds
SPENT = timedelta(minutes=34)


def _paragraphs(text: str) -> str:
    """The text with only its paragraphs on lines of their own: nobody breaks lines by hand in the answer's field."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


@dataclass(frozen=True)
class Sitting:
    """A demo person's interview: what they wrote by slug, and which of the question's own submissions they sent."""

    who: Demo
    text: Mapping[str, str]
    code: Mapping[str, str]


@dataclass(frozen=True)
class Words:
    """What the demo interviewer makes of the answer to one question: entries of the rubric that are met, a comment."""

    met: frozenset[str]
    comment: str


CANDIDATE_TWO = Demo(Role.CANDIDATE, "candidate-two@demo.invalid", "Demo candidate two")

REPORTED = Sitting(
    DEMO_CANDIDATE,
    text={
        "explain-backpropagation": _paragraphs(
            """\
1. Backpropagation works out how much the loss would change if each parameter were moved a little, in other words the
derivative of L with respect to w and v. It does not change anything by itself: taking a step with these numbers is
what the optimizer does afterwards. Every node only has to know its own small derivative. Going from the loss to the
front, a node takes the number that comes from above, multiplies it by its own derivative, and passes the product to
whatever fed it. That is the chain rule, one link after the other.

2. Forward: a = 1.5 * 2 = 3, h = 3, p = -0.5 * 3 = -1.5, y = -1.5 + 3 = 1.5, so L = (1.5 - 2)^2 = 0.25.
Backward: dL/dy = 2 * (1.5 - 2) = -1. The addition hands that on unchanged to p and to a. dL/dv = -1 * h = -3.
dL/dh = -1 * v = 0.5. Two things arrive at a: 0.5 through the ReLU (its slope is 1, because a is positive) and -1 past
it. Both ways change the loss, so they are added: dL/da = -0.5. Then dL/dw = -0.5 * x = -1.

3. The activations have to be kept from the forward pass, because the derivatives are computed from them.

4. Going backwards gives all derivatives in one pass, about as expensive as a forward pass or two. Nudging a million
parameters would need a million more forward passes, and the answer would only be approximate.
"""
        )
    },
    code={"stable-softmax": "submissions/accepted/subtract_the_maximum.py"},
)
WAITING = Sitting(
    CANDIDATE_TWO,
    text={
        "explain-backpropagation": _paragraphs(
            """\
1. It finds the gradient of the loss for every weight, by the chain rule from the end to the start. Each node
multiplies what it gets by its local derivative.

2. a = 3, h = 3, p = -1.5, y = 1.5, L = 0.25. dL/dy = -1, dL/dv = -3, dL/dh = 0.5. The ReLU lets it through because
a > 0, so dL/da = 0.5 and dL/dw = 0.5 * 2 = 1.

3. We need h and v for the product, x for the first product and the sign of a for the ReLU. They are stored for every
layer and every example, so a deep network with a large batch runs out of memory in training long before it does in
use. One can store only some of them and compute the others again.

4. One pass back gives all of them. With nudging it is one forward pass for each parameter.
"""
        )
    },
    code={"stable-softmax": "submissions/wrong_answer/one_maximum_for_all.py"},
)

MARKS = {
    "explain-backpropagation": Words(
        frozenset({"purpose", "chain-rule", "numbers", "sum-at-a", "clarity", "cost"}),
        "You keep the gradient and the step apart, and both contributions at `a` are there with a reason. Part 3 is "
        "too short: name **which** value each node needs (`h` and `v` for the product, the sign of `a`, `x`), and say "
        "what that means for memory when the batch grows.",
    )
}
EVIDENCE = (
    "Question 1: every number is right, and the sum at the node that is used twice is explained. Question 2: accepted, "
    "with the maximum taken along the right dimension. Only the memory of training is missing."
)
SUMMARY = (
    "Good work. You explain the mechanism in plain words and your code is stable where the obvious version overflows."
    "\n\n"
    "Look next at what the backward pass has to **remember**: which activations, for which node, and how recomputing "
    "them trades time for memory."
)


def seed() -> list[str]:
    """Make what is missing, and tell what was made; nothing when all is there. Meant for the embedded mode.

    Raises NotAllowed outside it, StillGrading when no worker judges the answers now, and other InterviewErrors. Every
    step is whole or not at all, so an interrupted run is taken up by the next.
    """
    made = [told for sitting in (WAITING, REPORTED) if (told := _sit(sitting))]
    reported = _sat(demo_user(REPORTED.who), REPORTED)
    if reported and _is_untouched(reported):
        _wait_for_the_judge(reported)
        _review(reported)
        made.append(f"The report of {REPORTED.who.name} is released.")
    return made


@transaction.atomic
def _sit(sitting: Sitting) -> str:
    """Take the interview in one transaction: its person never finds a half of it under way."""
    # Two runs at once take turns at the person's row.
    person = User.objects.select_for_update().get(pk=demo_user(sitting.who).pk)
    if not person.is_active or _sat(person, sitting):
        return ""
    template = Template.objects.get(slug=TEMPLATE)
    ended = timezone.now()
    begun = ended - min(SPENT, timedelta(minutes=template.minutes - 1))
    interview = start_interview(person, template, now=begun)
    for item in interview.items.select_related("release", "release__question"):
        _answer(item, sitting, begun + (ended - begun) / 2)
    hand_in(interview, person, now=ended)
    return f"{sitting.who.name} has handed in “{interview.title}”."


def _sat(person: User, sitting: Sitting) -> Interview | None:
    """The interview that holds this sitting's text, whatever else the person has taken."""
    texts = [{"text": text} for text in sitting.text.values()]
    return Interview.objects.filter(candidate=person, items__draft__answer__in=texts).first()


def _answer(item: Item, sitting: Sitting, at: datetime) -> None:
    """Questions that the sitting does not know stay empty, as they would for anybody out of ideas."""
    slug = item.release.question.slug
    if slug in sitting.text:
        save_draft(item, {"text": sitting.text[slug]}, 0, now=at)
    elif slug in sitting.code:
        submit(item, SubmissionKind.SUBMIT, _code(item.release, sitting.code[slug]), now=at)


def _code(release: Release, path: str) -> dict[str, Any]:
    """One of the submissions that come with the question, as the answer to it."""
    source = release.file_contents[path].decode()
    return {"files": dict.fromkeys(release.starter, source)}


def _is_untouched(interview: Interview) -> bool:
    """Whether nobody has released it, or begun to read it, by hand."""
    return interview.released_at is None and not interview.reviews.exists()


def _wait_for_the_judge(interview: Interview) -> None:
    """Until everything of it is judged. Raises StillGrading with the reason when that takes too long."""
    begun = monotonic()
    while unfinished := list(_unfinished(interview)):
        waited = timedelta(seconds=monotonic() - begun)
        reason = next((grading.waits_because for grading in unfinished if grading.waits_because), "")
        if waited > PATIENCE or (reason and waited > SETTLING):
            raise StillGrading(reason or "no worker has judged the demo answers yet")
        sleep(POLL)


def _unfinished(interview: Interview) -> QuerySet[Grading]:
    waiting = [GradingState.QUEUED, GradingState.RUNNING]
    return Grading.objects.filter(submission__item__interview=interview, state__in=waiting)


@transaction.atomic
def _review(interview: Interview) -> None:
    review = claim_review(interview, demo_user(DEMO_INTERVIEWER))
    for item in interview.items.select_related("release", "release__question"):
        words = MARKS.get(item.release.question.slug, Words(frozenset(), ""))
        mark_item(review, item, Judgement(words.met, words.comment))
    review.refresh_from_db()
    areas = {item.release.question.area_id: (Recommendation.YES, EVIDENCE) for item in interview.items.all()}
    release_review(review, Conclusion(Recommendation.YES, EVIDENCE, SUMMARY, areas))
