"""Beginnings of questions: for each kind a small one that works, to be rewritten line by line.

The folders in skeletons/ are whole questions that prove like any other; what makes one its own is replaced.
"""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

from grader.errors import Problem, QuestionError
from grader.folder import read_folder
from grader.question import AREAS, KINDS
from grader.yamlfile import suggestion

FOLDER = Path(__file__).parent / "skeletons"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LIMIT = 80

#: A question has to cover something; until its author says what, it is the first topic of its area.
FIRST_TOPIC = dict(zip(AREAS, ("B1", "O1", "R1", "A1", "D1", "P1"), strict=True))


def skeleton(area: str, slug: str, kind: str, title: str | None = None) -> dict[str, bytes]:
    """The files of a new question of this kind, path to bytes; it passes check as it is.

    Without a title it is called after its slug. Raises QuestionError for an area, slug or kind that cannot be.
    """
    problems = [*_unknown("area", area, AREAS), *_unknown("kind", kind, KINDS), *_bad_slug(slug)]
    if problems:
        raise QuestionError(problems)
    files = read_folder(FOLDER / kind)
    front = files["question.yaml"].decode()
    own = {
        "uuid": str(uuid.uuid4()),
        "title": json.dumps(title or titled(slug), ensure_ascii=False),
        "area": area,
        "covers": f"[{FIRST_TOPIC[area]}]",
    }
    for key, value in own.items():
        front = _replaced(front, key, value)
    return files | {"question.yaml": front.encode()}


def titled(slug: str) -> str:
    """cross-entropy-loss: Cross entropy loss."""
    return slug.replace("-", " ").capitalize()


def _replaced(front: str, key: str, value: str) -> str:
    """The line of a key with another value; what a remark beside it says stays true."""
    pattern = re.compile(rf"^{key}: (?:\S.*?)(?P<remark>\s+#.*)?$", re.MULTILINE)
    return pattern.sub(lambda line: f"{key}: {value}{line['remark'] or ''}", front, count=1)


def _unknown(what: str, given: str, known: tuple[str, ...]) -> list[Problem]:
    if given in known:
        return []
    hint = suggestion(given, known) or f"one of: {', '.join(known)}"
    return [Problem(f"{what} '{given}'", 0, "is none that is known", hint)]


def _bad_slug(slug: str) -> list[Problem]:
    if SLUG.fullmatch(slug) and len(slug) <= SLUG_LIMIT:
        return []
    hint = f"small letters and digits in groups joined by hyphens, {SLUG_LIMIT} characters at most"
    return [Problem(f"name '{slug}'", 0, "cannot name a question", hint)]
