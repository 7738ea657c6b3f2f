"""What a reviewer adds to marks: reasons, points in place of the judge's, comments on places, shared words, notes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from interview.exceptions import InvalidMark, NotReviewable
from interview.models import Comment, Interview, Item, Mark, Override, Review, SharedComment, User
from interview.models.review import Recommendation
from interview.places import places, word_for
from interview.selectors import interview as interviews
from interview.selectors.report import ItemReport
from interview.selectors.report import report as make_report
from interview.services.remark import remark, take_back, take_notes, unshare
from interview.services.review import Judgement, claim_review, mark_item
from interview.templatetags.answer import code_pieces, text_pieces
from tests.interview.conftest import SOFTMAX, concluded

SignIn = Callable[[User], Client]


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def claimed(handed_in: Interview, interviewer: User) -> Review:
    return claim_review(handed_in, interviewer)


@pytest.fixture
def desk(sign_in: SignIn, interviewer: User, claimed: Review) -> Client:
    return sign_in(interviewer)


def url(name: str, item: Item, *more: int) -> str:
    return reverse(name, args=[item.interview_id, item.position, *more])


def entry(review: Review, item: Item) -> ItemReport:
    interview = interviews.with_items(Interview.objects.all()).get(pk=review.interview_id)
    own = next(one for one in interview.reviews.all() if one.pk == review.pk)
    return next(found for found in make_report(interview, own).items if found.item.pk == item.pk)


# Reasons


def test_a_reason_stands_beside_the_mark_it_explains(desk: Client, claimed: Review, text_item: Item) -> None:
    fields = {
        "met": ["purpose"],
        "comment": "",
        "why_purpose": " Says what it is for. ",
        "why_numbers": "None.",
    }
    desk.post(url("review_item", text_item), fields)
    reasons = dict(Mark.objects.exclude(reason="").values_list("criterion", "reason"))
    assert reasons == {"purpose": "Says what it is for.", "numbers": "None."}
    form = desk.get(url("review_item", text_item)).context["form"]
    written = {row.entry.id: row.why.value() for tier in form.tiers() for row in tier.rows}
    assert (written["purpose"], written["cost"]) == ("Says what it is for.", "")


# Points in place of the judge's


def test_other_points_need_a_reason_and_keep_the_judges(
    desk: Client, claimed: Review, code_item: Item
) -> None:
    full = code_item.release.automatic_points
    response = desk.post(url("review_item", code_item), {"comment": "", "instead": "2", "because": ""})
    assert response.status_code == 422
    assert response.context["form"].errors["because"] == [
        "Say why; the candidate reads it beside both scores."
    ]
    desk.post(url("review_item", code_item), {"comment": "", "instead": "2", "because": "Overflows for 1e4."})
    found = entry(claimed, code_item)
    assert (found.judged, found.automatic, found.points) == (full, 2, 2)
    assert found.override
    assert found.override.reason == "Overflows for 1e4."


def test_other_points_are_taken_away_again_by_emptying_both_fields(claimed: Review, code_item: Item) -> None:
    mark_item(claimed, code_item, Judgement([], override=(1, "A slip of the judge.")))
    mark_item(claimed, code_item, Judgement([]))
    assert Override.objects.count() == 0


@pytest.mark.parametrize("points", [-1, 10_000])
def test_points_beyond_the_automatic_part_are_refused(
    claimed: Review, code_item: Item, points: float
) -> None:
    with pytest.raises(InvalidMark, match="The automatic part gives from 0 to"):
        mark_item(claimed, code_item, Judgement([], override=(points, "Because.")))


def test_the_database_refuses_points_without_a_reason(claimed: Review, code_item: Item) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.create(review=claimed, item=code_item, points=1, reason="")


def test_the_candidate_reads_both_scores_and_the_reason(
    sign_in: SignIn, claimed: Review, text_item: Item, code_item: Item, candidate: User
) -> None:
    mark_item(claimed, text_item, Judgement(["purpose"], "Good."))
    mark_item(claimed, code_item, Judgement([], override=(2, "Overflows for 1e4.")))
    remark(claimed, code_item, "solution.py", 2, "Subtract the maximum first.")
    concluded(claimed, Recommendation.NO, "Question 2 overflows.", "Look at large inputs.")
    html = page(sign_in(candidate).get(reverse("report", args=[claimed.interview_id])))
    full = code_item.release.automatic_points
    assert f"The tests gave {full:g}; your interviewer gave 2 in their place: Overflows for 1e4." in html
    assert "Subtract the maximum first." in html


# Comments on places


def test_places_are_lines_sentences_or_entries() -> None:
    assert places({"files": {"a.py": "x = 1\ny = 2\n", "b.py": ""}}) == {"a.py": 2, "b.py": 1}
    assert places({"text": "One. Two!\n\nThree"}) == {"": 3}
    assert places({"entries": [{"id": "1", "text": "First"}]}) == {"": 1}
    assert [word_for({"files": {}}), word_for({"entries": []}), word_for({"text": ""})] == [
        "line",
        "entry",
        "sentence",
    ]


def test_a_comment_stands_below_its_line(desk: Client, claimed: Review, code_item: Item) -> None:
    place = {"file": "solution.py", "line": "1", "body": "A clear name."}
    response = desk.post(url("review_remark", code_item), place, headers={"hx-request": "true"})
    assert response.status_code == 200
    html = page(response)
    assert html.index("<aside") < html.index(
        "softmax</span>(dim)" if "softmax</span>(dim)" in html else "return"
    )
    assert Comment.objects.get().body == "A clear name."
    desk.post(url("review_remark", code_item), place | {"body": "A clearer name."})
    assert Comment.objects.get().body == "A clearer name."


@pytest.mark.parametrize(
    ("file", "line", "why"),
    [
        ("solution.py", 3, "The answer has no line 3; it has 2."),
        ("other.py", 1, "The answer has no file other.py. Reload the page."),
        ("", 1, "Choose a file first."),
    ],
)
def test_a_comment_needs_a_place_that_there_is(
    claimed: Review, code_item: Item, file: str, line: int, why: str
) -> None:
    with pytest.raises(InvalidMark) as refusal:
        remark(claimed, code_item, file, line, "Here.")
    assert str(refusal.value) == why


def test_a_comment_that_cannot_be_added_comes_back_with_the_reason(desk: Client, text_item: Item) -> None:
    place = {"line": "9", "body": "Kept words."}
    html = page(desk.post(url("review_remark", text_item), place, headers={"hx-request": "true"}))
    assert "The answer has no sentence 9; it has 2." in html
    assert 'value="Kept words."' in html
    empty = page(desk.post(url("review_remark", text_item), {}, headers={"hx-request": "true"}))
    assert "Say which place you mean" in empty
    assert "Write the comment." in empty


def test_a_comment_on_a_sentence_leaves_the_comment_on_the_whole(claimed: Review, text_item: Item) -> None:
    mark_item(claimed, text_item, Judgement([], "On the whole fine."))
    said = remark(claimed, text_item, "", 2, "Caches what?")
    mark_item(claimed, text_item, Judgement([], "On the whole good."))
    found = entry(claimed, text_item)
    assert (found.comment, found.remarks) == ("On the whole good.", [said])
    take_back(claimed, text_item, said.pk)
    assert entry(claimed, text_item).remarks == []


def test_pieces_of_an_answer_carry_what_was_said_of_them(claimed: Review, code_item: Item) -> None:
    first = remark(claimed, code_item, "solution.py", 1, "Here.")
    assert [(piece.number, piece.remarks) for piece in code_pieces(SOFTMAX, "solution.py", [first])] == [
        (1, [first]),
        (2, []),
    ]
    assert [piece.remarks for piece in text_pieces("One. Two.", "")] == [[], []]  # type: ignore[arg-type]  # as templates do


def test_only_who_holds_the_claim_comments(
    sign_in: SignIn, claimed: Review, text_item: Item, other_interviewer: User
) -> None:
    response = sign_in(other_interviewer).post(url("review_remark", text_item), {"line": 1, "body": "Mine."})
    assert response.status_code == 403
    assert Comment.objects.count() == 0


# Shared words


def test_shared_words_are_offered_to_all_who_review_the_question(
    desk: Client, claimed: Review, text_item: Item
) -> None:
    place = {"line": "1", "body": "Name the chain rule.", "share": "on"}
    desk.post(url("review_remark", text_item), place)
    desk.post(url("review_remark", text_item), place | {"line": "2"})
    assert [words.body for words in SharedComment.objects.all()] == ["Name the chain rule."]
    html = page(desk.get(url("review_item", text_item)))
    assert '<option value="Name the chain rule."></option>' in html


def test_words_that_are_shared_no_more_stay_where_they_were_used(claimed: Review, text_item: Item) -> None:
    remark(claimed, text_item, "", 1, "Name the chain rule.", share=True)
    unshare(claimed, text_item, SharedComment.objects.get().pk)
    assert SharedComment.objects.count() == 0
    assert Comment.objects.get().body == "Name the chain rule."


# Notes


def test_notes_are_the_reviewers_alone(
    desk: Client, sign_in: SignIn, claimed: Review, text_item: Item, candidate: User, admin: User
) -> None:
    response = desk.post(
        reverse("review_notes", args=[claimed.interview_id]),
        {"notes": "Reminds me of the last one."},
        headers={"hx-request": "true"},
    )
    assert "Saved." in page(response)
    assert "Reminds me of the last one." in page(desk.get(url("review_item", text_item)))
    mark_item(claimed, text_item, Judgement(["purpose"], "Good."))
    concluded(claimed, Recommendation.YES, "Question 1.", "Fine.")
    for reader in (candidate, admin):
        html = page(sign_in(reader).get(reverse("report", args=[claimed.interview_id])))
        assert "Reminds me" not in html


@pytest.mark.parametrize("elsewhere", ["", "https://example.org/", "//example.org/review/", "/people/"])
def test_notes_without_script_lead_back_to_where_they_were_written_and_nowhere_else(
    desk: Client, claimed: Review, code_item: Item, elsewhere: str
) -> None:
    where = reverse("review_notes", args=[claimed.interview_id])
    back = url("review_playback", code_item)
    assert desk.post(where, {"notes": "x", "back": back}).headers["location"] == back
    first = reverse("review_item", args=[claimed.interview_id, 1])
    assert desk.post(where, {"notes": "x", "back": elsewhere}).headers["location"] == first


def test_notes_on_a_lost_claim_are_refused(
    claimed: Review, interviewer: User, other_interviewer: User
) -> None:
    Review.objects.update(lease_until=claimed.claimed_at)
    claim_review(claimed.interview, other_interviewer)
    with pytest.raises(NotReviewable):
        take_notes(claimed, "Too late.")
