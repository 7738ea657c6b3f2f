"""Where a tensor differs from the expected one."""

from django import template

from grader.difference import Difference, Index
from interview import heat_map
from interview.heat_map import HeatMap

register = template.Library()


@register.filter
def heat(difference: Difference) -> HeatMap | None:
    return heat_map.heat_map(difference)


@register.filter
def finding(difference: Difference) -> str:
    return heat_map.finding(difference)


@register.filter
def error_size(difference: Difference) -> str:
    return heat_map.size(difference)


@register.filter
def shape(sizes: Index) -> str:
    return heat_map.shape(sizes)
