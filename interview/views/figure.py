from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from interview.selectors import release as releases
from interview.selectors.user import signed_in


@require_safe
@cache_control(private=True, immutable=True, max_age=86400)
def figure(request: HttpRequest, release_id: int, name: str) -> HttpResponse:
    """A picture of a release. An SVG is a document: opened by itself it may run nothing and load nothing."""
    release = get_object_or_404(releases.visible_to(signed_in(request)), pk=release_id)
    content = releases.figure(release, name)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
