"""The JSON Schema of each YAML file of a bank, as editors and the loader read it.

question, rubric, answer-choice, answer-estimate, areas, readiness, templates: `<name>.schema.json` beside this file.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema called `name`; shared by all who ask, so it is not to be changed."""
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
    return document
