from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from interview.models import Interview, Item, Mark, Notes, Recusal, Review, Submission, User
from interview.models.interview import CloseReason, InterviewStatus, Mode
from interview.models.submission import RUNS
from interview.selectors.item import has_rubric


def visible_to(user: User) -> QuerySet[Interview]:
    """One's own interviews; for those who review, also what others have handed in, but never their practice.

    Who is recused from somebody sees nothing of theirs.
    """
    own = Q(candidate=user)
    if user.reviews:
        recused = Recusal.objects.filter(reviewer=user).values("candidate")
        own |= Q(finalised_at__isnull=False, mode=Mode.STRICT) & ~Q(candidate__in=recused)
    return Interview.objects.filter(own).select_related("candidate", "template")


def of_candidate(user: User) -> QuerySet[Interview]:
    """The one door through which a candidate's requests reach an interview."""
    return Interview.objects.filter(candidate=user)


def notes_of(interview: Interview) -> Notes | None:
    """Its candidate's notes; ask only for the candidate."""
    return Notes.objects.filter(interview=interview).first()


def history(user: User) -> QuerySet[Interview]:
    """One's own interviews, newest first, ready to tell their `status` and self-assessment.

    Each has `questions`, for practice `to_mark`: how many answers with a rubric their candidate has not marked, and for
    what counts `to_assess`: how many have something to mark while one waits.
    """
    marked = Exists(Mark.objects.filter(item=OuterRef("items"), review__reviewer=user))
    unmarked = Q(~marked) & has_rubric("items__")
    counted = {
        "questions": Count("items"),
        "to_mark": Count("items", filter=unmarked),
        "to_assess": Count("items", filter=Q(_answered(), items__release__rubric__criteria__isnull=False)),
    }
    # A grouped query forgets the order of its model.
    own = of_candidate(user).annotate(**counted).order_by("-created_at")
    return own.select_related("self_assessment").prefetch_related("reviews")


def _answered() -> Exists:
    """Whether something that counts was handed over for an item of the outer query."""
    counting = Submission.objects.filter(withdrawn_at=None).exclude(kind__in=RUNS)
    return Exists(counting.filter(item=OuterRef("items")))


def in_progress(user: User, now: datetime | None = None) -> Interview | None:
    """The strict interview whose clock runs, if any."""
    return Interview.objects.filter(
        candidate=user,
        mode=Mode.STRICT,
        started_at__isnull=False,
        closed_at=None,
        deadline_at__gt=now or timezone.now(),
    ).first()


def barring_practice(user: User, now: datetime | None = None) -> Interview | None:
    """The strict interview that still takes this person's answers; until it does not, practice shows nothing.

    That includes the grace after zero, in which a last draft may still arrive, and a finish that can be undone.
    """
    moment = now or timezone.now()
    return (
        Interview.objects.filter(
            candidate=user,
            mode=Mode.STRICT,
            started_at__isnull=False,
            finalised_at=None,
            deadline_at__gte=moment - settings.DRAFT_GRACE,
        )
        .exclude(close_reason=CloseReason.CANCELLED)
        .first()
    )


def with_items(interviews: QuerySet[Interview]) -> QuerySet[Interview]:
    """Everything a page about whole interviews shows, in a fixed number of queries."""
    submissions = Submission.objects.select_related("current_grading").order_by("created_at")
    items = (
        Item.objects.select_related(
            "release",
            "release__question__area",
            "rubric_release",
            "draft",
            "second_look",
            "second_look__answered_by",
            "second_look__rubric_release",
        )
        .defer("release__files", "rubric_release__files", "second_look__rubric_release__files")
        .prefetch_related(Prefetch("submissions", queryset=submissions), "rubric_changes")
        .order_by("position")
    )
    reviews = Review.objects.select_related("reviewer").prefetch_related(
        "marks", "comments", "overrides", "areas__area"
    )
    return interviews.prefetch_related(
        Prefetch("items", queryset=items), Prefetch("reviews", queryset=reviews)
    )


def status(interview: Interview, now: datetime | None = None) -> InterviewStatus:
    """The stage that people are told, from the clock and what hangs on the row."""
    if interview.released_at:
        return InterviewStatus.RELEASED
    if interview.close_reason == CloseReason.CANCELLED:
        return InterviewStatus.CANCELLED
    if interview.started_at is None:
        return InterviewStatus.SCHEDULED
    if interview.is_open(now):
        return InterviewStatus.IN_PROGRESS
    if interview.reviews.all() and not interview.is_practice:
        return InterviewStatus.UNDER_REVIEW
    handed_in = interview.close_reason == CloseReason.HANDED_IN
    return InterviewStatus.SUBMITTED if handed_in else InterviewStatus.AUTO_SUBMITTED
