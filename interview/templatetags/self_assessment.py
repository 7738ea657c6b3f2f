"""What a candidate thought of their answer, beside what a reviewer marked."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def thought(own: Mapping[str, bool] | str, criterion: str) -> str:
    """How the candidate marked a criterion; empty where they did not, or where a template hands on nothing."""
    met = own.get(criterion) if isinstance(own, Mapping) else None
    return "" if met is None else "met" if met else "not met"
