"""A unified diff as the lines that a page shows."""

from django import template

from interview.diff import Line, unified

register = template.Library()


@register.filter
def diff_lines(text: str) -> list[Line]:
    return unified(text)
