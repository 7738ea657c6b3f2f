"""Doors that open to a role: others get the page that says whose page it is."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from interview.models import User
from interview.selectors.user import signed_in
from interview.views.http import HtmxRequest

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HtmxRequest, Rest], HttpResponse]


def _door(opens: Callable[[User], bool], words: str) -> Callable[[View[Rest]], View[Rest]]:
    """A decorator that lets in whom `opens` says; `words` is what the others read."""

    def closed(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HtmxRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
            if not opens(signed_in(request)):
                raise PermissionDenied(words)
            return view(request, *args, **kwargs)

        return guarded

    return closed


def reviewers_only(view: View[Rest]) -> View[Rest]:
    return _door(lambda user: user.reviews, "This page belongs to interviewers.")(view)


def triers_only(view: View[Rest]) -> View[Rest]:
    """Testers, authors, curators and admins: all who see the bank."""
    return _door(
        lambda user: user.tries, "This page belongs to those who write, try and look after the questions."
    )(view)


def writers_only(view: View[Rest]) -> View[Rest]:
    return _door(
        lambda user: user.writes,
        "This page belongs to authors and curators, who write the questions. A tester reports a problem instead.",
    )(view)


def curators_only(view: View[Rest]) -> View[Rest]:
    return _door(lambda user: user.curates, "This page belongs to those who look after the questions.")(view)


def curators_and_reviewers_only(view: View[Rest]) -> View[Rest]:
    return _door(
        lambda user: user.curates or user.reviews,
        "This page belongs to those who look after the questions, and to interviewers.",
    )(view)


def managers_only(view: View[Rest]) -> View[Rest]:
    return _door(lambda user: user.manages, "This page belongs to admins, who look after people.")(view)
