"""Problems with questions: reported by whoever meets them, answered by those who look after the questions."""

from django.db import transaction
from django.utils import timezone

from interview.exceptions import InvalidProblem, NotAllowed
from interview.models import Item, Problem, Question, Release, User
from interview.selectors import problem as problems

BODY_LIMIT = 4000  # characters
OPEN_LIMIT = 30  # unanswered reports of one person; more would be flooding


def report_item(item: Item, user: User, body: str) -> Problem:
    """Say what is wrong with the question of an item of one's own. Raises NotAllowed, InvalidProblem."""
    if item.interview.candidate_id != user.pk:
        raise NotAllowed("Only the person who was asked this question can report a problem from here.")
    return _report(item.release.question, user, body, item.release, item)


def report_question(question: Question, user: User, body: str, release: Release | None = None) -> Problem:
    """Say what is wrong with a question that one tries out; without `release` it was seen in the draft.

    Raises NotAllowed, InvalidProblem.
    """
    if not user.tries:
        raise NotAllowed("Only those who write, try or look after questions can report a problem from here.")
    return _report(question, user, body, release, None)


@transaction.atomic
def _report(question: Question, user: User, body: str, release: Release | None, item: Item | None) -> Problem:
    # One after another for each person: a second press of the button finds what the first has stored.
    User.objects.select_for_update().get(pk=user.pk)
    text = _text(body, "Say in a few words what is wrong.")
    waiting = problems.open_ones(user)
    if same := waiting.filter(question=question, release=release, body=text).first():
        return same
    if waiting.count() >= OPEN_LIMIT:
        raise InvalidProblem(
            f"{OPEN_LIMIT} of your reports wait for an answer. Report more when some of them are answered."
        )
    return Problem.objects.create(question=question, release=release, item=item, reporter=user, body=text)


@transaction.atomic
def answer(
    problem: Problem,
    user: User,
    body: str,
    release: Release | None,
    *,
    mended: bool = False,
    again: bool = False,
) -> Problem:
    """Answer a problem, tied to the release that settles it; `again` replaces an answer that was read.

    Raises NotAllowed, and InvalidProblem for an empty answer, a release that cannot settle it, or an answer that
    somebody else gave meanwhile.
    """
    if not user.curates:
        raise NotAllowed("Only curators and admins answer reported problems.")
    locked = Problem.objects.select_for_update(of=("self",)).select_related("release").get(pk=problem.pk)
    if locked.answered_at and not again:
        raise InvalidProblem("Somebody answered this meanwhile. Read that answer; you can then replace it.")
    text = _text(body, "Write what the person who reported this should know.")
    _refuse_release(locked, release, mended=mended)
    locked.answer, locked.answered_by, locked.answered_at = text, user, timezone.now()
    locked.answered_in, locked.mended = release, mended
    locked.save(update_fields=["answer", "answered_by", "answered_at", "answered_in", "mended"])
    return locked


def _refuse_release(problem: Problem, release: Release | None, *, mended: bool) -> None:
    if release is None:
        if mended or problem.question.releases.exists():
            raise InvalidProblem("Name the release that settles it.")
        return
    if release.question_id != problem.question_id:
        raise InvalidProblem("That release is another question's. Name one of this question.")
    if mended and problem.release and release.number <= problem.release.number:
        raise InvalidProblem(
            f"The problem was seen in release {problem.release.number}, so release {release.number} cannot have mended "
            "it. Publish the mended question first, or leave the tick out."
        )


def _text(body: str, empty: str) -> str:
    text = body.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidProblem(empty)
    if len(text) > BODY_LIMIT:
        raise InvalidProblem(f"It has {len(text)} characters, and {BODY_LIMIT} fit. Shorten it.")
    return text
