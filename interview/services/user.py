"""People."""

from dataclasses import dataclass

from django.conf import settings

from interview.exceptions import NotAllowed
from interview.models import User
from interview.models.user import Role


@dataclass(frozen=True)
class Demo:
    """A person for trying the product out. The domain is reserved and cannot receive mail."""

    role: Role
    email: str
    name: str


DEMO_PEOPLE = (
    Demo(Role.CANDIDATE, "candidate@demo.invalid", "Demo candidate"),
    Demo(Role.INTERVIEWER, "interviewer@demo.invalid", "Demo interviewer"),
    Demo(Role.ADMIN, "admin@demo.invalid", "Demo admin"),
)


def create_demo_people() -> list[User]:
    """The three demo accounts, without passwords: one click in the embedded mode is the only way in."""
    _refuse_outside_embedded_mode()
    return [_demo_user(demo) for demo in DEMO_PEOPLE]


def _demo_user(demo: Demo) -> User:
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
