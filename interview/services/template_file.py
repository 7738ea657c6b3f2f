"""Templates as a file: `bank/templates.yaml`, every fault of it with its line."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.db import transaction

from grader import QuestionError
from grader.errors import Problem
from grader.schemas import schema
from grader.yamlfile import line_of, read_yaml
from interview.exceptions import InvalidRelease
from interview.models import Area, Question, Section, Slot, Template, Topic
from interview.models.question import Level
from interview.models.template import Retake, TemplateMode, TemplateState

Place = tuple[str | int, ...]

#: What only an interview that counts has.
COUNTED_ONLY = {
    "by_appointment": "it is practice, which needs no appointment",
    "self_assessment": "it is practice, in which everybody marks themselves",
    "twice_percent": "it is practice, which no reviewer marks",
}


def load_templates(path: Path) -> None:
    """Make the templates of the file that are missing; those that are there stay as they are.

    Raises InvalidRelease with every fault, its line and what was probably meant.
    """
    document = _read(path)
    with transaction.atomic():
        for described in document["templates"]:
            if not Template.objects.filter(slug=described["slug"]).exists():
                _create(described)


def _read(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    try:
        document = read_yaml(str(path), content, schema("templates"))
        if faults := list(_faults(document)):
            raise QuestionError(
                [Problem(str(path), line_of(content, place), *words) for place, *words in faults]
            )
    except QuestionError as error:
        raise InvalidRelease(str(error)) from error
    return document


def _faults(document: dict[str, Any]) -> Iterator[tuple[Place, str, str]]:
    """What no schema can know: the place of it, the complaint, and what to do."""
    known = _known()
    for index, described in enumerate(document["templates"]):
        place: Place = ("templates", index)
        yield from _time_faults(place, described)
        for number, section in enumerate(described["sections"]):
            for slot_number, slot in enumerate(section["slots"]):
                where = (*place, "sections", number, "slots", slot_number)
                for below, name, kind in _names(slot):
                    if name not in known[kind]:
                        yield (*where, *below), f"there is no {kind} '{name}'", _meant(name, known[kind])


def _time_faults(place: Place, described: dict[str, Any]) -> Iterator[tuple[Place, str, str]]:
    timed = described.get("timed", True)
    if not timed and ("minutes" in described or described.get("mode", "practice") != "practice"):
        yield place, "it has no clock, so it is practice and has no minutes", "remove 'minutes' and 'mode'"
    for name, complaint in COUNTED_ONLY.items():
        if described.get(name) and (not timed or described.get("mode") == "practice"):
            yield place, complaint, f"remove '{name}'"
    for number, section in enumerate(described["sections"]):
        where = (*place, "sections", number)
        if timed and "minutes" not in section:
            yield where, "the section lacks 'minutes'", "say how long it takes"
        for slot_number, slot in enumerate(section["slots"]):
            span = slot.get("draw", {}).get("minutes", {})
            if span.get("from", 0) > span.get("to", 240):
                yield (*where, "slots", slot_number), "'minutes' ends before it begins", "exchange the two"


def _known() -> dict[str, Sequence[str]]:
    return {
        "question": list(Question.objects.values_list("slug", flat=True)),
        "area": list(Area.objects.values_list("slug", flat=True)),
        "topic": list(Topic.objects.values_list("code", flat=True)),
    }


def _names(slot: dict[str, Any]) -> Iterator[tuple[Place, str, str]]:
    """Everything that a slot names, where, and what it should be."""
    if "question" in slot:
        yield ("question",), slot["question"], "question"
        return
    if "area" in slot["draw"]:
        yield ("draw", "area"), slot["draw"]["area"], "area"
    for number, code in enumerate(slot["draw"].get("topics", [])):
        yield ("draw", "topics", number), code, "topic"


def _meant(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else "add it to the bank, or name another"


def _create(described: dict[str, Any]) -> None:
    timed = described.get("timed", True)
    policy, number = _retake(described.get("retake", Retake.ANY.value))
    template = Template.objects.create(
        slug=described["slug"],
        title=described["title"],
        summary=described["summary"],
        rules=described.get("rules", ""),
        state=described.get("state", TemplateState.ACTIVE),
        mode=described.get("mode", TemplateMode.BOTH if timed else TemplateMode.PRACTICE),
        timed=timed,
        overall_minutes=described.get("minutes"),
        retake=policy,
        retake_number=number,
        finish_undo=described.get("finish_undo", False),
        by_appointment=described.get("by_appointment", False),
        level=described.get("level", Level.MID),
        self_assessment=described.get("self_assessment", False),
        twice_percent=described.get("twice_percent", 0),
    )
    for position, section in enumerate(described["sections"]):
        _create_section(template, position, section)


def _retake(policy: str | dict[str, int]) -> tuple[str, int | None]:
    if isinstance(policy, str):
        return policy, None
    [(name, number)] = policy.items()
    return name, number


def _create_section(template: Template, position: int, described: dict[str, Any]) -> None:
    section = Section(template=template, position=position, title=described["title"])
    section.minutes = described.get("minutes") if template.timed else None
    section.navigation = described.get("navigation", section.navigation)
    section.save()
    Slot.objects.bulk_create(
        Slot(section=section, position=index, **_fields(slot))
        for index, slot in enumerate(described["slots"])
    )


def _fields(slot: dict[str, Any]) -> dict[str, Any]:
    return _asked(slot) | {"follows": slot.get("follows", False)}


def _asked(slot: dict[str, Any]) -> dict[str, Any]:
    if "question" in slot:
        return {"question": Question.objects.get(slug=slot["question"])}
    rule = dict(slot["draw"])
    span = rule.pop("minutes", {})
    return rule | {
        "area_id": rule.pop("area", None),
        "minutes_from": span.get("from"),
        "minutes_to": span.get("to"),
    }
