"""Points by area, and where a level is known what it expects of each."""

from typing import Any

from interview.pdf.blocks import column, heading, share_of, table, text
from interview.pdf.prose import Block
from interview.selectors.expectation import Standing
from interview.selectors.report import AreaScore, Report

WORDS = {Standing.ABOVE: "↑ above", Standing.AT: "= as expected", Standing.BELOW: "↓ below"}
MEAN = "The mean of an area’s questions, weighted by their minutes."


def areas(report: Report) -> list[Block]:
    """A table with the disc of each share, and the ring of what is expected of it."""
    lines = (_line(area, levelled=report.expectation is not None) for area in report.areas)
    return [heading(1, "Points by area"), *_told(report), table(_columns(report), lines)]


def _told(report: Report) -> list[Block]:
    if report.expectation is None:
        return [text(MEAN, soft=True)]
    finding = report.finding or "Not all answers have their points yet."
    drawn = f"{MEAN} Disc: you. Ring: what {report.expectation} expects."
    return [text(["strong", finding]), text(drawn, soft=True)]


def _columns(report: Report) -> list[dict[str, Any]]:
    expected = [column("Expected", right=True), column("You are")] if report.expectation else []
    return [
        column("Area"),
        column("0 to 100 %", wide=True),
        column("Share", right=True),
        *expected,
        column("Points", right=True),
    ]


def _line(area: AreaScore, *, levelled: bool) -> list[Any]:
    standing = WORDS[area.standing] if area.standing else "not all marked"
    expected = [[f"{area.expected_percent} %"], [standing]] if levelled else []
    return [
        [["strong", area.area.title]],
        {"share": area.fraction, "expected": area.expected},
        [f"{area.percent} %"],
        *expected,
        [share_of(area.points, area.max_points)],
    ]
