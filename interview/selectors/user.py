from typing import Protocol

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from interview.models import User
from interview.models.user import PersonState, Role

# The same as `User.state`, for the database.
_NEVER_CHOSE = Q(invited_at__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)
_STATES = {
    PersonState.ACTIVE: Q(is_active=True) & ~_NEVER_CHOSE,
    PersonState.INVITED: Q(is_active=True) & _NEVER_CHOSE,
    PersonState.DEACTIVATED: Q(is_active=False),
}


class _Request(Protocol):
    @property
    def user(self) -> User | AnonymousUser: ...


def signed_in(request: _Request) -> User:
    """The person behind a request. The middleware has sent strangers away; this tells the type checker too."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def visible_to(user: User) -> QuerySet[User]:
    """The one door to other people's accounts."""
    return User.objects.all() if user.manages else User.objects.none()


def people(user: User, search: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """People by name, those only whose name or mail address holds `search`; an empty filter lets all through."""
    found = visible_to(user).order_by("display_name", "email")
    if search:
        found = found.filter(Q(display_name__icontains=search) | Q(email__icontains=search))
    if role:
        found = found.filter(role=role)
    return found.filter(_STATES[PersonState(state)]) if state else found


def active_admins() -> QuerySet[User]:
    """Those who can sign in and look after people; an admin who was only invited cannot yet."""
    return User.objects.filter(_STATES[PersonState.ACTIVE], role=Role.ADMIN)


def known_addresses(emails: list[str]) -> dict[str, User]:
    """Accounts by their mail address."""
    return {user.email: user for user in User.objects.filter(email__in=emails)}
