"""What tests of reports on paper share: a PDF as its reader has it, documents of a few blocks, and hostile words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from interview.pdf import typeset
from interview.pdf.prose import blocks

MADE_AT = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
HOSTILE = (
    '#eval("6 * 7") #read("/etc/passwd") $x^2$ \\alpha \\u{41} *bold* _low_ <label> @ref // gone a\u202eb'
)


@dataclass(frozen=True)
class Paper:
    """A PDF as its reader has it."""

    reader: PdfReader

    @property
    def text(self) -> str:
        """All its words on one line: where lines end is the setter's affair."""
        pages = " ".join(page.extract_text() for page in self.reader.pages)
        return " ".join(pages.replace("ﬁ", "fi").replace("ﬂ", "fl").split())


def paper(response: Any) -> Paper:
    assert response.status_code == 200, response.content.decode()
    assert response.headers["Content-Type"] == "application/pdf"
    return Paper(PdfReader(BytesIO(response.content)))


def set_on_paper(*shown: dict[str, Any], figures: dict[str, str] | None = None, **changes: Any) -> Paper:
    """A document of these blocks alone."""
    return Paper(PdfReader(BytesIO(typeset.pdf(a_document(*shown, figures=figures, **changes), MADE_AT))))


def a_document(
    *shown: dict[str, Any], figures: dict[str, str] | None = None, **changes: Any
) -> dict[str, Any]:
    date = {"year": 2026, "month": 3, "day": 14, "hour": 15, "minute": 9, "second": 26}
    head = {
        "title": "A report",
        "name": "A report",
        "author": "Ines",
        "date": date,
        "kicker": "",
        "byline": "",
        "footer": "",
    }
    return {**head, "blocks": list(shown), "figures": figures or {}, **changes}


def prose(markdown: str, **figures: str) -> dict[str, Any]:
    return {"kind": "prose", "level": 2, "blocks": blocks(markdown, set(figures), "")}
