"""What a level expects, in words."""

from typing import Any

from django import template

from interview.selectors.expectation import AROUND, Expectation, levels

register = template.Library()


@register.inclusion_tag("components/expected_shares.html")
def expected_shares(expected: Expectation) -> dict[str, Any]:
    """How it is worked out: its shares in a sentence, and those of every level in a table."""
    return {"expected": expected, "shares": expected.shares, "levels": levels(), "around": AROUND}
