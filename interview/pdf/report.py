"""A report as a document of plain data: what its page shows, block after block, in the page's order and words."""

from collections.abc import Iterator
from typing import Any

from django.utils.formats import date_format

from interview.models import Interview
from interview.pdf.areas import areas
from interview.pdf.blocks import (
    bullets,
    column,
    facts,
    heading,
    moment,
    note,
    paragraphs,
    prose,
    share_of,
    table,
    text,
)
from interview.pdf.edition import Edition, figure_key
from interview.pdf.prose import Block
from interview.pdf.question import PARTS
from interview.pdf.signs import of_entry
from interview.selectors.report import ItemReport
from interview.templatetags.facts import lasting


def document(edition: Edition) -> dict[str, Any]:
    """The whole report as report.typ takes it."""
    interview, made_at = edition.interview, edition.made_at
    return {
        "title": f"Report: {interview.title}",
        "name": interview.title,
        "author": _author(edition),
        "date": {
            part: getattr(made_at, part) for part in ("year", "month", "day", "hour", "minute", "second")
        },
        "kicker": _kicker(edition),
        "byline": _byline(interview),
        "footer": f"{interview.title} · {interview.candidate.display_name}",
        "blocks": list(_blocks(edition)),
        "figures": {
            figure_key(release, name): svg
            for release, named in edition.figures.items()
            for name, svg in named.items()
        },
    }


def _author(edition: Edition) -> str:
    review = edition.report.review
    return review.reviewer.display_name if review else edition.interview.candidate.display_name


def _kicker(edition: Edition) -> str:
    if not edition.is_practice:
        return f"Report · released {date_format(edition.made_at, 'j F Y')}"
    whole = all(entry.is_marked for entry in edition.report.items)
    return f"Practice report · {'marked by yourself' if whole else 'not marked to the end'}"


def _byline(interview: Interview) -> str:
    clock = f"{interview.minutes} min" if interview.timed else "without a clock"
    ended = "handed in" if interview.close_reason == "handed_in" else "ended by the clock"
    when = f" {moment(interview.closed_at)}" if interview.closed_at else ""
    return f"{interview.candidate.display_name} · {clock} · {ended}{when}"


def _blocks(edition: Edition) -> Iterator[Block]:
    yield from _totals(edition)
    yield from _summary(edition)
    yield from _why(edition)
    yield from areas(edition.report)
    yield from _questions(edition)
    for entry in edition.report.items:
        yield heading(1, _titled(entry))
        for part in PARTS:
            yield from part(edition, entry)
    yield from _notes(edition)
    yield from _recorded(edition)


def _titled(entry: ItemReport) -> str:
    return f"{entry.item.position}. {entry.item.release.title}"


def _totals(edition: Edition) -> list[Block]:
    report = edition.report
    advice = [("Advice", [["strong", report.review.get_recommendation_display()]])] if report.review else []
    return [
        heading(1, "Result"),
        facts(
            ("Points", [["strong", share_of(report.points, report.max_points)]]),
            ("Automatic", [share_of(report.automatic, report.max_automatic)]),
            ("Reviewed", [share_of(report.reviewed, report.max_reviewed)]),
            *([] if edition.is_practice else advice),
        ),
    ]


def _summary(edition: Edition) -> list[Block]:
    review = edition.report.review
    if edition.is_practice or not review or not review.summary.strip():
        return []
    return [heading(1, "In short"), prose(review.summary, level=1)]


def _why(edition: Edition) -> list[Block]:
    """What the recommendation rests on; of practice, whose marks these are."""
    review = edition.report.review
    if edition.is_practice:
        return _whose(edition)
    if not review:
        return []
    judgements = [
        block
        for judged in review.areas.all()
        for block in (
            heading(2, f"{judged.area.title}: {judged.get_recommendation_display()}"),
            *paragraphs(judged.evidence),
        )
    ]
    name = review.reviewer.display_name
    twice = f"Two reviewers marked it, each without the other; {name} settled where they differed"
    by = note(twice if review.settles else f"Reviewed by {name}")
    return [heading(1, "Why"), *paragraphs(review.evidence), *judgements, by]


def _whose(edition: Edition) -> list[Block]:
    marked = (
        "Marked by yourself against the rubric." if edition.report.review else "Nobody has marked it yet."
    )
    opened = [(f"Question {position}", [f"{count} opened"]) for position, count in edition.opened]
    hints = [heading(2, "Hints"), facts(*opened)] if opened else []
    return [heading(1, "Marked by"), text(f"{marked} This report is yours alone.", soft=True), *hints]


def _questions(edition: Edition) -> list[Block]:
    in_view = [column("In view", right=True)] if edition.recorded else []
    columns = [
        column("Question", wide=True),
        column("Kind"),
        column("Result"),
        *in_view,
        column("Points", right=True),
    ]
    return [
        heading(1, "Questions"),
        table(columns, (_question(edition, entry) for entry in edition.report.items)),
    ]


def _question(edition: Edition, entry: ItemReport) -> list[Any]:
    release = entry.item.release
    state = of_entry(entry, is_practice=edition.is_practice)
    seen = [[f"{lasting(entry.item.facts.in_view)} of {release.minutes} min"]] if edition.recorded else []  # type: ignore[attr-defined]  # see selectors.presence.attach
    return [
        [["strong", _titled(entry)]],
        [release.get_kind_display()],
        state,
        *seen,
        [share_of(entry.points, entry.max_points)],
    ]


def _notes(edition: Edition) -> list[Block]:
    if not edition.notes or not edition.notes.strip():
        return []
    only = note("Only you see them; nobody read or scored them.")
    return [heading(1, "Your notes"), only, *paragraphs(edition.notes)]


def _recorded(edition: Edition) -> list[Block]:
    """What was recorded beside the answers, as the candidate was told beforehand."""
    if not edition.recorded:
        return []
    told = (
        "Beside your answers the interviewer could see these facts, as you were told before you started. They scored "
        "nothing."
    )
    listed = bullets(str(fact.label) for fact in edition.recorded)
    heads = ("In view", "Versions", "Runs", "Submits", "Pastes", "Away")
    columns = [column("Question", wide=True), *(column(head, right=True) for head in heads)]
    lines = (_facts(entry) for entry in edition.report.items)
    return [heading(1, "What was recorded"), text(told, soft=True), listed, table(columns, lines)]


def _facts(entry: ItemReport) -> list[Any]:
    seen = entry.item.facts  # type: ignore[attr-defined]  # see selectors.presence.attach
    counts = [seen.versions, len(seen.runs), len(seen.submits), len(seen.pastes)]
    return [
        [_titled(entry)],
        [lasting(seen.in_view)],
        *([str(count)] for count in counts),
        [lasting(seen.away_for)],
    ]
