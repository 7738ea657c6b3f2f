"""A report as PDF: for whom its page is, once that shows it."""

import logging
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interview.markdown import figures_in
from interview.models import Interview, User
from interview.models.presence import recorded
from interview.pdf.edition import Edition, Figures
from interview.pdf.report import document
from interview.pdf.typeset import Busy, Unsettable, pdf
from interview.selectors import interview as interviews
from interview.selectors import practice as practices
from interview.selectors import presence
from interview.selectors import release as releases
from interview.selectors import self_assessment as self_assessments
from interview.selectors.report import Report
from interview.selectors.report import report as make_report
from interview.selectors.user import signed_in
from interview.views import practice
from interview.views.http import give_connection_back
from interview.views.submission import outcome

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def report_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    reader = signed_in(request)
    interview = get_object_or_404(interviews.with_items(interviews.visible_to(reader)), pk=pk)
    if (interview.finalised_at if interview.is_practice else interview.released_at) is None:
        raise Http404
    if interview.is_practice and (running := interviews.barring_practice(reader)):
        return practice.barred(request, running)
    edition = _edition(interview, reader)
    shown = document(edition)
    # It may wait for its turn.
    give_connection_back()
    try:
        return _attached(pdf(shown, edition.made_at), edition)
    except Busy:
        return _instead(request, interview, 503)
    except Unsettable as trouble:
        logger.error("The report of interview %s could not be set as a PDF: %.500s", pk, trouble)
        return _instead(request, interview, 500)


def _edition(interview: Interview, reader: User) -> Edition:
    made = make_report(interview)
    # The page of practice does not list what hangs on its answers.
    listed = () if interview.is_practice else recorded(interview.mode)
    if listed:
        presence.attach(interview)
    self_assessments.attach(made)
    own = interview.candidate == reader
    notes = interviews.notes_of(interview) if own else None
    opened = practices.hint_counts(interview) if interview.is_practice else {}
    return Edition(
        report=made,
        outcomes={
            entry.item.position: outcome(entry.grading, entry.item.release)
            for entry in made.items
            if entry.grading
        },
        recorded=listed,
        notes=notes.text if notes else None,
        figures=_figures(made),
        opened=[(item.position, opened[item.pk]) for item in interview.items.all() if item.pk in opened],
    )


def _figures(made: Report) -> Figures:
    shown = (entry.item.release for entry in made.items)
    named = {release.pk: figures_in(f"{release.statement}\n{release.solution}") for release in shown}
    return releases.figures({pk: names for pk, names in named.items() if names})


def _attached(content: bytes, edition: Edition) -> HttpResponse:
    """A download under a name that says which report it is: in ASCII, and for browsers that can as it is written."""
    day, title = f"{edition.made_at:%Y-%m-%d}", edition.interview.title
    plain = "-".join(filter(None, ["report", slugify(title)[:80], day]))
    full = quote(f"Report {title[:80]} {day}.pdf", safe="")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f"attachment; filename=\"{plain}.pdf\"; filename*=UTF-8''{full}"
    return response


def _instead(request: HttpRequest, interview: Interview, status: int) -> HttpResponse:
    """Why there is no PDF now, and where the report is to be read all the same."""
    response = render(
        request, "report_pdf.html", {"interview": interview, "busy": status == 503}, status=status
    )
    if status == 503:
        response["Retry-After"] = "10"
    return response
