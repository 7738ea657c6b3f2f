"""People."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from interview.exceptions import NotAllowed
from interview.models import User
from interview.models.user import Role
from interview.selectors.user import active_admins


@dataclass(frozen=True)
class Demo:
    """A person for trying the product out. The domain is reserved and cannot receive mail."""

    role: Role
    email: str
    name: str


DEMO_CANDIDATE = Demo(Role.CANDIDATE, "candidate@demo.invalid", "Demo candidate")
DEMO_INTERVIEWER = Demo(Role.INTERVIEWER, "interviewer@demo.invalid", "Demo interviewer")
DEMO_PEOPLE = (
    DEMO_CANDIDATE,
    DEMO_INTERVIEWER,
    Demo(Role.AUTHOR, "author@demo.invalid", "Demo author"),
    Demo(Role.ADMIN, "admin@demo.invalid", "Demo admin"),
)


def create_demo_people() -> list[User]:
    """The demo accounts, without passwords: one click in the embedded mode is the only way in."""
    return [demo_user(demo) for demo in DEMO_PEOPLE]


def demo_user(demo: Demo) -> User:
    """The account of a demo person, made when it is not there. Raises NotAllowed outside the embedded mode."""
    _refuse_outside_embedded_mode()
    existing = User.objects.filter(email=demo.email).first()
    return existing or User.objects.create_user(demo.email, display_name=demo.name, role=demo.role)


def demo_person(role: str) -> User:
    """The demo account of `role`. Raises NotAllowed outside the embedded mode, whatever the database holds."""
    _refuse_outside_embedded_mode()
    emails = {demo.role.value: demo.email for demo in DEMO_PEOPLE}
    person = User.objects.filter(email=emails.get(role), is_active=True).first()
    if person is None:
        raise NotAllowed("There is no such demo account here. Sign in with your own.")
    return person


def _refuse_outside_embedded_mode() -> None:
    if not settings.EMBEDDED:
        raise NotAllowed("Demo accounts exist only in the embedded mode on one's own machine.")


def change_role(person: User, role: Role, by: User) -> None:
    """Give `person` another role. Raises NotAllowed."""
    with administration(person, by) as locked:
        locked.role = role
        locked.save(update_fields=["role"])


def deactivate(person: User, by: User) -> None:
    """End the person's sessions with their next request, and let them sign in no more. Raises NotAllowed.

    What they did stays: interviews, reviews and releases keep their name.
    """
    with administration(person, by) as locked:
        locked.is_active = False
        locked.save(update_fields=["is_active"])


def reactivate(person: User, by: User) -> None:
    """Let the person sign in again, with the password that they had. Raises NotAllowed."""
    with administration(person, by) as locked:
        locked.is_active = True
        locked.save(update_fields=["is_active"])


@contextmanager
def administration(person: User, by: User) -> Iterator[User]:
    """The row of `person`, locked, for an admin to change.

    All active admins' rows are locked first, in one order. So of two admins who remove each other the second finds
    that they are none any more; since nobody changes their own account, an active admin always remains.
    """
    if person.pk == by.pk:
        raise NotAllowed("This is your own account. Ask another admin to change it.")
    with transaction.atomic():
        admins = [admin.pk for admin in active_admins().select_for_update().order_by("pk")]
        if by.pk not in admins:
            raise NotAllowed("Nothing was changed: you are not an active admin any more.")
        yield User.objects.select_for_update().get(pk=person.pk)
