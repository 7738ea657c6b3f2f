from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request as the middleware hands it on; `htmx` is false for a whole page, true for a fragment."""

    htmx: HtmxDetails
