"""The forms of answers: what is stored, what is refused, and how choices and the order of entries are scored."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import InvalidAnswer
from interview.models import Draft, Grading, Interview, Item, Mark, Release, Submission, User
from interview.models.grading import GradingState
from interview.models.question import AnswerForm
from interview.models.submission import SubmissionKind
from interview.selectors import item as items
from interview.selectors import report as reports
from interview.selectors.choice import drawn, parts
from interview.selectors.item import ItemState
from interview.services.draft import save_draft
from interview.services.interview import close_due, finalise_due, hand_in
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.submission import submit
from tests.interview.conftest import concluded, right_choices, some_entries
from tests.interview.test_api import SignIn


def refusal(item: Item, answer: Any) -> str:
    """What saving `answer` is refused with; nothing may be stored of it."""
    with pytest.raises(InvalidAnswer) as caught:
        save_draft(item, answer, 0)
    assert not Draft.objects.filter(item=item).exists()
    return str(caught.value)


def ids(item: Item, form: str) -> tuple[str, list[str]]:
    """The id of the item's part of this form, and those of its options."""
    part = next(part for part in item.release.choice if part["form"] == form)
    return part["id"], [option["id"] for option in part["options"]]


# Forms


def test_the_form_of_an_answer_follows_from_the_kind(bank: None) -> None:
    kinds = {release.kind: release.answer_form for release in Release.objects.all()}
    expected = {
        "coding": AnswerForm.CODE,
        "conceptual": AnswerForm.TEXT,
        "tradeoff": AnswerForm.TEXT,
        "debugging": AnswerForm.ENTRIES,
        "choice": AnswerForm.CHOICE,
    }
    assert {kind: kinds[kind] for kind in expected} == expected


def test_an_untouched_question_is_not_answered(choice_item: Item, entries_item: Item) -> None:
    assert [items.state(item) for item in (choice_item, entries_item)] == [ItemState.EMPTY] * 2
    assert [items.answer_of(item) for item in (choice_item, entries_item)] == [
        {"choices": {}},
        {"entries": []},
    ]


# Entries


def test_entries_are_stored_in_the_order_they_come_in(entries_item: Item) -> None:
    save_draft(entries_item, some_entries("first", "second"), 0)
    turned = {"entries": some_entries("first", "second")["entries"][::-1]}
    assert save_draft(entries_item, turned, 1).answer == turned
    assert Draft.objects.get().answer == turned


def test_empty_entries_are_left_out(entries_item: Item) -> None:
    answer = save_draft(entries_item, some_entries("first", "  \n", "second"), 0).answer
    assert [entry["text"] for entry in answer["entries"]] == ["first", "second"]


def test_more_than_forty_entries_do_not_fit(entries_item: Item) -> None:
    assert "has 41 entries and 40 fit" in refusal(entries_item, some_entries(*["x"] * 41))


def test_an_entry_that_is_too_long_is_named(entries_item: Item) -> None:
    assert "Entry 2 has 5,001 characters and 5,000 fit" in refusal(
        entries_item, some_entries("a", "b" * 5001)
    )


def test_two_entries_of_one_id_are_refused(entries_item: Item) -> None:
    entry = {"id": "same", "text": "x"}
    assert "Two entries have the id “same”" in refusal(entries_item, {"entries": [entry, entry]})


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        {"text": "one text"},
        {"entries": "no list"},
        {"entries": ["no object"]},
        {"entries": [{"id": "a"}]},
        {"entries": [{"id": "", "text": "x"}]},
        {"entries": [{"id": "A b", "text": "x"}]},
        {"entries": [{"id": 7, "text": "x"}]},
        {"entries": [{"id": "a", "text": "nul \0"}]},
        {"entries": [{"id": "a", "text": "x", "more": 1}]},
        {"entries": [], "text": ""},
    ],
)
def test_what_is_no_list_of_entries_is_refused(entries_item: Item, answer: Any) -> None:
    assert refusal(entries_item, answer)


# Choices


def test_a_choice_answer_is_stored_as_it_was_picked(choice_item: Item) -> None:
    answer = right_choices(choice_item)
    assert save_draft(choice_item, answer, 0).answer == answer


def test_an_unknown_part_is_refused_by_name(choice_item: Item) -> None:
    assert "no part “nowhere”" in refusal(choice_item, {"choices": {"nowhere": "x"}})


@pytest.mark.parametrize(
    ("form", "pick"), [("single", "nothing"), ("multiple", ["nothing"]), ("ordering", ["nothing"])]
)
def test_an_unknown_option_is_refused_by_name(choice_item: Item, form: str, pick: Any) -> None:
    part, _ = ids(choice_item, form)
    assert f"Part “{part}” has nothing called “nothing”" in refusal(choice_item, {"choices": {part: pick}})


def test_a_match_with_an_unknown_target_is_refused(choice_item: Item) -> None:
    part, options = ids(choice_item, "matching")
    assert "among its targets" in refusal(choice_item, {"choices": {part: {options[0]: "nothing"}}})


def test_an_option_picked_twice_is_refused(choice_item: Item) -> None:
    part, options = ids(choice_item, "multiple")
    assert "names an option twice" in refusal(choice_item, {"choices": {part: [options[0], options[0]]}})


def test_half_an_order_is_refused(choice_item: Item) -> None:
    part, options = ids(choice_item, "ordering")
    assert "takes all of its options" in refusal(choice_item, {"choices": {part: options[1:]}})


@pytest.mark.parametrize("pick", [None, 7, ["scaled-up"], {"a": "b"}, [[]]])
def test_a_pick_of_the_wrong_shape_is_refused(choice_item: Item, pick: Any) -> None:
    for form in ("single", "multiple", "matching", "ordering"):
        part, _ = ids(choice_item, form)
        assert refusal(choice_item, {"choices": {part: pick}})


def test_a_part_without_a_pick_is_left_out(choice_item: Item) -> None:
    part, _ = ids(choice_item, "multiple")
    assert save_draft(choice_item, {"choices": {part: []}}, 0).answer == {"choices": {}}


def test_only_code_can_be_submitted(choice_item: Item, entries_item: Item) -> None:
    for item, answer in ((choice_item, right_choices(choice_item)), (entries_item, some_entries("x"))):
        with pytest.raises(InvalidAnswer, match="Only code is submitted"):
            submit(item, SubmissionKind.SUBMIT, answer)
    assert Submission.objects.count() == 0


# Scoring choices


def test_handing_in_scores_choices_at_once(choice_item: Item, candidate: User) -> None:
    save_draft(choice_item, right_choices(choice_item), 0)
    hand_in(choice_item.interview, candidate)
    grading = Grading.objects.get(submission__item=choice_item)
    full = choice_item.release.automatic_points
    assert (grading.state, grading.verdict, grading.points) == (GradingState.DONE, "AC", full)
    assert [test["name"] for test in grading.tests] == [part["id"] for part in choice_item.release.choice]


def test_the_end_of_the_time_scores_choices_too(choice_item: Item) -> None:
    part, options = ids(choice_item, "single")
    key = right_choices(choice_item)["choices"][part]
    save_draft(choice_item, {"choices": {part: next(name for name in options if name != key)}}, 0)
    later = choice_item.interview.deadline_at + timedelta(minutes=1)
    close_due(later)
    finalise_due(later)
    grading = Grading.objects.get()
    assert (grading.state, grading.verdict, grading.points) == (GradingState.DONE, "WA", 0)


def test_a_choice_question_nobody_touched_has_nothing_to_score(choice_item: Item, candidate: User) -> None:
    hand_in(choice_item.interview, candidate)
    assert Grading.objects.count() == 0


def test_a_finished_score_does_not_keep_the_review_waiting(
    choice_item: Item, candidate: User, interviewer: User
) -> None:
    save_draft(choice_item, right_choices(choice_item), 0)
    review = claim_review(hand_in(choice_item.interview, candidate), interviewer)
    assert review.interview == choice_item.interview


def test_a_report_has_every_part_beside_its_key(choice_item: Item, candidate: User) -> None:
    part, options = ids(choice_item, "multiple")
    key = right_choices(choice_item)["choices"][part]
    wrong = next(name for name in options if name not in key)
    save_draft(choice_item, {"choices": {part: [key[0], wrong]}}, 0)
    report = reports.report(hand_in(choice_item.interview, candidate))
    shown = next(shown for shown in report.items[0].parts if shown.form == "multiple")
    picked = [(line.picked, line.right) for line in shown.lines if line.picked]
    assert (sorted(picked), shown.points) == ([("picked", ""), ("picked", "right")], 0)
    assert [shown.is_answered for shown in report.items[0].parts].count(False) == 3


# The page's order of options


def test_options_stand_in_an_order_of_the_interviews_own(choice_item: Item) -> None:
    first = parts(choice_item, {"choices": {}})
    assert parts(choice_item, {"choices": {}}) == first
    options = [{"id": str(number)} for number in range(8)]
    orders = {tuple(option["id"] for option in drawn(options, str(seed))) for seed in range(20)}
    assert len(orders) > 15


def test_an_author_may_keep_the_order_of_options(choice_item: Item) -> None:
    release = choice_item.release
    release.choice = [{**part, "keep_order": True} for part in release.choice]
    shown = [[line.id for line in part.lines] for part in parts(choice_item, {"choices": {}})]
    assert shown == [[option["id"] for option in part["options"]] for part in release.choice]


def test_an_order_that_was_answered_is_shown_again(choice_item: Item) -> None:
    part, options = ids(choice_item, "ordering")
    turned = options[::-1]
    shown = next(shown for shown in parts(choice_item, {"choices": {part: turned}}) if shown.id == part)
    assert ([line.id for line in shown.lines], shown.is_answered) == (turned, True)


# The order of entries


@pytest.fixture
def debugged(kinds: Interview, entries_item: Item, candidate: User) -> Interview:
    save_draft(entries_item, some_entries("data", "loss", "rate"), 0)
    return hand_in(kinds, candidate)


def steps(item: Item) -> list[str]:
    """The criteria that have a step, in the reference order."""
    stepped = [entry for entry in item.release.rubric_entries() if entry.get("step")]
    return [entry["id"] for entry in sorted(stepped, key=lambda entry: entry["step"])]


def test_order_points_are_the_share_of_pairs_in_the_reference_order(
    debugged: Interview, entries_item: Item, interviewer: User
) -> None:
    first, second, third, *others = steps(entries_item)
    review = claim_review(debugged, interviewer)
    covered = {first: 1, second: 3, third: 2}
    mark_item(review, entries_item, Judgement([first, second, third], "", covered_by=covered))
    entry = reports.report(debugged, review).items[1]
    count = 3 + len(others)
    full = entries_item.release.order["points"]
    assert entry.order.covering == [1, 3, 2, *[None] * len(others)]
    assert (entry.order.right, entry.order.pairs) == (2, count * (count - 1) // 2)
    assert entry.order.points == pytest.approx(full * 2 / entry.order.pairs)
    criteria = sum(line.points for line in entry.entries if line.met)
    assert entry.reviewed == pytest.approx(criteria + entry.order.points)


def test_every_step_in_its_place_earns_the_whole_rubric(
    kinds: Interview, entries_item: Item, candidate: User, interviewer: User
) -> None:
    order = steps(entries_item)
    save_draft(entries_item, some_entries(*order), 0)
    review = claim_review(hand_in(kinds, candidate), interviewer)
    criteria = [entry["id"] for entry in entries_item.release.rubric["criteria"]]
    covered = {name: number for number, name in enumerate(order, start=1)}
    mark_item(review, entries_item, Judgement(criteria, "", covered_by=covered))
    entry = reports.report(kinds, review).items[1]
    assert entry.reviewed == entries_item.release.rubric_points


def test_a_step_that_is_not_met_is_covered_by_nothing(
    debugged: Interview, entries_item: Item, interviewer: User
) -> None:
    first, second, *_ = steps(entries_item)
    review = claim_review(debugged, interviewer)
    mark_item(review, entries_item, Judgement([first], "", covered_by={first: 1, second: 2}))
    assert dict(Mark.objects.exclude(entry=None).values_list("criterion", "entry")) == {first: 1}


def test_the_database_refuses_an_entry_for_what_is_not_met(
    debugged: Interview, entries_item: Item, interviewer: User
) -> None:
    review = claim_review(debugged, interviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.create(review=review, item=entries_item, criterion="data", met=False, entry=1)


# Pages


def page(response: Any) -> str:
    return str(response.content.decode())


def address(name: str, item: Item) -> str:
    return reverse(name, args=[item.interview_id, item.position])


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def test_nothing_of_the_key_reaches_the_page_of_a_choice_question(web: Client, choice_item: Item) -> None:
    html = page(web.get(address("item", choice_item)))
    told = [part["explain"] for part in choice_item.release.choice]
    told += [option["because"] for part in choice_item.release.choice for option in part["options"]]
    assert [text for text in told if text and text[:30] in html] == []
    assert "points × (right pairs − wrong pairs) / all pairs" in html


def test_choices_are_saved_without_script(web: Client, choice_item: Item) -> None:
    single, options = ids(choice_item, "single")
    matching, left = ids(choice_item, "matching")
    right = right_choices(choice_item)["choices"][matching]
    fields = {f"pick.{single}": options[0], f"pick.{matching}.{left[0]}": right[left[0]], "revision": 0}
    web.post(address("item_save", choice_item), fields)
    assert Draft.objects.get().answer == {
        "choices": {single: options[0], matching: {left[0]: right[left[0]]}}
    }


def test_an_order_counts_without_script_once_it_is_ticked_or_moved(web: Client, choice_item: Item) -> None:
    part, options = ids(choice_item, "ordering")
    fields: dict[str, Any] = {f"pick.{part}": options, "revision": 0}
    web.post(address("item_save", choice_item), fields)
    assert Draft.objects.get().answer == {"choices": {}}
    web.post(address("item_save", choice_item), fields | {"revision": 1, f"use.{part}": "1"})
    assert Draft.objects.get().answer == {"choices": {part: options}}
    press = {"revision": 2, "press": f"up:{part}:{options[1]}"}
    answer = web.post(address("item_save", choice_item), fields | press)
    assert Draft.objects.get().answer == {"choices": {part: [options[1], options[0], *options[2:]]}}
    assert answer["Location"] == f"{address('item', choice_item)}#at-{part}"


def entry_fields(*entries: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"entry_id": [name for name, _ in entries], "entry": [text for _, text in entries], **more}


def test_entries_are_added_moved_and_removed_without_script(web: Client, entries_item: Item) -> None:
    save = address("item_save", entries_item)
    written = [("a", "first"), ("b", "second"), ("", "third")]
    web.post(save, entry_fields(*written, revision=0))
    assert [entry["text"] for entry in Draft.objects.get().answer["entries"]] == ["first", "second", "third"]
    answer = web.post(save, entry_fields(*written[:2], revision=1, press="down:a"))
    assert answer["Location"] == f"{address('item', entries_item)}#at-a"
    assert [entry["id"] for entry in Draft.objects.get().answer["entries"]] == ["b", "a"]
    web.post(save, entry_fields(("b", "second"), ("a", "first"), revision=2, press="remove:b"))
    assert [entry["id"] for entry in Draft.objects.get().answer["entries"]] == ["a"]


def test_what_cannot_be_saved_without_script_stays_on_the_page(web: Client, entries_item: Item) -> None:
    save_draft(entries_item, some_entries("from elsewhere"), 0)
    answer = web.post(address("item_save", entries_item), entry_fields(("a", "typed here"), revision=0))
    assert (answer.status_code, "typed here" in page(answer)) == (409, True)
    assert Draft.objects.get().answer == some_entries("from elsewhere")


def test_the_page_offers_an_empty_entry_and_states_the_formula(web: Client, entries_item: Item) -> None:
    save_draft(entries_item, some_entries("one", "two"), 0)
    html = page(web.get(address("item", entries_item)))
    assert html.count('name="entry"') == 2 + 1 + 1  # written, empty, and the template that a script copies
    assert "The order is worth 3 points" in html


def test_code_cannot_be_submitted_for_a_question_of_another_form(web: Client, choice_item: Item) -> None:
    answer = web.post(address("item_submit", choice_item), {"kind": "submit", "code": "x"}, follow=True)
    assert "Only code is submitted" in page(answer)


def test_the_score_of_choices_stays_shut_until_the_release(
    web: Client, choice_item: Item, candidate: User
) -> None:
    save_draft(choice_item, right_choices(choice_item), 0)
    hand_in(choice_item.interview, candidate)
    html = page(web.get(reverse("interview_closed", args=[choice_item.interview_id])))
    assert ("Submitted" in html, "Accepted" in html) == (True, False)


def test_the_desk_marks_steps_with_the_entries_that_cover_them(
    sign_in: SignIn, debugged: Interview, entries_item: Item, interviewer: User
) -> None:
    claim_review(debugged, interviewer)
    desk, url = sign_in(interviewer), address("review_item", entries_item)
    html = page(desk.get(url))
    assert [f"Entry {number}" in html for number in (1, 2, 3, 4)] == [True, True, True, False]
    first, second, *_ = steps(entries_item)
    fields = {"met": [first, second], f"entry_{first}": "1", f"entry_{second}": "2"}
    desk.post(url, fields)
    assert dict(Mark.objects.exclude(entry=None).values_list("criterion", "entry")) == {first: 1, second: 2}
    assert "0.14 of 3" in page(desk.get(url))


def test_the_desk_refuses_an_entry_that_was_not_written(
    sign_in: SignIn, debugged: Interview, entries_item: Item, interviewer: User
) -> None:
    claim_review(debugged, interviewer)
    first, *_ = steps(entries_item)
    answer = sign_in(interviewer).post(
        address("review_item", entries_item), {"met": [first], f"entry_{first}": "9"}
    )
    assert (answer.status_code, "has no such entry" in page(answer)) == (422, True)


def test_the_released_report_explains_choices_and_order(
    web: Client, kinds: Interview, choice_item: Item, entries_item: Item, candidate: User, interviewer: User
) -> None:
    save_draft(choice_item, right_choices(choice_item), 0)
    save_draft(entries_item, some_entries("data", "loss"), 0)
    review = claim_review(hand_in(kinds, candidate), interviewer)
    first, second, *_ = steps(entries_item)
    mark_item(review, entries_item, Judgement([first, second], "", covered_by={first: 1, second: 2}))
    mark_item(review, choice_item, Judgement([], ""))
    concluded(review, "yes", "The order.", "Well done.", timezone.now())
    html = page(web.get(reverse("report", args=[kinds.pk])))
    assert "4 of 4 parts right" in html
    assert "Picked, right" in html
    assert "1 of 21 pairs of reference steps are in the reference order, so 3 × 1 / 21 = 0.14." in html


def test_the_bank_shows_the_key_to_curators(sign_in: SignIn, admin: User, choice_item: Item) -> None:
    html = page(sign_in(admin).get(reverse("question", args=["normalization-and-modes"])))
    assert [part["explain"][:20] in html for part in choice_item.release.choice] == [True] * 4
