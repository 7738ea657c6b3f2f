"""What a browser shows of the product while the network is away."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "offline.html")


@login_not_required
@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It is served from the root, since it may only care for what lies below its own address."""
    return render(request, "offline-worker.js", content_type="text/javascript")
