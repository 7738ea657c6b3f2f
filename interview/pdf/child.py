"""The process that sets one document: `python -I child.py`, a request on standard input, the PDF on standard output.

It is a process of its own because typst keeps what it has worked out for later, some hundred megabytes, and because a
document is bounded best by what a process may use. It has no secrets, no database and no network to ask.

Exit status 0 with the PDF; 3 when no way worked. Standard error has what was in the way of each.
"""

import json
import os
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

TEMPLATE = Path(__file__).resolve().parent / "report.typ"
#: Address space in bytes: more than twice what the longest report within the bounds takes.
MEMORY, CPU_SECONDS, NICENESS = 768 << 20, 30, 10
NO_WAY = 3


def main() -> int:
    _bound()
    asked = json.load(sys.stdin.buffer)
    for way in asked["ways"]:
        try:
            content = _compiled(asked["document"], datetime.fromisoformat(asked["made_at"]), way)
        except typst.TypstError as error:
            print(error.message, file=sys.stderr, flush=True)
        else:
            sys.stdout.buffer.write(content)
            return 0
    return NO_WAY


def _bound() -> None:
    """Other requests come first, and what runs away ends here, before anything else where memory runs out."""
    os.nice(NICENESS)
    Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _compiled(document: dict[str, Any], made_at: datetime, way: dict[str, Any]) -> bytes:
    shown = document if way["with_figures"] else {**document, "figures": {}}
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        # The fonts that typst brings along, so that a report looks the same on every host.
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(shown), "notice": way["notice"]},
        pdf_standards=way["standards"],
        timestamp=made_at,
    )


if __name__ == "__main__":
    sys.exit(main())
