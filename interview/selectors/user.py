from typing import Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from interview.models import User


class _Request(Protocol):
    @property
    def user(self) -> User | AnonymousUser: ...


def signed_in(request: _Request) -> User:
    """The person behind a request. The middleware has sent strangers away; this tells the type checker too."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
