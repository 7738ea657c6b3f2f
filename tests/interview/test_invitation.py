"""Inviting people: one, or many from a list, and the link that lets them in."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import InvalidRoster, KnownAddress, NotAllowed
from interview.models import User
from interview.models.user import PersonState, Role
from interview.services import invitation as invitations
from interview.services.invitation import invite_one, link_for, make_admin, one_time_links, resend
from interview.services.roster import Roster, read_roster
from interview.services.user import deactivate, reactivate

People = Callable[..., User]
SignIn = Callable[[User], Client]
ORIGIN = "https://forward.example"
PASSWORD = "correct horse battery"


@pytest.fixture
def ivy(admin: User) -> User:
    """Invited, and nothing done yet."""
    return invite_one("ivy@example.org", "Ivy Doe", Role.INTERVIEWER, admin, ORIGIN).person


def page(response: Any) -> str:
    return str(response.content.decode())


def choose(client: Client, link: str, password: str = PASSWORD) -> Any:
    """Follow a link as a browser does and send the form that it opens."""
    form = client.get(link.removeprefix(ORIGIN), follow=True)
    if not form.redirect_chain:
        return form
    return client.post(
        form.redirect_chain[-1][0], {"new_password1": password, "new_password2": password}, follow=True
    )


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"https?://\S+", str(message.body))
    assert found
    return found.group()


# The invitation


def test_an_invitation_makes_an_account_without_a_password_and_mails_its_link(admin: User, ivy: User) -> None:
    [message] = mail.outbox
    assert (message.to, message.subject) == (["ivy@example.org"], "Your place in Forward Pass")
    assert "You are there as an interviewer." in message.body
    assert f"{ORIGIN}/password/" in message.body
    assert "works once and for 3 days" in message.body
    assert (ivy.state, ivy.has_usable_password(), ivy.role) == (PersonState.INVITED, False, Role.INTERVIEWER)


def test_the_link_lets_its_person_choose_a_password_and_signs_them_in_at_their_start(
    client: Client, ivy: User
) -> None:
    answer = choose(client, link_in(mail.outbox[0]))
    assert answer.redirect_chain[-1][0] == reverse("review_queue")
    assert answer.context["user"] == ivy
    ivy.refresh_from_db()
    assert (ivy.state, ivy.check_password(PASSWORD)) == (PersonState.ACTIVE, True)


def test_the_link_works_once(client: Client, ivy: User) -> None:
    link = link_in(mail.outbox[0])
    choose(client, link)
    again = Client().get(link.removeprefix(ORIGIN))
    assert "This link has ended" in page(again)


def test_the_link_ends_after_three_days(client: Client, ivy: User, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_in(mail.outbox[0])
    still, over = (datetime.now() + timedelta(days=3, minutes=minutes) for minutes in (-1, 1))
    monkeypatch.setattr(one_time_links, "_now", lambda: still)
    assert choose(client, link, password="").context["validlink"] is True
    monkeypatch.setattr(one_time_links, "_now", lambda: over)
    assert "This link has ended" in page(Client().get(link.removeprefix(ORIGIN)))


def test_resending_ends_the_earlier_link(admin: User, ivy: User) -> None:
    first = link_in(mail.outbox[0])
    resend(ivy, admin, ORIGIN)
    second = link_in(mail.outbox[1])
    assert "This link has ended" in page(Client().get(first.removeprefix(ORIGIN)))
    assert choose(Client(), second).redirect_chain[-1][0] == reverse("review_queue")


def test_the_link_of_a_deactivated_person_opens_nothing(admin: User, ivy: User) -> None:
    link = link_in(mail.outbox[0])
    deactivate(ivy, admin)
    closed = page(Client().get(link.removeprefix(ORIGIN)))
    reactivate(ivy, admin)
    opened = page(Client().get(link.removeprefix(ORIGIN), follow=True))
    assert ("This link has ended" in closed, "Welcome, Ivy Doe" in opened) == (True, True)


def test_a_link_that_was_changed_opens_nothing(ivy: User, candidate: User) -> None:
    token = link_for(ivy, "").split("/")[3]
    for path in (link_for(candidate, "").split("/")[2], "NQ", "%00", "-"):
        answer = Client().get(reverse("password_choose", args=[path, token]))
        assert "This link has ended" in page(answer)


def test_a_weak_password_is_refused_and_the_link_still_works(client: Client, ivy: User) -> None:
    link = link_in(mail.outbox[0])
    refused = choose(client, link, password="password12")
    assert (refused.status_code, "too common" in page(refused)) == (422, True)
    assert choose(Client(), link).redirect_chain[-1][0] == reverse("review_queue")


def test_somebody_who_has_a_password_is_not_invited_again(admin: User, candidate: User) -> None:
    with pytest.raises(NotAllowed, match="No invitation was sent"):
        resend(candidate, admin, ORIGIN)


def test_an_address_that_is_known_is_named_and_not_invited(admin: User, ivy: User) -> None:
    with pytest.raises(KnownAddress, match="invited already"):
        invite_one("IVY@example.org", "Somebody else", Role.ADMIN, admin, ORIGIN)
    assert (User.objects.get(pk=ivy.pk).display_name, len(mail.outbox)) == ("Ivy Doe", 1)


def test_only_an_admin_invites(interviewer: User) -> None:
    with pytest.raises(NotAllowed):
        invite_one("x@example.org", "X", Role.ADMIN, interviewer, ORIGIN)
    assert not User.objects.filter(email="x@example.org").exists()


# Mail that fails


@pytest.fixture
def no_mail_server(settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SENDS_MAIL = "127.0.0.1", 1, True


def test_a_mail_that_cannot_be_sent_leaves_the_person_invited_and_says_why(
    admin: User, sign_in: SignIn, no_mail_server: None
) -> None:
    words = {"name": "Ivy Doe", "email": "ivy@example.org", "role": "candidate"}
    html = page(sign_in(admin).post(reverse("people_invite"), words, follow=True))
    assert (
        "Ivy Doe is invited, but the mail could not be sent: the mail server 127.0.0.1 could not be" in html
    )
    assert "Resend the invitation" in html
    assert "http://testserver/password/" in html
    assert User.objects.get(email="ivy@example.org").state == PersonState.INVITED


class SmallMailServer(StreamRequestHandler):
    """Speaks just enough SMTP, and knows no mailbox called nobody."""

    def handle(self) -> None:
        self.server.callers += 1  # type: ignore[attr-defined]  # set by the fixture below
        self.say("220 here")
        for line in self.rfile:
            word = line.decode().strip().upper()
            if word == "DATA":
                self.say("354 go on")
                self.take_body()
            self.say("550 no such mailbox" if word.startswith("RCPT TO:<NOBODY") else "250 ok")

    def take_body(self) -> None:
        while self.rfile.readline().strip() != b".":
            pass

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class HangsUp(SmallMailServer):
    """A mail server that ends every call at once."""

    def handle(self) -> None:
        self.server.callers += 1  # type: ignore[attr-defined]  # as above


Serving = Callable[[type[SmallMailServer]], ThreadingTCPServer]


@pytest.fixture
def serving(settings: LazySettings) -> Iterator[Serving]:
    """Starts a mail server and has the product send its mails there."""
    servers: list[ThreadingTCPServer] = []

    def start(speaking: type[SmallMailServer]) -> ThreadingTCPServer:
        server = ThreadingTCPServer(("127.0.0.1", 0), speaking)
        server.callers = 0  # type: ignore[attr-defined]  # counted by the handlers
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        settings.SENDS_MAIL = True
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


THREE = b"a@example.org,A\nnobody@example.org,B\nc@example.org,C\n"


def test_an_address_that_the_mail_server_refuses_leaves_the_others_alone(
    admin: User, serving: Serving
) -> None:
    server = serving(SmallMailServer)
    invited, _ = invitations.invite(read_roster(THREE).rows, admin, ORIGIN)
    assert [invitation.trouble for invitation in invited] == [
        "",
        "the mail server refused the address (550 no such mailbox)",
        "",
    ]
    assert server.callers == 1  # type: ignore[attr-defined]  # as above


def test_a_mail_server_that_hangs_up_is_called_once_for_a_whole_list(admin: User, serving: Serving) -> None:
    server = serving(HangsUp)
    invited, _ = invitations.invite(read_roster(THREE).rows, admin, ORIGIN)
    assert ["could not be reached" in invitation.trouble for invitation in invited] == [True] * 3
    assert server.callers == 1  # type: ignore[attr-defined]  # as above


# Reading a list


def reasons(roster: Roster) -> list[tuple[int, str]]:
    return [(fault.line, fault.reason) for fault in roster.faults]


def people_of(roster: Roster) -> list[tuple[str, str, str]]:
    return [(row.email, row.name, row.role.value) for row in roster.rows]


@pytest.mark.parametrize(
    "text",
    [
        "email,name,role\na@example.org,Ann Doe,interviewer\n",
        "a@example.org,Ann Doe,interviewer",
        "\ufeffname,role,email\r\nAnn Doe,Interviewer,A@Example.org\r\n",
        "email;name;role\na@example.org;Ann Doe;interviewer\n",
        "email\tname\trole\na@example.org\tAnn Doe\tinterviewer\n",
        '\n\n"a@example.org","Ann Doe","INTERVIEWER",\n\n',
    ],
)
def test_a_list_is_read_as_spreadsheets_write_it(db: None, text: str) -> None:
    roster = read_roster(text.encode())
    assert (people_of(roster), roster.faults) == ([("a@example.org", "Ann Doe", "interviewer")], [])


def test_an_empty_role_is_a_candidate(db: None) -> None:
    assert people_of(read_roster(b"a@example.org,Ann Doe")) == [("a@example.org", "Ann Doe", "candidate")]


def test_each_bad_line_is_named_with_its_reason_and_the_good_ones_remain(db: None) -> None:
    roster = read_roster(
        b"email,name,role\n"
        b"good@example.org,Good One,\n"
        b"nonsense,Bad One,\n"
        b",Nobody,\n"
        b"x@example.org,,\n"
        b"y@example.org,Y,king\n"
        b"z@example.org,=1+1,\n"
        b"@import,Z,\n"
        b"GOOD@example.org,Twice,\n"
        b"w@example.org,W,candidate,more\n"
    )
    assert people_of(roster) == [("good@example.org", "Good One", "candidate")]
    assert reasons(roster) == [
        (3, "“nonsense” is no mail address."),
        (4, "The mail address is missing."),
        (5, "The name is missing."),
        (6, "“king” is no role; candidate, interviewer, tester, author, curator and admin are."),
        (7, "“=1+1” begins like a spreadsheet formula. Write it without the =."),
        (8, "“@import” begins like a spreadsheet formula. Write it without the @."),
        (9, "The same mail address is in line 2."),
        (10, "It has 4 cells; email, name, role are 3."),
    ]


def test_a_line_is_counted_as_an_editor_counts_it(db: None) -> None:
    roster = read_roster(b'a@example.org,"Ann\nDoe"\n\nbad,B\n"b@example.org,C\n')
    assert reasons(roster) == [
        (1, "The name has a control character or a line break in it."),
        (4, "“bad” is no mail address."),
        (5, "The quotation marks do not match (unexpected end of data)."),
    ]


def test_addresses_that_have_an_account_are_told_apart(admin: User, candidate: User, ivy: User) -> None:
    deactivate(candidate, admin)
    text = f"{admin.email},A\n{candidate.email},B\n{ivy.email},C\nnew@example.org,D\n"
    roster = read_roster(text.encode())
    assert [row.email for row in roster.rows] == ["new@example.org"]
    assert [reason.split(".")[0] for _, reason in reasons(roster)] == [
        "This address has an account already",
        "This address belongs to a deactivated account",
        "This address is invited already",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a@example.org,Ren\xe9\n", "Line 1 is not UTF-8 .byte e9."),
        ("a@example.org,René\n".encode("utf-16"), "It is UTF-16"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MB"),
        (b"\n , ,\n", "nobody in it"),
        (b"email,name,team\na@example.org,A,B\n", "Line 1 heads the columns email, name, team"),
        (b"email,email\na@example.org,b@example.org\n", "Line 1 heads the columns"),
        (b"".join(b"p%d@example.org,P\n" % number for number in range(202)), "200 people can be invited"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(db: None, content: bytes, why: str) -> None:
    with pytest.raises(InvalidRoster, match=why):
        read_roster(content)


@pytest.mark.parametrize("letter", ["\x00", "\u202e", "\x07"])
def test_a_name_that_would_be_shown_otherwise_than_it_is_is_refused(db: None, letter: str) -> None:
    roster = read_roster(f"a@example.org,Ann{letter}Doe".encode())
    assert reasons(roster) == [(1, "The name has a control character or a line break in it.")]


def test_what_was_understood_reads_back_to_the_same(db: None) -> None:
    roster = read_roster('a@example.org,"Doe, ""Ann"" & <Bob>",admin\nb@example.org,Bo Å,\n'.encode())
    assert people_of(read_roster(roster.as_csv().encode())) == people_of(roster)
    assert len(roster.rows) == 2


def test_a_list_is_checked_in_one_query(db: None, django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(1):
        read_roster(b"".join(b"p%d@example.org,P\n" % number for number in range(200)))


# The first admin of a deployment


def create_admin(*arguments: str) -> str:
    out = StringIO()
    call_command("create_admin", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_admin_gets_a_link_that_works_once(db: None, client: Client) -> None:
    said = create_admin("Boss@Example.org", "--name", "Boss", "--origin", ORIGIN)
    link = said.splitlines()[-1]
    assert link.startswith(f"{ORIGIN}/password/")
    assert choose(client, link).redirect_chain[-1][0] == reverse("question_list")
    boss = User.objects.get(email="boss@example.org")
    assert (boss.role, boss.state, boss.display_name) == (Role.ADMIN, PersonState.ACTIVE, "Boss")


def test_with_an_active_admin_there_is_no_first_one_unless_another_is_asked_for(admin: User) -> None:
    with pytest.raises(CommandError, match=r"ada@example\.org is an active admin already"):
        create_admin("boss@example.org")
    assert "/password/" in create_admin("boss@example.org", "--another")


def test_a_first_admin_whose_link_ran_out_gets_another(db: None) -> None:
    first, second = (create_admin("boss@example.org").splitlines()[-1] for _ in range(2))
    path = re.sub("^https?://[^/]+", "", first)
    assert "This link has ended" in page(Client().get(path))
    assert first != second


def test_a_person_with_a_password_becomes_admin_and_keeps_it(person: People) -> None:
    casey = person("casey", password=PASSWORD)
    assert make_admin(casey.email, "Boss", ORIGIN, another=False) == ""
    casey.refresh_from_db()
    assert (casey.role, casey.check_password(PASSWORD), casey.display_name) == (Role.ADMIN, True, "Casey")


def test_an_admin_needs_a_mail_address(db: None) -> None:
    with pytest.raises(CommandError, match="valid email"):
        create_admin("boss")


# A forgotten password


def ask(client: Client, email: str) -> Any:
    return client.post(reverse("password_forgotten"), {"email": email}, follow=True)


def test_a_forgotten_password_is_chosen_anew_and_ends_other_sessions(
    client: Client, person: People, sign_in: SignIn
) -> None:
    casey = person("casey", password="the old password")
    elsewhere = sign_in(casey)
    ask(client, "CASEY@example.org")
    path = link_in(mail.outbox[0]).removeprefix("http://testserver")
    assert choose(client, path).redirect_chain[-1][0] == reverse("catalogue")
    casey.refresh_from_db()
    assert casey.check_password(PASSWORD)
    assert elsewhere.get(reverse("interview_list")).status_code == 302


def test_the_answer_does_not_tell_whether_an_address_has_an_account(client: Client, person: People) -> None:
    person("casey", password=PASSWORD)
    answers = [ask(client, email) for email in ("casey@example.org", "nobody@example.org")]
    known, unknown = (page(answer).split("<main")[1] for answer in answers)
    assert known == unknown
    assert [message.to for message in mail.outbox] == [["casey@example.org"]]


def test_an_invited_person_who_asks_gets_a_link_too(client: Client, ivy: User) -> None:
    ask(client, ivy.email)
    assert [message.to for message in mail.outbox] == [[ivy.email]] * 2


def test_a_deactivated_person_gets_no_link(client: Client, admin: User, person: People) -> None:
    casey = person("casey", password=PASSWORD)
    deactivate(casey, admin)
    ask(client, casey.email)
    assert mail.outbox == []


def test_signing_in_ends_a_link_that_was_asked_for(client: Client, person: People) -> None:
    casey = person("casey", password=PASSWORD)
    link = link_for(casey, "")
    casey.last_login = timezone.now()
    casey.save()
    assert "This link has ended" in page(client.get(link))


def test_links_for_one_address_are_limited(client: Client, person: People) -> None:
    person("casey", password=PASSWORD)
    assert [ask(client, "casey@example.org").status_code for _ in range(6)] == [200] * 5 + [429]
    assert len(mail.outbox) == 5
