"""What is refused before it is read."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.deprecation import MiddlewareMixin

TOO_LARGE = 413


class BodyLimit(MiddlewareMixin):
    """Answer 413 to a body over the limit, for pages and API alike.

    Django bounds forms when it parses them, as a Bad Request; the JSON parser of the API and files bound nothing. A
    view that takes more says so by `views.http.takes_up_to`.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = getattr(view, "body_limit", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        if not length.isdecimal() or int(length) <= limit:
            return None
        size = filesizeformat(limit)
        if request.path.startswith("/api/"):
            detail = f"The body is over {size}. Nothing was stored; send less."
            return JsonResponse({"detail": detail, "code": "too_large"}, status=TOO_LARGE)
        return render(request, "413.html", {"limit": size}, status=TOO_LARGE)
