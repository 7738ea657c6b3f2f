"""Invitations: an account without a password, and a signed link that lets its person choose one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from interview.exceptions import KnownAddress, NotAllowed
from interview.models import User
from interview.models.user import PersonState, Role
from interview.selectors.user import active_admins
from interview.services.mail import send
from interview.services.roster import Row, known_sentence


class OneTimeLinks(PasswordResetTokenGenerator):
    """Signs links to choose a password, for invitations and forgotten passwords alike.

    A link is good for `settings.PASSWORD_RESET_TIMEOUT` and ends earlier when the password or the mail address
    changes, the person signs in, is deactivated, or is invited anew: all of that is in what is signed.
    """

    key_salt = "interview.services.invitation.OneTimeLinks"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        invited = user.invited_at.timestamp() if user.invited_at else ""
        return f"{super()._make_hash_value(user, timestamp)}{invited}"

    def check_token(self, user: User | None, token: str | None) -> bool:
        return bool(user and user.is_active) and super().check_token(user, token)


one_time_links = OneTimeLinks()


@dataclass(frozen=True)
class Invitation:
    """Somebody who was invited. `trouble` says why the mail could not be sent; the link can be handed over."""

    person: User
    link: str
    trouble: str = ""


def link_for(person: User, origin: str) -> str:
    """A fresh address at which `person` chooses a password; `origin` is like https://example.org."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    return origin.rstrip("/") + reverse("password_choose", args=[uid, one_time_links.make_token(person)])


def invite(rows: Iterable[Row], by: User, origin: str) -> tuple[list[Invitation], list[Row]]:
    """Make an account for each row and mail its link, after all of them are stored.

    Returns the invitations, and the rows whose address got an account meanwhile. Raises NotAllowed.
    """
    if not by.manages:
        raise NotAllowed("Only an admin may invite people.")
    people: list[User] = []
    known: list[Row] = []
    # Durable: stored before the first mail leaves, whoever calls this.
    with transaction.atomic(durable=True):
        for row in rows:
            person = _created(row)
            people += [person] if person else []
            known += [] if person else [row]
    return _deliver(people, by, origin), known


def _created(row: Row) -> User | None:
    try:
        with transaction.atomic():
            return User.objects.create_user(
                row.email, display_name=row.name, role=row.role, invited_at=timezone.now()
            )
    except IntegrityError:
        return None


def invite_one(email: str, name: str, role: Role, by: User, origin: str) -> Invitation:
    """Invite one person. Raises KnownAddress or NotAllowed."""
    invitations, _ = invite([Row(1, email.lower(), name, role)], by, origin)
    if not invitations:
        raise KnownAddress(known_sentence(User.objects.get(email=email.lower())))
    return invitations[0]


def resend(person: User, by: User, origin: str) -> Invitation:
    """Mail a new link, which ends the earlier ones. Raises NotAllowed for those who chose a password already."""
    if not by.manages:
        raise NotAllowed("Only an admin may invite people.")
    with transaction.atomic(durable=True):
        locked = User.objects.select_for_update().get(pk=person.pk)
        if locked.state != PersonState.INVITED:
            raise NotAllowed(
                f"No invitation was sent: {locked.display_name} is {locked.state.label.lower()}, not waiting for one."
            )
        locked.invited_at = timezone.now()
        locked.save(update_fields=["invited_at"])
    return _deliver([locked], by, origin)[0]


def make_admin(email: str, name: str, origin: str, *, another: bool) -> str:
    """Make `email` an admin who chooses a password at the returned link; empty when they have one already.

    Meant for whoever has the server's shell. Raises NotAllowed when there is an active admin, unless `another`.
    """
    if not another and (admin := active_admins().exclude(email=email.lower()).first()):
        raise NotAllowed(
            f"{admin.email} is an active admin already and can invite others on the People page. "
            "Add --another to make one more from here."
        )
    address = email.lower()
    person = User.objects.filter(email=address).first()
    person = person or User.objects.create_user(address, display_name=name)
    person.role, person.is_active = Role.ADMIN, True
    if not person.has_usable_password():
        person.invited_at = timezone.now()
    person.save()
    return "" if person.has_usable_password() else link_for(person, origin)


def _deliver(people: Sequence[User], by: User, origin: str) -> list[Invitation]:
    """Send everybody's mail; one that fails leaves the others alone."""
    invitations = [Invitation(person, link_for(person, origin)) for person in people]
    troubles = send(_mail(invitation, by) for invitation in invitations)
    return [replace(one, trouble=trouble) for one, trouble in zip(invitations, troubles, strict=True)]


def _mail(invitation: Invitation, by: User) -> EmailMessage:
    words = {"person": invitation.person, "by": by, "link": invitation.link, "days": link_days()}
    return EmailMessage(
        "Your place in Forward Pass",
        render_to_string("mail/invitation.txt", words),
        to=[invitation.person.email],
    )


def link_days() -> int:
    """How many days a link is good for."""
    return settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
