"""Appointments: an admin says who starts which interview and when; the mail tells it, and the window is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from interview.exceptions import InvalidAppointment, NotAllowed, NotOffered
from interview.models import Appointment, Interview, Template, User
from interview.models.appointment import AppointmentState
from interview.models.template import Retake, TemplateMode
from interview.selectors.appointment import waiting_for
from interview.selectors.template import catalogue, refusal
from interview.services.appointment import call_off, schedule
from interview.services.interview import hand_in, start_interview
from tests.interview.test_api import SignIn

ORIGIN = "https://forward.example"
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
WINDOW = (NOON, NOON + timedelta(hours=3))
HOUR = timedelta(hours=1)


def made(candidate: User, template: Template, admin: User, **words: Any) -> Appointment:
    given = {"window": WINDOW, "zone": "Europe/Berlin", "now": NOON - HOUR} | words
    return schedule(candidate, template, by=admin, origin=ORIGIN, **given)[0]


def by_appointment(template: Template) -> Template:
    Template.objects.filter(pk=template.pk).update(by_appointment=True)
    template.refresh_from_db()
    return template


def test_the_mail_tells_the_window_in_the_zone_that_was_chosen(
    candidate: User, template: Template, admin: User
) -> None:
    made(candidate, template, admin)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([candidate.email], f"{template.title}: from 1 July, 14:00 on")
    assert (
        "from Wednesday, 1 July 2026, 14:00\nuntil Wednesday, 1 July 2026, 17:00 (Europe/Berlin)" in sent.body
    )
    assert ORIGIN + reverse("interview_start", args=[template.slug]) in sent.body


def test_it_can_be_started_inside_the_window_alone(candidate: User, template: Template, admin: User) -> None:
    made(candidate, template, admin)
    by_appointment(template)
    with pytest.raises(NotOffered, match="can be started from 1 July 2026, 12:00 UTC on"):
        start_interview(candidate, template, NOON - timedelta(seconds=1))
    with pytest.raises(NotOffered, match="taken by appointment"):
        start_interview(candidate, template, WINDOW[1])
    interview = start_interview(candidate, template, NOON)
    assert Appointment.objects.get().interview == interview


def test_a_late_start_has_its_whole_time(candidate: User, template: Template, admin: User) -> None:
    made(candidate, template, admin)
    late = WINDOW[1] - timedelta(seconds=1)
    assert start_interview(candidate, template, late).deadline_at == late + timedelta(
        minutes=template.minutes
    )


def test_one_appointment_is_one_start(candidate: User, template: Template, admin: User) -> None:
    made(candidate, template, admin)
    by_appointment(template)
    hand_in(start_interview(candidate, template, NOON), candidate, NOON + timedelta(minutes=1))
    with pytest.raises(NotOffered, match="taken by appointment"):
        start_interview(candidate, template, NOON + timedelta(minutes=2))


def test_an_appointment_lets_its_candidate_take_it_again(
    candidate: User, template: Template, admin: User
) -> None:
    Template.objects.filter(pk=template.pk).update(retake=Retake.NEVER)
    template.refresh_from_db()
    hand_in(start_interview(candidate, template, NOON - HOUR), candidate, NOON - HOUR)
    made(candidate, template, admin)
    assert "can be taken once" in refusal(candidate, template, WINDOW[1])
    assert start_interview(candidate, template, NOON).pk


def test_the_catalogue_shows_what_is_by_appointment_to_those_who_have_one(
    candidate: User, other_candidate: User, template: Template, admin: User
) -> None:
    by_appointment(template)
    made(candidate, template, admin)
    shown = [template in catalogue(person, NOON - HOUR) for person in (candidate, other_candidate)]
    assert shown == [True, False]
    assert template not in catalogue(candidate, WINDOW[1])


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ((NOON, NOON), "ends before it begins"),
        ((NOON - 3 * HOUR, NOON - 2 * HOUR), "over already"),
    ],
)
def test_a_window_that_cannot_be_is_refused(
    candidate: User, template: Template, admin: User, window: tuple[datetime, datetime], message: str
) -> None:
    with pytest.raises(InvalidAppointment, match=message):
        made(candidate, template, admin, window=window)
    assert (Appointment.objects.count(), len(mail.outbox)) == (0, 0)


def test_a_second_appointment_for_the_same_waits_for_the_first(
    candidate: User, template: Template, admin: User
) -> None:
    first = made(candidate, template, admin)
    with pytest.raises(InvalidAppointment, match="Call it off first"):
        made(candidate, template, admin)
    call_off(first, admin, ORIGIN, NOON)
    assert made(candidate, template, admin).pk != first.pk


def test_practice_and_drafts_cannot_be_scheduled(candidate: User, template: Template, admin: User) -> None:
    Template.objects.filter(pk=template.pk).update(mode=TemplateMode.PRACTICE, self_assessment=False)
    template.refresh_from_db()
    with pytest.raises(InvalidAppointment, match="not offered as an interview that counts"):
        made(candidate, template, admin)


def test_calling_off_is_mailed_and_ends_it(candidate: User, template: Template, admin: User) -> None:
    appointment = made(candidate, template, admin)
    assert call_off(appointment, admin, ORIGIN, NOON) == ""
    assert mail.outbox[-1].subject == f"{template.title} is called off"
    assert waiting_for(candidate, template, NOON) is None
    with pytest.raises(InvalidAppointment, match="called off already"):
        call_off(appointment, admin, ORIGIN, NOON)


def test_what_was_started_cannot_be_called_off(candidate: User, template: Template, admin: User) -> None:
    appointment = made(candidate, template, admin)
    start_interview(candidate, template, NOON)
    with pytest.raises(InvalidAppointment, match="it was started"):
        call_off(appointment, admin, ORIGIN, NOON)


def test_the_database_refuses_what_was_both_started_and_called_off(
    candidate: User, template: Template, admin: User
) -> None:
    made(candidate, template, admin)
    start_interview(candidate, template, NOON)
    with (
        transaction.atomic(),
        pytest.raises(IntegrityError, match="appointment_called_off_is_not_started"),
    ):
        Appointment.objects.update(called_off_at=NOON)


def test_only_an_admin_makes_and_calls_off_appointments(
    candidate: User, interviewer: User, template: Template, admin: User
) -> None:
    with pytest.raises(NotAllowed):
        made(candidate, template, interviewer)
    with pytest.raises(NotAllowed):
        call_off(made(candidate, template, admin), interviewer, ORIGIN)


def test_an_appointment_says_where_it_stands(candidate: User, template: Template, admin: User) -> None:
    appointment = made(candidate, template, admin)
    moments = (NOON - HOUR, NOON, WINDOW[1])
    assert [appointment.state(moment) for moment in moments] == [
        AppointmentState.SCHEDULED,
        AppointmentState.OPEN,
        AppointmentState.MISSED,
    ]


# The pages


def sent(chosen: Template, **words: str) -> dict[str, str]:
    return {
        "template": str(chosen.pk),
        "zone": "America/New_York",
        "opens": "2026-07-01T08:00",
        "closes": "2026-07-01T11:00",
    } | words


@pytest.fixture
def office(sign_in: SignIn, admin: User) -> Client:
    return sign_in(admin)


def test_the_form_reads_times_in_the_zone_that_it_names(
    office: Client, candidate: User, template: Template
) -> None:
    with time_machine.travel(NOON - HOUR, tick=False):
        answer = office.post(reverse("person_schedule", args=[candidate.pk]), sent(template), follow=True)
        assert f"“{template.title}” is scheduled for {candidate.display_name}." in answer.content.decode()
    assert (Appointment.objects.get().opens_at, Appointment.objects.get().closes_at) == WINDOW


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"template": ""}, "Choose the interview."),
        ({"opens": ""}, "Say from when it can be started."),
        ({"opens": "2026-03-08T02:30"}, "may not exist"),
        ({"closes": "2026-07-01T07:00"}, "It ends before it begins."),
        ({"zone": "Mars/Base"}, "Mars/Base is not one of the available choices"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_written(
    office: Client, candidate: User, template: Template, words: dict[str, str], message: str
) -> None:
    with time_machine.travel(NOON - timedelta(days=200), tick=False):
        page = office.post(reverse("person_schedule", args=[candidate.pk]), sent(template, **words))
    assert (page.status_code, message in page.content.decode()) == (422, True)
    assert 'value="2026-07-01T' in page.content.decode()
    assert not Appointment.objects.exists()


def test_a_mail_that_cannot_be_sent_is_said_and_the_appointment_stays(
    office: Client, candidate: User, template: Template, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with time_machine.travel(NOON - HOUR, tick=False):
        page = office.post(reverse("person_schedule", args=[candidate.pk]), sent(template), follow=True)
    assert "The mail was not sent: the mail server 127.0.0.1 could not be reached" in page.content.decode()
    assert Appointment.objects.count() == 1


def test_a_candidate_sees_what_is_scheduled_and_the_page_of_rules_says_from_when(
    sign_in: SignIn, candidate: User, template: Template, admin: User
) -> None:
    with time_machine.travel(NOON - HOUR, tick=False):
        made(candidate, template, admin)
        web = sign_in(candidate)
        pages = [web.get(reverse(name)).content.decode() for name in ("catalogue", "interview_list")]
        assert ["Scheduled for you" in page for page in pages] == [True, True]
        rules = web.get(reverse("interview_start", args=[template.slug])).content.decode()
    assert "can be started from 1 July 2026, 12:00 UTC on" in rules


def test_the_person_page_calls_off(office: Client, candidate: User, template: Template, admin: User) -> None:
    with time_machine.travel(NOON - HOUR, tick=False):
        appointment = made(candidate, template, admin)
        page = office.post(reverse("appointment_call_off", args=[appointment.pk]), follow=True)
    assert "is called off." in page.content.decode()
    assert Interview.objects.count() == 0
