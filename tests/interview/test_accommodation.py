"""Extra time as a personal factor: granted by admins, applied at the start, told to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from interview.exceptions import InvalidTime, NotAllowed
from interview.models import Accommodation, Interview, Template, User
from interview.models.interview import Reveal, allowed, allowed_overall
from interview.selectors.accommodation import time_factor, visible_to
from interview.services.accommodation import accommodate
from interview.services.interview import start_interview
from interview.services.practice import rehearse

SignIn = Callable[[User], Client]
QUARTER = Decimal("1.25")
SECRET = "As agreed on paper."


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def slower(candidate: User, admin: User) -> User:
    """The candidate, with a quarter more time."""
    accommodate(candidate, QUARTER, SECRET, admin)
    return candidate


# What it does


def test_a_person_has_no_extra_time_until_it_is_granted(candidate: User) -> None:
    assert time_factor(candidate) == 1


def test_the_newest_factor_counts_and_the_earlier_ones_are_kept(slower: User, admin: User) -> None:
    accommodate(slower, Decimal("1.5"), "A new agreement.", admin)
    assert time_factor(slower) == Decimal("1.5")
    assert [row.factor for row in visible_to(admin).filter(person=slower)] == [Decimal("1.5"), QUARTER]


@pytest.mark.parametrize("way", ["interview", "rehearsal"])
def test_clocks_that_start_later_run_longer(slower: User, template: Template, way: str) -> None:
    now = timezone.now()
    if way == "interview":
        sitting = start_interview(slower, template, now)
    else:
        sitting = rehearse(slower, template, Reveal.END, now)
    # 15 and 30 minutes become 19 and 38, each rounded up.
    assert sitting.deadline_at == now + timedelta(minutes=57)
    assert (sitting.time_factor, sitting.minutes) == (QUARTER, 45)


def test_what_runs_keeps_the_factor_that_it_was_started_with(
    candidate: User, admin: User, running: Interview
) -> None:
    before = running.deadline_at
    accommodate(candidate, Decimal(2), SECRET, admin)
    running.refresh_from_db()
    assert (running.time_factor, running.deadline_at) == (1, before)


@given(minutes=st.integers(1, 600), hundredths=st.integers(100, 300))
def test_extra_time_is_never_less_than_the_factor_and_less_than_a_minute_more(
    minutes: int, hundredths: int
) -> None:
    factor = Decimal(hundredths) / 100
    assert minutes * factor <= allowed(minutes, factor) < minutes * factor + 1


@pytest.mark.parametrize(("overall", "expected"), [(20, 26), (30, 38)])
def test_an_interview_is_as_long_as_its_sections_unless_it_says_otherwise(
    overall: int, expected: int
) -> None:
    plan = {"minutes": overall, "sections": [{"minutes": 9}, {"minutes": 11}]}
    assert allowed_overall(plan, QUARTER) == expected


# Who may


def test_a_factor_that_is_there_already_is_refused(slower: User, admin: User) -> None:
    with pytest.raises(
        InvalidTime, match=r"^Nothing was changed: Casey has the time factor 1\.25 already\.$"
    ):
        accommodate(slower, QUARTER, "Once more.", admin)
    assert Accommodation.objects.count() == 1


def test_nobody_grants_themselves_extra_time(admin: User) -> None:
    with pytest.raises(NotAllowed, match="Ask another admin"):
        accommodate(admin, Decimal(2), SECRET, admin)


@pytest.mark.parametrize("who", ["interviewer", "other_candidate"])
def test_only_an_admin_grants_extra_time(
    request: pytest.FixtureRequest, candidate: User, admin: User, who: str
) -> None:
    with pytest.raises(NotAllowed, match="not an active admin"):
        accommodate(candidate, Decimal(2), SECRET, request.getfixturevalue(who))
    assert time_factor(candidate) == 1


@pytest.mark.parametrize("role", ["candidate", "interviewer", "tester", "author", "curator"])
def test_reasons_are_for_admins_alone(
    sign_in: SignIn, slower: User, person: Callable[..., User], role: str
) -> None:
    somebody = person("sam", role)
    answer = sign_in(somebody).get(reverse("person_time", args=[slower.pk]))
    assert answer.status_code == 403
    assert SECRET not in page(answer)
    assert not visible_to(somebody).exists()


@pytest.mark.parametrize("change", [{"factor": Decimal("0.99")}, {"factor": Decimal("3.01")}, {"reason": ""}])
def test_the_database_refuses_an_accommodation_out_of_bounds(
    candidate: User, admin: User, change: dict[str, Any]
) -> None:
    row = {"factor": QUARTER, "reason": SECRET, "granted_at": timezone.now()} | change
    with pytest.raises(IntegrityError), transaction.atomic():
        Accommodation.objects.create(person=candidate, granted_by=admin, **row)


def test_what_was_granted_cannot_be_rewritten(slower: User) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Accommodation.objects.filter(person=slower).update(reason="Otherwise.")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Accommodation.objects.filter(person=slower).delete()


# Pages


@pytest.fixture
def as_admin(sign_in: SignIn, admin: User) -> Client:
    return sign_in(admin)


def test_an_admin_grants_extra_time_and_reads_it_with_its_reason(as_admin: Client, candidate: User) -> None:
    url = reverse("person_time", args=[candidate.pk])
    assert "has no extra time" in page(as_admin.get(url))
    shown = page(as_admin.post(url, {"factor": "1.25", "reason": SECRET}, follow=True))
    assert "Casey has the time factor 1.25 from now on." in shown
    assert "run 1.25 times as long: 60 minutes are 75 min" in shown
    assert SECRET in shown
    assert "1.25, <a" in page(as_admin.get(reverse("person", args=[candidate.pk])))


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({"factor": "3.5", "reason": SECRET}, "less than or equal to 3"),
        ({"factor": "0.5", "reason": SECRET}, "greater than or equal to 1"),
        ({"factor": "1.255", "reason": SECRET}, "no more than 2 decimal places"),
        ({"factor": "1.25"}, "Write why"),
        ({"factor": "1", "reason": SECRET}, "has the time factor 1 already"),
    ],
)
def test_what_cannot_be_granted_is_told_at_its_field(
    as_admin: Client, candidate: User, sent: dict[str, str], complaint: str
) -> None:
    answer = as_admin.post(reverse("person_time", args=[candidate.pk]), sent)
    assert answer.status_code == 422
    assert complaint in page(answer)
    assert time_factor(candidate) == 1


def test_an_admin_does_not_see_a_form_for_themselves(as_admin: Client, admin: User) -> None:
    shown = page(as_admin.get(reverse("person_time", args=[admin.pk])))
    assert "Another admin grants you extra time." in shown
    assert 'name="factor"' not in shown


@pytest.mark.parametrize("name", ["interview_start", "practice_rehearse"])
def test_a_candidate_is_told_their_own_time_before_the_start(
    sign_in: SignIn, slower: User, template: Template, name: str
) -> None:
    shown = page(sign_in(slower).get(reverse(name, args=[template.slug])))
    assert "57 minutes" in shown
    assert "45 minutes, 57 with your extra time." in shown
    assert "Start the 57 minutes" in shown


def test_a_candidate_without_extra_time_reads_nothing_of_it(
    sign_in: SignIn, candidate: User, template: Template
) -> None:
    assert "extra time" not in page(sign_in(candidate).get(reverse("interview_start", args=[template.slug])))
