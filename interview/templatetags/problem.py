from typing import Any

from django import template
from django.template.context import RequestContext

from interview.models import Item
from interview.selectors import problem as problems

register = template.Library()


@register.inclusion_tag("problem/beside.html", takes_context=True)
def problem_beside(context: RequestContext, item: Item | str) -> dict[str, Any]:
    """Where the candidate of an item says that something is wrong with its question; empty for others and previews."""
    # A variable that is not there arrives as an empty text.
    user = context.get("user")
    if not isinstance(item, Item) or item._state.adding:
        return {}
    if user is None or item.interview.candidate_id != user.pk:
        return {}
    if not hasattr(item, "own_problems"):
        problems.attach([item], user)
    return {"item": item, "request": context.get("request"), "csrf_token": context.get("csrf_token")}
