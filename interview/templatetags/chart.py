"""Pictures of what a submission printed."""

from collections.abc import Mapping
from typing import Any

from django import template

from interview.chart import Chart, charts_of

register = template.Library()

Document = Mapping[str, Any]


@register.simple_tag
def charts(result: Document, under: Document | None = None) -> list[Chart]:
    """The charts of a result's document, over those of an earlier one; none for one from before there were any."""
    return charts_of(_curves(result), _curves(under))


def _curves(result: Document | None) -> Any:
    return result.get("curves", ()) if result else ()
