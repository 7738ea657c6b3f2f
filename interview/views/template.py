"""What one can take."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from interview.selectors import interview as interviews
from interview.selectors import template as templates
from interview.selectors.user import signed_in


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    context = {"templates": templates.catalogue(), "running": interviews.in_progress(signed_in(request))}
    return render(request, "catalogue.html", context)
