"""Curves and maps as the template draws them, from the same numbers as the pages' pictures."""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from django.template.defaultfilters import capfirst

from interview.chart import LOG, Chart, Line, charts_of
from interview.heat_map import HeatMap
from interview.pdf.blocks import column, table
from interview.pdf.prose import Block

#: Of the tokens, as they are in light.
FILLS = {
    "q0": "#eff3f5",
    "q1": "#c6dde7",
    "q2": "#87b7cb",
    "q3": "#3f87a3",
    "q4": "#094a63",
    "odd": "#ffffff",
}
BAD, INK, SURFACE = "#ad3610", "#475158", "#ffffff"
LONGEST_NAME = 10


def curves(series: Iterable[Mapping[str, Any]]) -> list[Block]:
    """A picture with its table for each chart."""
    return [_chart(chart) for chart in charts_of(series)]


def _chart(chart: Chart) -> Block:
    drawing = next(drawn for drawn in chart.drawings if drawn.scale == chart.chosen)
    scale = ", log scale" if chart.chosen == LOG else ""
    left_out = f"; {chart.gaps} value{'s' * (chart.gaps > 1)} not finite, left out" if chart.gaps else ""
    columns = [
        column(capfirst(chart.counter), right=True),
        *(column(head, right=True) for head in chart.heads),
    ]
    several = len(drawing.lines) > 1
    return {
        "kind": "chart",
        "finding": chart.finding,
        "caption": f"{capfirst(chart.caption)}{scale}{left_out}",
        "heights": [[tick.at, tick.label] for tick in drawing.heights],
        "places": [[tick.at, tick.label] for tick in chart.places],
        "lines": [_line(line, several) for line in drawing.lines],
        "table": table(columns, ([[place], *([value] for value in values)] for place, values in chart.rows)),
    }


def _line(line: Line, several: bool) -> dict[str, Any]:
    name = f" {line.name[:LONGEST_NAME]}" if several else ""
    return {
        "style": line.style,
        "points": [[float(number) for number in point.split(",")] for point in line.points.split()],
        "label": f"{line.label}{name}",
        "at": line.label_at,
        "earlier": line.earlier,
    }


def map_of(drawn: HeatMap, words: str) -> Block:
    """The cells of a difference. Everything in it is numbers of ours; its words stand beside it."""
    shapes = [
        _path(band.path, FILLS[band.style], BAD if band.style == "odd" else "none") for band in drawn.bands
    ]
    shapes += [_path(drawn.grid, "none", SURFACE, 0.5), _path(drawn.hatch, "none", BAD, 1.2)]
    labels = [_label(label.x, label.y, label.text, "middle") for label in drawn.across]
    labels += [_label(label.x, f"{float(label.y) + 4:g}", label.text, "end") for label in drawn.down]
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawn.width} {drawn.height}">'
    svg = f"{frame}{''.join([*shapes, *labels])}</svg>"
    return {"kind": "picture", "svg": svg, "width": float(drawn.width), "words": words}


def _path(d: str, fill: str, stroke: str, width: float = 1) -> str:
    return f'<path d={quoteattr(d)} fill="{fill}" stroke="{stroke}" stroke-width="{width}"/>' if d else ""


def _label(x: str, y: str, words: str, anchor: str) -> str:
    look = f'font-size="11" font-family="Libertinus Serif" fill="{INK}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" {look}>{int(words)}</text>'
