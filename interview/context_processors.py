from django.conf import settings
from django.http import HttpRequest


def mode(request: HttpRequest) -> dict[str, bool]:
    """Whether this is the embedded mode, where signing in as a demo person is one click."""
    return {"embedded": settings.EMBEDDED}
