"""The strip of what was recorded while one question was answered."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import template

from interview.models import Interview
from interview.selectors.presence import Facts, Span

register = template.Library()

TRACK = (62.0, 298.0)  # where the time begins, and how wide it is, on the 360 units of a chart
THINNEST = 1.5  # units; a stretch of seconds in an interview of hours is to be seen as well


@register.inclusion_tag("components/facts_strip.html")
def facts_strip(interview: Interview, facts: Facts) -> dict[str, Any]:
    """The time of the whole interview from left to right, with what was recorded of one question."""
    return {
        "views": _bars(interview, facts.views),
        "away": _bars(interview, facts.away),
        "runs": [_place(interview, at) for at in facts.runs],
        "submits": [_place(interview, at) for at in facts.submits],
        "pastes": [_place(interview, paste.at) for paste in facts.pastes],
    }


@register.filter
def lasting(time: timedelta) -> str:
    """1 h 2 min, 12 min 5 s, 40 s."""
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


@register.filter
def length_of(span: Span) -> str:
    return lasting(span[1] - span[0])


def _bars(interview: Interview, spans: Iterable[Span]) -> list[dict[str, float]]:
    ends = ((_place(interview, began), _place(interview, ended)) for began, ended in spans)
    return [{"x": left, "width": max(round(right - left, 1), THINNEST)} for left, right in ends]


def _place(interview: Interview, at: datetime) -> float:
    """Where on the track a moment lies. Only an interview that is over has facts to show."""
    began, ended = interview.started_at or at, interview.closed_at or at
    share = (at - began) / max(ended - began, timedelta(seconds=1))
    return round(TRACK[0] + TRACK[1] * min(max(share, 0.0), 1.0), 1)
