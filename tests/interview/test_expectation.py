"""What a level expects: its shares, the mean of an area, and the pages that show it beside what was reached."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from interview.models import Interview, Item, Release, Review, Template, User
from interview.models.interview import Reveal
from interview.models.question import Level
from interview.selectors import interview as interviews
from interview.selectors.expectation import SHARES, Expectation, Standing, expectation, standing
from interview.selectors.report import Report, report
from interview.services.interview import hand_in
from interview.services.practice import rehearse, start_set
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import text_of

TIERS = {"essential": 4, "good": 2, "strong": 1}
EXPECTED_PICTURE = 'role="img" aria-label="You reached {} %, mid level expects {} %"'


def release(tiers: dict[str, float], automatic: float = 0, order: float = 0) -> Release:
    """One that is nowhere stored: a criterion for each tier, a red flag, tests, and an order that is scored."""
    criteria = [{"id": tier, "tier": tier, "points": points} for tier, points in tiers.items()]
    rubric: dict[str, Any] = {"criteria": criteria, "red_flags": [{"id": "flag", "points": -2}]}
    if order:
        rubric["order"] = {"points": order, "explain": ""}
    return Release(
        rubric=rubric if tiers else None,
        automatic_points=automatic,
        rubric_points=sum(tiers.values()) + order,
    )


def whole(interview: Interview) -> Interview:
    return interviews.with_items(Interview.objects.filter(pk=interview.pk)).get()


def made(interview: Interview, review: Review | None = None) -> Report:
    return report(whole(interview), review)


def without_level(interview: Interview) -> Interview:
    """As one that was made before templates had a level."""
    interview.plan = {name: value for name, value in interview.plan.items() if name != "level"}
    interview.save(update_fields=["plan"])
    return interview


@pytest.fixture
def template(template: Template) -> Template:
    Template.objects.filter(pk=template.pk).update(level=Level.MID)
    template.refresh_from_db()
    return template


@pytest.fixture
def judged_text(handed_in: Interview, interviewer: User, text_item: Item) -> Review:
    """The code has all its points, the text those of its essential criteria: 5 of 10."""
    review = claim_review(handed_in, interviewer)
    essential = [entry["id"] for entry in text_item.release.rubric_entries() if entry["tier"] == "essential"]
    mark_item(review, text_item, Judgement(essential))
    return review


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


# The shares


@pytest.mark.parametrize("part", ["essential", "good", "strong", "automatic"])
def test_a_higher_level_expects_more_of_every_part(part: str) -> None:
    junior, mid, senior = (getattr(SHARES[level], part) for level in Level)
    assert 0 < junior < mid < senior < 100


@pytest.mark.parametrize("level", Level)
def test_every_level_expects_most_of_what_is_essential(level: Level) -> None:
    shares = SHARES[level]
    assert shares.essential > shares.good > shares.strong


@pytest.mark.parametrize(("level", "points"), [("junior", 4.1), ("mid", 5.3), ("senior", 6.1)])
def test_a_rubric_is_expected_by_its_tiers(level: str, points: float) -> None:
    assert Expectation(Level(level)).points(release(TIERS)) == points


@pytest.mark.parametrize(("level", "points"), [("junior", 7), ("mid", 8), ("senior", 9)])
def test_what_tests_or_a_key_give_has_a_share_of_its_own(level: str, points: float) -> None:
    assert Expectation(Level(level)).points(release({}, automatic=10)) == points


def test_the_order_of_entries_counts_as_good() -> None:
    expected = Expectation(Level.MID)
    assert expected.points(release(TIERS, order=3)) == expected.points(release(TIERS | {"good": 5}))


def test_the_share_of_a_question_is_of_all_its_points() -> None:
    assert Expectation(Level.MID).fraction(release(TIERS, automatic=10, order=3)) == (5.3 + 8 + 2.1) / 20


def test_a_question_without_points_expects_none() -> None:
    assert Expectation(Level.SENIOR).fraction(release({})) == 0


@pytest.mark.parametrize("plan", [{}, {"level": ""}, {"level": "wizard"}])
def test_without_a_level_nothing_is_expected(plan: dict[str, str]) -> None:
    assert expectation(plan) is None


def test_a_level_is_named_as_people_say_it() -> None:
    assert str(expectation({"level": "senior"})) == "senior level"


@pytest.mark.parametrize(
    ("percent", "word"), [(64, "below"), (65, "at"), (70, "at"), (75, "at"), (76, "above")]
)
def test_five_percentage_points_more_or_less_are_as_expected(percent: int, word: str) -> None:
    assert standing(percent, 70) == word


# An area


def test_an_area_expects_the_mean_of_its_questions_weighted_by_minutes(judged_text: Review) -> None:
    (score,) = made(judged_text.interview, judged_text).areas
    # 15 minutes at 4.5 + 2.1 + 0.6 of 10 points, 30 minutes at 80 %.
    assert score.expected == pytest.approx((0.72 * 15 + 0.8 * 30) / 45)
    assert (score.percent, score.expected_percent, score.standing) == (83, 77, Standing.ABOVE)


def test_the_finding_names_each_area_where_it_stands(kinds: Interview, candidate: User) -> None:
    found = made(hand_in(kinds, candidate))
    assert [score.standing for score in found.areas] == [Standing.BELOW, None]
    assert found.finding == "Below what mid level expects in Architectures."


def test_what_nobody_has_marked_stands_nowhere_yet(handed_in: Interview) -> None:
    found = made(handed_in)
    assert [(score.expected_percent, score.standing) for score in found.areas] == [(77, None)]
    assert found.finding == ""


def test_points_in_place_of_the_judges_count(judged_text: Review, code_item: Item) -> None:
    mark_item(judged_text, code_item, Judgement([], override=(0, "It copies the reference.")))
    (score,) = made(judged_text.interview, judged_text).areas
    assert (score.percent, score.standing) == (17, Standing.BELOW)


def test_an_interview_from_before_there_were_levels_expects_nothing(judged_text: Review) -> None:
    without_level(judged_text.interview)
    found = made(judged_text.interview, judged_text)
    assert found.expectation is None
    assert [(score.expected, score.standing) for score in found.areas] == [(None, None)]
    assert found.finding == ""


# The pages


def test_the_report_draws_what_the_level_expects_and_says_it(web: Client, judged_text: Review) -> None:
    concluded(judged_text, "yes", "Both parts.", "Sound.")
    page = text_of(web.get(reverse("report", args=[judged_text.interview_id])))
    assert EXPECTED_PICTURE.format(83, 77) in " ".join(page.split())
    assert 'class="ring"' in page
    assert "Above what mid level expects in Backpropagation and fundamentals." in page
    assert 'data-standing="above"' in page
    assert "Mid level expects 90 % of the essential points" in page


def test_the_report_of_an_interview_without_a_level_is_as_before(web: Client, judged_text: Review) -> None:
    concluded(judged_text, "yes", "Both parts.", "Sound.")
    without_level(judged_text.interview)
    page = text_of(web.get(reverse("report", args=[judged_text.interview_id])))
    assert "Points by area" in page
    for word in ("expects", "Expected", "data-standing", 'class="ring"'):
        assert word not in page


def test_the_conclusion_tells_its_reviewer_what_is_expected(
    sign_in: SignIn, judged_text: Review, interviewer: User
) -> None:
    page = text_of(sign_in(interviewer).get(reverse("review_release", args=[judged_text.interview_id])))
    assert "83 %, mid level expects 77 %" in page
    assert 'data-standing="above"' in page


def test_the_conclusion_waits_with_its_word_for_the_last_mark(
    sign_in: SignIn, handed_in: Interview, interviewer: User
) -> None:
    claim_review(handed_in, interviewer)
    page = text_of(sign_in(interviewer).get(reverse("review_release", args=[handed_in.pk])))
    assert "mid level expects 77 %" in page
    assert "not all marked" in page


def test_a_rehearsal_expects_what_its_template_says(web: Client, candidate: User, template: Template) -> None:
    Template.objects.filter(pk=template.pk).update(level=Level.SENIOR)
    practice = rehearse(candidate, template, Reveal.END)
    hand_in(practice, candidate)
    page = text_of(web.get(reverse("report", args=[practice.pk])))
    assert "Senior level expects 95 % of the essential points" in page
    assert "not all marked" in page


def test_a_set_of_ones_own_expects_nothing(
    web: Client, candidate: User, text_item: Item, running: Interview
) -> None:
    hand_in(running, candidate)
    practice = start_set(candidate, [text_item.release.question], Reveal.END)
    hand_in(practice, candidate)
    page = text_of(web.get(reverse("report", args=[practice.pk])))
    assert "Points by area" in page
    assert "expects" not in page
