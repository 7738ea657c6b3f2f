"""Pictures of what a submission printed."""

from collections.abc import Mapping
from typing import Any

from django import template

from interview.chart import Chart, charts_of

register = template.Library()


@register.filter
def charts(result: Mapping[str, Any]) -> list[Chart]:
    """The charts of a result's document; none for one from before there were any."""
    return charts_of(result.get("curves", ()))
