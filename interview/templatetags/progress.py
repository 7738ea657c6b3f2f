"""Pictures of how ready somebody is."""

from typing import Any

from django import template

from interview.interval import Interval
from interview.templatetags.look import on_span

register = template.Library()


@register.inclusion_tag("progress/range.html")
def share_range(interval: Interval, share: float, line: float) -> dict[str, Any]:
    """A range on a line from 0 to 100 %, the estimate in it, and the line that is to be reached."""
    low, high = on_span(interval.low), on_span(interval.high)
    return {
        "low": low,
        "width": round(high - low, 1),
        "share": on_span(share),
        "line": on_span(line),
        "percent": round(100 * line),
    }


@register.filter
def percent(share: float) -> str:
    """0.723 as 72 %."""
    return f"{round(100 * share)} %"
