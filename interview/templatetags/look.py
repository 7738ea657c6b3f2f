"""Filters and tags that turn numbers, times and code into what a page shows."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from interview.models.grading import VERDICTS, Grading
from interview.models.interview import allowed

register = template.Library()

WORDS = dict(VERDICTS)
GAP = 3  # between the bars of a plan, in its own units
TONES = ("a", "b", "c")
SPAN = (8.0, 232.0)  # where 0 % and 100 % lie on the 240 units of a dot plot


@register.filter
def points(number: float) -> str:
    """7.0 as 7, 6.5 as 6.5, −1 with a true minus."""
    return f"{round(float(number), 2):g}".replace("-", "−")


@register.filter
def figures(time: timedelta) -> str:
    """47:12, or 1:02:03 from an hour upward; a started second counts, as on the page's own clock."""
    seconds = -int(-time.total_seconds() // 1)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.simple_tag
def moment(time: datetime, form: str = "clock") -> SafeString:
    """A point in time as `clock` (to the second) or `day` (to the minute); a script turns it into the reader's zone."""
    shown = date_format(time.astimezone(UTC), {"clock": "H:i:s", "day": "j F Y, H:i"}[form])
    # The zone is named only to those without script: taken away after the first paint it would move what follows.
    written = '<time class="num" datetime="{}" data-moment="{}">{}<span class="no-js"> UTC</span></time>'
    return format_html(written, time.isoformat(), form, shown)


@register.filter
def minutes_left(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute left"
    return "1 minute left" if minutes == 1 else f"{minutes} minutes left"


@register.filter
def seconds(time: timedelta | float) -> str:
    value = time.total_seconds() if isinstance(time, timedelta) else float(time)
    if value < 0.1:
        return f"{1000 * value:.0f} ms"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"


@register.filter
def waited(grading: Grading) -> str:
    """From the press of the button to a worker's hand."""
    return seconds(grading.started_at - grading.queued_at) if grading.started_at else ""


@register.filter
def of_minutes(factor: Decimal, minutes: int) -> str:
    """What somebody with this time factor has for `minutes`: 75 min."""
    return f"{allowed(minutes, factor)} min"


@register.filter
def in_line(position: int | None) -> str:
    """1 as next in line, 2 as 2nd in line."""
    return "next in line" if position is None or position <= 1 else f"{in_place(position)} in line"


@register.filter
def in_place(position: int | str) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    number = int(position)
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


@register.filter
def verdict_word(code: str) -> str:
    return WORDS.get(code, code)


@register.filter
def ticks(text: str) -> SafeString:
    """A message with its `names` as code; everything else of it is escaped."""
    parts = re.split(r"`([^`\n]+)`", text)
    pieces = (("<code>{}</code>" if index % 2 else "{}", part) for index, part in enumerate(parts))
    return format_html("{}" * len(parts), *(format_html(form, part) for form, part in pieces))


@register.inclusion_tag("components/plan.html")
def plan(sections: Iterable[dict[str, Any]], width: int) -> dict[str, Any]:
    """An interview drawn to scale: one bar for each section, as wide as its minutes."""
    parts = list(sections)
    total = sum(part["minutes"] for part in parts)
    room = width - GAP * (len(parts) - 1)
    bars, left = [], 0.0
    for index, part in enumerate(parts):
        wide = room * part["minutes"] / total
        bars.append({**part, "x": round(left, 1), "width": round(wide, 1), "tone": TONES[index % len(TONES)]})
        left += wide + GAP
    return {"bars": bars, "width": width}


@register.inclusion_tag("components/dot.html")
def dot(fraction: float, expected: float | None = None, by: object = "") -> dict[str, Any]:
    """A disc on a line from 0 to 100 %, and around what is `expected` a ring; `by` says who expects it.

    Alone the disc repeats a figure beside it and says nothing to those who do not see; with a ring it has a label.
    """
    if expected is None:
        return {"x": on_span(fraction)}
    label = f"You reached {_percent(fraction)}, {by} expects {_percent(expected)}"
    return {"x": on_span(fraction), "ring": on_span(expected), "label": label}


def on_span(fraction: float) -> float:
    """Where a share in 0..1 lies on a dot plot."""
    start, end = SPAN
    return round(start + (end - start) * min(max(fraction, 0.0), 1.0), 1)


def _percent(fraction: float) -> str:
    return f"{round(100 * fraction)} %"


@register.filter
def python(source: str) -> SafeString:
    """Python with line numbers that are not selected with the code."""
    return python_block(python_lines(source))


def python_lines(source: str) -> list[SafeString]:
    """The lines of a source as markup, each with its number. Lines end where Python's do."""
    marked = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    lines = marked.removesuffix("\n").split("\n")
    number = '<span class="ln" aria-hidden="true">{}</span>{}'
    return [format_html(number, at, _escaped(line)) for at, line in enumerate(lines, start=1)]


def python_block(lines: Iterable[SafeString]) -> SafeString:
    body = format_html_join("\n", "{}", ((line,) for line in lines))
    return format_html("<pre><code>{}</code></pre>", body)


def _escaped(line: str) -> SafeString:
    """A line of Pygments, which escapes what it is given: only its spans are markup."""
    return mark_safe(line)  # noqa: S308  see above
