"""What is said of one question, in the order of the page: each part is a function of the edition and the entry."""

from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

from django.template.defaultfilters import capfirst
from django.template.loader import render_to_string

from interview.models import Release, RubricChange
from interview.pdf import result as results
from interview.pdf.answer import answer, written
from interview.pdf.blocks import (
    heading,
    moment,
    note,
    paragraphs,
    prose,
    row,
    rows,
    share_of,
    sign,
    text,
)
from interview.pdf.edition import Edition, figure_key
from interview.pdf.prose import Block
from interview.pdf.signs import TONES, of_entry
from interview.selectors.assignment import took_part
from interview.selectors.report import Entry, ItemReport, Order
from interview.selectors.self_assessment import Compared
from interview.templatetags.look import points, waited

ASKED_FOR_THEM = (
    "The rubric of this question was changed, and it asks for something that nobody marked yet. So those who look "
    "after the questions asked that somebody looks at your answer again."
)
Part = Callable[[Edition, ItemReport], list[Block]]


def _state(edition: Edition, entry: ItemReport) -> list[Block]:
    """The verdict of code with what it used; of other answers where the review stands."""
    grading, release = entry.grading, entry.item.release
    earned = f"{share_of(entry.points, entry.max_points)} points"
    if grading and grading.state == "done" and release.answer_form == "code":
        return [_verdict(edition, entry)]
    if entry.parts and grading:
        right = sum(test["verdict"] == "AC" for test in grading.tests)
        earned = f"{right} of {len(entry.parts)} parts right, {earned}"
    state = of_entry(entry, is_practice=edition.is_practice)
    marked_by = (
        f", marked by the rubric of release {entry.rubric.number}" if entry.item.rubric_release_id else ""
    )
    return [{"kind": "verdict", **state, "text": earned, "note": f"release {release.number}{marked_by}"}]


def _verdict(edition: Edition, entry: ItemReport) -> Block:
    grading, submission = entry.grading, entry.submission
    if grading is None or grading.result is None or submission is None:
        raise ValueError("a finished grading has a result and something that was handed over")
    outcome, detail = edition.outcomes.get(entry.item.position, ""), grading.result.get("detail", "")
    earned = f"{share_of(grading.points, grading.result['max_score'])} points"
    usage = {"usage": grading.result["usage"], "limits": entry.item.release.limits}
    when = moment(grading.recorded_at) if grading.recorded_at else ""
    used = _words_of("components/used.html", usage)
    code = "" if grading.is_provisional else f" ({grading.verdict})"
    return {
        "kind": "verdict",
        **sign(TONES.get(grading.verdict, ""), f"{grading.word}{code}"),
        "text": ", ".join(filter(None, [f"{detail} · {outcome}" if detail else outcome, earned])),
        "note": f"{submission.get_kind_display()} · waited {waited(grading)} · {used} · {when}",
    }


def _words_of(template: str, context: Mapping[str, Any]) -> str:
    """The words of a template that is a sentence and no markup."""
    return " ".join(unescape(render_to_string(template, dict(context))).split())


def _changes(edition: Edition, entry: ItemReport) -> list[Block]:
    """What its candidate is told of changes of the rubric."""
    return [block for change in entry.told_changes for block in _told(change)]


def _told(change: RubricChange) -> list[Block]:
    when = f"The rubric of this question was changed on {moment(change.changed_at)}:"
    # Both are known of whatever was released.
    before, after = change.points_before or 0.0, change.points_after or 0.0
    moved = f"Your points went from {points(before)} to {points(after)}."
    stayed = f"Your points stayed the same: {points(after)}."
    return [*paragraphs(f"{when} {change.reason}"), text(stayed if before == after else moved)]


def _asked(edition: Edition, entry: ItemReport) -> list[Block]:
    release = entry.item.release
    told = release.told(release.statement, edition.interview.seed)
    asked = f"The question as it was asked, release {release.number}"
    return [heading(2, asked), _with_figures(edition, release, told)]


def _with_figures(edition: Edition, release: Release, told: str) -> Block:
    return prose(told, edition.figures.get(release.pk, ()), figure_key(release.pk, ""))


def _comment(edition: Edition, entry: ItemReport) -> list[Block]:
    who = "Your note" if edition.is_practice else "What the interviewer says"
    return [heading(2, who), prose(entry.comment)] if entry.comment else []


def _override(edition: Edition, entry: ItemReport) -> list[Block]:
    if not entry.override:
        return []
    judge = "key" if entry.item.release.is_keyed else "tests"
    given, instead = points(entry.judged), points(entry.override.points)
    words = (
        f"The {judge} gave {given}; your interviewer gave {instead} in their place: {entry.override.reason}"
    )
    return paragraphs(words)


def _answer(edition: Edition, entry: ItemReport) -> list[Block]:
    return [heading(2, "Your answer"), *answer(entry, edition.most)]


def _unsubmitted(edition: Edition, entry: ItemReport) -> list[Block]:
    if not entry.unsubmitted:
        return []
    newer = heading(2, "Unsubmitted work: newer than what counts")
    return [newer, *written(entry.unsubmitted, edition.most)]


def _tests(edition: Edition, entry: ItemReport) -> list[Block]:
    """The result to its reveal level; practice keeps nothing back, as its page does."""
    grading, release = entry.grading, entry.item.release
    shown = grading.shown if grading else None
    if not grading or not grading.result or not shown or release.answer_form != "code":
        return []
    seen = grading.result if edition.is_practice else shown
    whole = [*results.told(shown), *results.lab(grading.result)]
    return [
        heading(2, capfirst(release.tries)),
        *whole,
        *results.tests(seen),
        *results.causes(seen),
        *results.printed(seen),
    ]


def _rubric(edition: Edition, entry: ItemReport) -> list[Block]:
    if not entry.entries:
        return []
    if edition.is_practice and not entry.is_marked:
        return [heading(2, "Rubric"), text("Not marked yet.", soft=True)]
    shown = [mark for mark in entry.entries if not mark.is_red_flag or mark.met]
    own = _own_marks(entry)
    marks = rows(_mark(mark, own.own.get(mark.id) if own else None) for mark in shown)
    return [heading(2, "Rubric"), *_compared(own), marks, *_order(entry.order)]


def _own_marks(entry: ItemReport) -> Compared | None:
    """What its candidate thought of it, see `selectors.self_assessment.attach`."""
    return getattr(entry.item, "compared", None)


def _compared(own: Compared | None) -> list[Block]:
    if own is None:
        return []
    gave, most, reviewed = points(own.points), points(own.max_points), points(own.reviewed)
    differ = f"You differ on {own.apart} of {len(own.own)} criteria."
    agree = "You agree on every criterion." if own.agrees else differ
    gave_yourself = f"You gave yourself {gave} of {most} points where your interviewer gave {reviewed}."
    return [text(["strong", gave_yourself], f" {agree}")]


def _mark(mark: Entry, own: bool | None) -> dict[str, Any]:
    """What was met, what was not and why it matters; `own` is what its candidate thought, where they said."""
    covered = f", covered by entry {mark.entry}" if mark.entry else ""
    step = f"step {mark.step}{covered}" if mark.step else ""
    why = note(" · ".join(filter(None, [capfirst(mark.tier), step, mark.explain])))
    reason = paragraphs(mark.reason) if mark.reason else []
    more = [*reason, why] if own is None else [*reason, why, note(_thought(own, mark.met))]
    if mark.is_red_flag:
        return row(sign("bad", "Red flag"), [mark.describe], points(mark.points), more)
    earned = share_of(mark.points if mark.met else 0, mark.points)
    signed = sign("ok", "Met") if mark.met else sign("", "Not met")
    return row(signed, [mark.describe], earned, more)


def _thought(own: bool, met: bool | None) -> str:
    return f"You marked it {'met' if own else 'not met'}{', too' if own == met else ''}"


def _order(order: Order | None) -> list[Block]:
    if order is None:
        return []
    most = points(order.max_points)
    sum_ = f"{most} × {order.right} / {order.pairs} = {points(order.points)}"
    covered = ", ".join(f"entry {entry}" if entry else "none" for entry in order.covering)
    return [
        text(["strong", "Order of the entries"], f"  {share_of(order.points, order.max_points)}"),
        text(
            f"{order.right} of {order.pairs} pairs of reference steps are in the reference order, so {sum_}."
        ),
        note(f"Covered by, step 1 to step {len(order.covering)}: {covered}."),
        note(order.explain),
        note(_words_of("components/order_rule.html", {"points": order.max_points})),
    ]


def _solution(edition: Edition, entry: ItemReport) -> list[Block]:
    release = entry.item.release
    if not release.solution:
        return []
    told = release.told(release.solution, edition.interview.seed)
    return [heading(2, "Model answer"), _with_figures(edition, release, told)]


def _second_look(edition: Edition, entry: ItemReport) -> list[Block]:
    look = entry.look
    if look is None or edition.is_practice:
        return []
    asked = [note(f"Asked {moment(look.asked_at)}"), *paragraphs(look.reason)]
    shown = [heading(2, "Second look"), *([text(ASKED_FOR_THEM)] if look.asked_by_id else []), *asked]
    if not look.answered_at or not look.answered_by:
        waits = "It waits for another reviewer, or where there is only one, for that one."
        return [*shown, text(f"{waits} The points above count until then.", soft=True)]
    stand = f"The marks stand: {share_of(entry.marked, entry.max_marked)} points."
    by_rubric = f" by the rubric of release {look.rubric.number}" if look.rubric_release_id else ""
    instead = (
        f"{points(entry.points)} points instead of {points(entry.marked)}, of {points(entry.max_points)}"
    )
    same = look.answered_by_id in took_part(edition.interview)
    alone = ", who marked it at first, since nobody else reviews here" if same else ""
    by = note(f"Answered {moment(look.answered_at)} by {look.answered_by.display_name}{alone}")
    return [
        *shown,
        by,
        *paragraphs(look.answer),
        text(stand if look.points is None else f"{instead}{by_rubric}."),
    ]


PARTS: tuple[Part, ...] = (
    _state,
    _changes,
    _asked,
    _comment,
    _override,
    _answer,
    _unsubmitted,
    _tests,
    _rubric,
    _solution,
    _second_look,
)
