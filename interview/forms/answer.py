"""Answers as the fields of a page say them, with the press of a button of theirs done: this is how a page without
script adds, moves and removes. What comes out is checked by the service, like what comes from a script."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

STEPS = {"up": -1, "down": 1}


def entries(data: QueryDict) -> dict[str, Any]:
    """`entry_id` and `entry` in the order of the page; `press` is up, down or remove, a colon, and an id."""
    ids, texts = data.getlist("entry_id"), data.getlist("entry")
    written = [
        {"id": name or secrets.token_hex(4), "text": text}
        for name, text in zip(ids, texts, strict=False)
        if text.strip()
    ]
    what, _, which = data.get("press", "").partition(":")
    if what == "remove":
        written = [entry for entry in written if entry["id"] != which]
    order = moved([entry["id"] for entry in written], which, STEPS.get(what, 0))
    return {"entries": sorted(written, key=lambda entry: order.index(entry["id"]))}


def choices(parts: Sequence[dict[str, Any]], data: QueryDict) -> dict[str, Any]:
    """`pick.<part>`, for a matching part `pick.<part>.<option>`; an order counts with `use.<part>` or a `press`."""
    picked = {part["id"]: _pick(part, data) for part in parts}
    return {"choices": {name: pick for name, pick in picked.items() if pick}}


def _pick(part: dict[str, Any], data: QueryDict) -> Any:
    name = f"pick.{part['id']}"
    match part["form"]:
        case "single":
            return data.get(name)
        case "multiple":
            return data.getlist(name)
        case "matching":
            sides = ((option["id"], data.get(f"{name}.{option['id']}")) for option in part["options"])
            return {left: right for left, right in sides if right}
        case _:
            return _order(part["id"], data)


def _order(part: str, data: QueryDict) -> list[str] | None:
    what, _, which = data.get("press", "").partition(":")
    pressed, _, option = which.partition(":")
    if pressed == part:
        return moved(data.getlist(f"pick.{part}"), option, STEPS.get(what, 0))
    return data.getlist(f"pick.{part}") if data.get(f"use.{part}") else None


def moved(names: Sequence[str], name: str, by: int) -> list[str]:
    """`names` with `name` moved by so many places, as far as there are places."""
    if name not in names:
        return list(names)
    at = names.index(name)
    others = [*names[:at], *names[at + 1 :]]
    to = min(max(at + by, 0), len(others))
    return [*others[:to], name, *others[to:]]
