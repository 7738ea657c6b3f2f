"""Who shall not review whom: said by an admin or by the reviewer, and kept everywhere a reviewer could meet them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import NotAllowed, NotReviewable
from interview.models import Interview, Item, Recusal, User
from interview.selectors import assignment
from interview.selectors import interview as interviews
from interview.selectors import second_look as second_looks
from interview.services import second_look
from interview.services.recusal import lift, recuse, recuse_oneself
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded, handed_over

SignIn = Callable[[User], Client]


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_who_is_kept_away_meets_the_person_nowhere(
    handed_in: Interview, interviewer: User, candidate: User, admin: User, sign_in: SignIn
) -> None:
    recuse(interviewer, candidate, "They share a flat.", admin)
    assert not assignment.awaiting_review(interviewer).exists()
    assert not interviews.visible_to(interviewer).exists()
    with pytest.raises(NotReviewable):
        claim_review(handed_in, interviewer)
    assert sign_in(interviewer).get(reverse("review_item", args=[handed_in.pk, 1])).status_code == 404


def test_others_review_as_before(
    handed_in: Interview, interviewer: User, other_interviewer: User, candidate: User, admin: User
) -> None:
    recuse(interviewer, candidate, "They share a flat.", admin)
    assert list(assignment.awaiting_review(other_interviewer)) == [handed_in]


def test_a_report_that_was_released_before_is_left_out_as_well(
    handed_in: Interview, interviewer: User, candidate: User, admin: User, text_item: Item, sign_in: SignIn
) -> None:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement([]))
    concluded(review, "yes", "Seen.", "Good.")
    recuse(interviewer, candidate, "They share a flat.", admin)
    desk = sign_in(interviewer)
    assert desk.get(reverse("report", args=[handed_in.pk])).status_code == 404
    assert candidate.display_name not in page(desk.get(reverse("review_queue")))


def test_a_second_look_goes_to_somebody_else(
    handed_in: Interview,
    interviewer: User,
    other_interviewer: User,
    candidate: User,
    admin: User,
    text_item: Item,
) -> None:
    review = claim_review(handed_in, admin)
    mark_item(review, text_item, Judgement([]))
    concluded(review, "yes", "Seen.", "Good.")
    look = second_look.ask(text_item, candidate, "Sentence 2.")
    recuse(interviewer, candidate, "They share a flat.", admin)
    assert list(second_looks.waiting(interviewer)) == []
    assert list(second_looks.waiting(other_interviewer)) == [look]


def test_where_the_only_others_are_kept_away_one_of_the_two_settles(
    handed_in: Interview, interviewer: User, other_interviewer: User, candidate: User, admin: User
) -> None:
    Interview.objects.filter(pk=handed_in.pk).update(marked_twice=True)
    handed_in.refresh_from_db()
    for one in (interviewer, other_interviewer):
        handed_over(handed_in, one, [])
    assert list(assignment.awaiting_review(interviewer)) == []
    recuse(admin, candidate, "An old colleague.", admin)
    assert list(assignment.awaiting_review(interviewer)) == [handed_in]


def test_a_reviewer_who_recognizes_somebody_steps_aside_and_leaves_the_rest_to_others(
    handed_in: Interview, interviewer: User, other_interviewer: User, text_item: Item, sign_in: SignIn
) -> None:
    mark_item(claim_review(handed_in, interviewer), text_item, Judgement(["purpose"]))
    desk = sign_in(interviewer)
    answer = desk.post(
        reverse("review_step_aside", args=[handed_in.pk]), {"reason": "I know the story of the fox."}
    )
    assert answer.headers["Location"] == reverse("review_queue")
    noted = Recusal.objects.get()
    assert (noted.reviewer, noted.noted_by) == (interviewer, interviewer)
    assert list(assignment.awaiting_review(other_interviewer)) == [handed_in]
    assert desk.post(reverse("review_item", args=[handed_in.pk, 1]), {"met": ["cost"]}).status_code == 404


def test_stepping_aside_needs_a_reason(handed_in: Interview, interviewer: User, sign_in: SignIn) -> None:
    desk = sign_in(interviewer)
    answer = desk.post(reverse("review_step_aside", args=[handed_in.pk]), {"reason": " "}, follow=True)
    assert "Nothing was changed. Write why" in page(answer)
    assert not Recusal.objects.exists()


def test_there_is_nothing_to_step_aside_from_after_the_release(
    handed_in: Interview, interviewer: User, text_item: Item
) -> None:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement([]))
    concluded(review, "yes", "Seen.", "Good.")
    handed_in.refresh_from_db()
    with pytest.raises(NotReviewable, match="nothing left"):
        recuse_oneself(handed_in, interviewer, "Too late.")


def test_nobody_but_an_admin_says_it_of_somebody_else(
    interviewer: User, other_interviewer: User, candidate: User, admin: User
) -> None:
    with pytest.raises(NotAllowed, match="Only an admin"):
        recuse(interviewer, candidate, "x", other_interviewer)
    noted = recuse(interviewer, candidate, "x", admin)
    with pytest.raises(NotAllowed, match="Only an admin"):
        lift(noted, interviewer)


def test_nobody_is_kept_away_from_themselves_or_without_a_reason(
    interviewer: User, candidate: User, admin: User
) -> None:
    with pytest.raises(NotAllowed, match="themselves anyway"):
        recuse(admin, admin, "x", admin)
    with pytest.raises(NotAllowed, match="Say why"):
        recuse(interviewer, candidate, " ", admin)
    words = {"noted_by": admin, "noted_at": timezone.now()}
    for broken in (
        {"reviewer": admin, "candidate": admin, "reason": "x"},
        {"reviewer": interviewer, "candidate": candidate, "reason": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Recusal.objects.create(**broken, **words)


def test_an_admin_keeps_a_reviewer_away_and_lifts_it(
    admin: User, interviewer: User, candidate: User, handed_in: Interview, sign_in: SignIn
) -> None:
    pages, url = sign_in(admin), reverse("person_recusals", args=[candidate.pk])
    assert "Nobody is kept away" in page(pages.get(url))
    refused = pages.post(url, {"reviewer": "", "reason": ""})
    assert refused.status_code == 422
    assert "Choose whom." in page(refused)
    pages.post(url, {"reviewer": interviewer.pk, "reason": "They share a flat."})
    shown = page(pages.get(url))
    assert "They share a flat." in shown
    assert f'<option value="{interviewer.pk}">' not in shown
    assert "anybody but 1 reviewer" in page(pages.get(reverse("person", args=[candidate.pk])))
    pages.post(reverse("recusal_lift", args=[Recusal.objects.get().pk]))
    assert list(assignment.awaiting_review(interviewer)) == [handed_in]


def test_why_somebody_is_kept_away_is_for_admins_alone(
    admin: User, interviewer: User, candidate: User, sign_in: SignIn
) -> None:
    recuse(interviewer, candidate, "They share a flat.", admin)
    for one in (interviewer, candidate):
        assert sign_in(one).get(reverse("person_recusals", args=[candidate.pk])).status_code == 403
