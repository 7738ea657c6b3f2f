"""Doors that open to a role: others get the page that says whose page it is."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from interview.selectors.user import signed_in
from interview.views.http import HtmxRequest

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HtmxRequest, Rest], HttpResponse]


def reviewers_only(view: View[Rest]) -> View[Rest]:
    @wraps(view)
    def guarded(request: HtmxRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not signed_in(request).reviews:
            raise PermissionDenied("This page belongs to interviewers.")
        return view(request, *args, **kwargs)

    return guarded


def curators_only(view: View[Rest]) -> View[Rest]:
    @wraps(view)
    def guarded(request: HtmxRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not signed_in(request).curates:
            raise PermissionDenied("This page belongs to those who look after the questions.")
        return view(request, *args, **kwargs)

    return guarded


def managers_only(view: View[Rest]) -> View[Rest]:
    @wraps(view)
    def guarded(request: HtmxRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not signed_in(request).manages:
            raise PermissionDenied("This page belongs to admins, who look after people.")
        return view(request, *args, **kwargs)

    return guarded
