from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from csp.decorators import csp_replace
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

View = TypeVar("View", bound=Callable[..., HttpResponse])


class HtmxRequest(HttpRequest):
    """A request as the middleware hands it on; `htmx` is false for a whole page, true for a fragment."""

    htmx: HtmxDetails


def with_policy(directives: dict[str, Sequence[str]]) -> Callable[[View], View]:
    """Put these in the place of the content policy's own, for this view alone."""

    def decorated(view: View) -> View:
        return cast(View, csp_replace(dict(directives))(view))

    return decorated


def takes_up_to(limit: int) -> Callable[[View], View]:
    """Let this view's requests have bodies of up to `limit` bytes, instead of what is enough for every other."""

    def marked(view: View) -> View:
        view.body_limit = limit  # type: ignore[attr-defined] # read by the middleware BodyLimit
        return view

    return marked


def give_connection_back() -> None:
    """Before a wait: those who wait may outnumber the connections that the web process may have."""
    if not connection.in_atomic_block:
        connection.close()


def origin(request: HttpRequest) -> str:
    """Where this copy is reached, for links in mails: https://example.org."""
    return request.build_absolute_uri("/").rstrip("/")
