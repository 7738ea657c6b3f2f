"""What the judge says of code, as far as its reader may see it: tests, likely causes, curves, where tensors differ."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.template.defaultfilters import capfirst

from grader.difference import Difference
from grader.frames import Frame
from grader.groups import Subtotal
from grader.results import TestResult
from interview.heat_map import finding, heat_map, shape, size
from interview.models.grading import by_group
from interview.pdf.blocks import (
    MOST_SAID,
    broken,
    column,
    console,
    facts,
    heading,
    note,
    row,
    rows,
    said,
    sign,
    table,
    text,
)
from interview.pdf.bounds import cut
from interview.pdf.pictures import curves, map_of
from interview.pdf.prose import Block, Piece
from interview.pdf.signs import TONES, of_verdict
from interview.templatetags.lab import lab as lab_of
from interview.templatetags.look import points, seconds

Document = Mapping[str, Any]


def told(result: Document) -> list[Block]:
    """What a result says as a whole: why nothing ran, as the code's own words; otherwise what it comes to."""
    message, tests = result["message"], result["tests"]
    if not message:
        return []
    never_ran = not tests or tests[0]["verdict"] == "SK"
    words = console(message) if never_ran else [text(*said(message))]
    return [*words, *frames(Frame(**frame) for frame in result.get("frames", ()))]


def frames(through: Iterable[Frame]) -> list[Block]:
    """The lines of the code that an error came through."""
    return [text(*_frame(frame), soft=True) for frame in through]


def _frame(frame: Frame) -> list[Piece]:
    column_ = f", column {frame.column}" if frame.column else ""
    inside: list[Piece] = [" in ", ["code", frame.function]] if frame.function else []
    shown: list[Piece] = [["break"], ["code", frame.text]] if frame.text else []
    return [["code", frame.file], f" line {frame.line}{column_}", *inside, *shown]


def lab(result: Document) -> list[Block]:
    """How far a debug lab is."""
    shown = lab_of(result)
    if shown is None:
        return []
    steps = rows(
        row(sign(TONES.get(step.tone, ""), step.name), [capfirst(step.words)]) for step in shown.steps
    )
    names: list[Piece] = [["code", name] for name in shown.changed]
    listed = [piece for name in names for piece in (", ", name)][1:]
    return [
        steps,
        text("You changed ", *listed, ".") if names else text("Nothing in the script is changed yet."),
    ]


def tests(result: Document) -> list[Block]:
    """The tests by group, each as far as its reveal level goes."""
    groups = by_group(result)
    if not groups:
        return [text("No test was reached.", soft=True)]
    shown = enumerate(groups)
    return [block for at, group in shown for block in _group(group, named=bool(group.group.id or at))]


def _group(part: Subtotal, *, named: bool) -> list[Block]:
    name = capfirst(part.group.name or "Other tests")
    rule = f" ({part.group.rule})" if part.group.rule else ""
    head = text(["strong", name], f"{rule}  {_earned(part.points, part.max_points)}")
    return [*([head] if named else []), rows(map(_test, part.tests))]


def _earned(earned: float, most: float) -> str:
    if most:
        return f"{points(earned)} of {points(most)}"
    return points(earned) if earned else ""


def _test(test: TestResult) -> dict[str, Any]:
    time = f"{seconds(test.wall_seconds)} · " if test.wall_seconds else ""
    hidden = "" if test.visible else " (hidden)"
    more = [text(*said(test.message))] if test.message else []
    more += frames(test.frames)
    if not test.passed:
        more += _compared(test)
    return row(
        of_verdict(test.verdict),
        [f"{test.name}{hidden}"],
        f"{time}{_earned(test.points, test.max_points)}",
        more,
    )


def _compared(test: TestResult) -> list[Block]:
    sides = [("Yours", test.output), ("Expected", test.expected)]
    shown: list[tuple[str, list[Piece]]] = [(label, _coded(value)) for label, value in sides if value]
    difference = differs(test.difference) if test.difference else []
    return [*([facts(*shown)] if shown else []), *difference]


def _coded(value: str) -> list[Piece]:
    return [
        piece if isinstance(piece, list) else ["code", piece] for piece in broken(cut(value, MOST_SAID).text)
    ]


def differs(difference: Difference) -> list[Block]:
    """Where a tensor differs: in a sentence, as a map, and the map in words."""
    by_how_much = size(difference)
    found = [text(f"{finding(difference)}.", f" {by_how_much}." if by_how_much else "")]
    sizes = difference.shape != difference.expected_shape
    types = difference.dtype != difference.expected_dtype
    unlike = [("Shape", shape(difference.shape), shape(difference.expected_shape))] * sizes
    unlike += [("dtype", difference.dtype, difference.expected_dtype)] * types
    if unlike:
        found.append(facts(*(_unlike(*sides) for sides in unlike)))
    drawn = heat_map(difference)
    if drawn is None:
        return found
    columns = [column("Error"), column("Cells", right=True), column("Where", wide=True)]
    lines = [
        [[capfirst(band.words)], [str(band.count)], [["code", band.places]]] for band in reversed(drawn.bands)
    ]
    picture = map_of(drawn, f"Map of the differences. {finding(difference)}. The table below says where.")
    return [*found, picture, note(f"{drawn.caption}."), table(columns, lines)]


def _unlike(what: str, yours: str, expected: str) -> tuple[str, list[Piece]]:
    return what, ["yours ", ["code", yours], ", expected ", ["code", expected]]


def causes(result: Document) -> list[Block]:
    """Likely faults with what they were seen by; none where the code was accepted or we failed."""
    if result["verdict"] in ("AC", "JE"):
        return []
    return [block for hint in result.get("hints", ()) for block in _cause(hint)]


def _cause(hint: Mapping[str, Any]) -> list[Block]:
    seen = [("Seen at", [f"line {hint['line']}"])] if hint["line"] else []
    measured = [(capfirst(label), [["code", value]]) for label, value in hint["evidence"]]
    stays = "" if hint["evidence"] else ", whose numbers stay there"
    hidden = [] if hint["visible"] else [note(f"Seen in a hidden test{stays}.")]
    shown = [facts(*seen, *measured)] if seen or measured else []
    return [heading(3, f"Likely cause: {hint['title']}"), text(*said(hint["text"])), *shown, *hidden]


def printed(result: Document) -> list[Block]:
    """The curves of what the code printed."""
    return curves(result.get("curves", ()))
