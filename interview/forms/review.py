from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

from django import forms

from interview.forms.zone import Moment, ZonedForm
from interview.models import Area
from interview.models.review import Recommendation
from interview.selectors.opinion import ItemOpinions, Opinion
from interview.selectors.report import AreaScore, Entry, ItemReport
from interview.services.release import Conclusion
from interview.services.review import Judgement

WORDS_LIMIT = 10_000  # characters
REASON_LIMIT = 500  # characters
UNFINISHED = {"save", "second"}  # what may be pressed before everything is marked and written
KEYS = "1234567890abcdefghijklm"  # n is for the button that goes on


@dataclass(frozen=True)
class Row:
    """A line of the rubric as the form shows it."""

    key: str
    entry: Entry
    ticked: bool
    covering: forms.BoundField | None  # the select that names the candidate's entry, for a step
    why: forms.BoundField | None  # where a reason is written; practice asks for none
    opinion: Opinion | None  # what two reviewers said of it, where a third settles


@dataclass(frozen=True)
class Tier:
    name: str
    rows: list[Row]

    @property
    def points(self) -> float:
        return sum(row.entry.points for row in self.rows if row.ticked)

    @property
    def max_points(self) -> float:
        return sum(row.entry.points for row in self.rows)


class MarkForm(forms.Form):
    """Which entries of a rubric an answer meets, and words for its candidate."""

    use_required_attribute = False
    by = forms.IntegerField(required=False)  # the number of the release whose rubric the page shows
    met = forms.MultipleChoiceField(
        required=False,
        error_messages={"invalid_choice": "This page shows a rubric that is not the answer's. Reload it."},
    )
    comment = forms.CharField(
        label="Comment to the candidate",
        help_text="What was good, what is missing, what to read. Shown in the report; Markdown works.",
        required=False,
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self,
        *args: Any,
        rubric: Sequence[Entry],
        entries: int = 0,
        order_points: Callable[[list[int | None]], float] = lambda covering: 0.0,
        asks_why: bool = False,
        automatic_points: float = 0,
        opinions: ItemOpinions | None = None,
        by: int = 0,
        served: int = 0,
        **kwargs: Any,
    ) -> None:
        """`entries` is how many the candidate wrote, `order_points` what their order is worth.

        With `asks_why` each mark takes a reason, and the automatic part other points. `opinions` are what two
        reviewers said, where a third settles. `by` is the number of the release whose rubric this is, `served` of the
        one that was served: what is sent without a number was made for that.
        """
        super().__init__(*args, **kwargs)
        self.rubric = rubric
        self.opinions = opinions
        self.order_points = order_points
        self.rubric_number, self.served_number = by, served
        for entry in rubric:
            if entry.step:
                self.fields[f"entry_{entry.id}"] = _covering(entry, entries)
            if asks_why:
                self.fields[f"why_{entry.id}"] = _reason(entry)
        if asks_why and automatic_points:
            self.fields["instead"] = _points(automatic_points)
            self.fields["because"] = _because()
        self.fields["met"].choices = [(entry.id, entry.describe) for entry in rubric]  # type: ignore[attr-defined]  # fields are typed by their base class

    @classmethod
    def of(
        cls,
        answer: ItemReport,
        data: Any = None,
        *,
        asks_why: bool = False,
        opinions: ItemOpinions | None = None,
    ) -> Self:
        """The form for an answer's rubric, with what is marked already, else with what two `opinions` agree on."""
        override = answer.override
        begun = _agreed(opinions) if opinions and not answer.is_marked else {}
        return cls(
            data,
            rubric=answer.entries,
            entries=len(answer.answer.get("entries", [])),
            order_points=answer.rubric.order_points,
            asks_why=asks_why,
            automatic_points=answer.item.release.automatic_points,
            opinions=opinions,
            by=answer.rubric.number,
            served=answer.item.release.number,
            initial={
                "met": [line.id for line in answer.entries if line.met or line.was],
                "comment": answer.comment,
                "instead": f"{override.points:g}" if override else None,
                "because": override.reason if override else "",
            }
            | begun,
        )

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        if (words.get("by") or self.served_number) != self.rubric_number:
            raise forms.ValidationError(
                "The rubric of this question was changed after this page was shown. "
                "Below is the new one with what you ticked: look through it and save again."
            )
        if words.get("instead") is not None and not words.get("because"):
            self.add_error("because", "Say why; the candidate reads it beside both scores.")
        if words.get("because") and words.get("instead") is None and "instead" not in self.errors:
            self.add_error("instead", "Say how many points, or take the reason away.")
        return words

    def tiers(self) -> list[Tier]:
        """The rubric in its layers, with what is ticked in this form now."""
        ticked = self["met"].value() or []
        keys = iter(KEYS)
        said = {one.entry.id: one for one in self.opinions.opinions} if self.opinions else {}
        rows = [
            Row(
                next(keys, ""),
                entry,
                entry.id in ticked,
                self[f"entry_{entry.id}"] if entry.step else None,
                self[f"why_{entry.id}"] if f"why_{entry.id}" in self.fields else None,
                said.get(entry.id),
            )
            for entry in self.rubric
        ]
        return [Tier(name, list(group)) for name, group in groupby(rows, key=lambda row: row.entry.tier)]

    def points(self) -> float:
        return max(0.0, self.order() + sum(tier.points for tier in self.tiers()))

    def order(self) -> float:
        """What the order is worth with what this form says now."""
        rows = [row for tier in self.tiers() for row in tier.rows]
        covering = {
            row.entry.step or 0: _number(row.covering.value()) if row.ticked else None
            for row in rows
            if row.covering
        }
        return self.order_points([covering[step] for step in sorted(covering)])

    def covered_by(self) -> dict[str, int]:
        """The number of the candidate's entry for each criterion that names one."""
        named = {entry.id: self.cleaned_data.get(f"entry_{entry.id}") for entry in self.rubric if entry.step}
        return {criterion: int(number) for criterion, number in named.items() if number}

    def judgement(self) -> Judgement:
        """What this form says, once it is valid."""
        words = self.cleaned_data
        points = words.get("instead")
        return Judgement(
            met=words["met"],
            comment=words["comment"],
            covered_by=self.covered_by(),
            reasons={entry.id: words.get(f"why_{entry.id}", "") for entry in self.rubric},
            override=None if points is None else (points, words["because"]),
        )


def _agreed(opinions: ItemOpinions) -> dict[str, Any]:
    """What a form begins with where two reviewers marked: what both say. The rest is left to decide."""
    said: dict[str, Any] = {"met": opinions.agreed}
    for one in opinions.opinions:
        if one.is_agreed:
            said[f"entry_{one.entry.id}"] = one.voices[0].entry or ""
            said[f"why_{one.entry.id}"] = one.voices[0].reason or one.voices[1].reason
    return said


def _covering(entry: Entry, entries: int) -> forms.ChoiceField:
    numbers = [(str(number), f"entry {number}") for number in range(1, entries + 1)]
    return forms.ChoiceField(
        label=f"Step {entry.step}, covered by",
        choices=[("", "no entry"), *numbers],
        required=False,
        initial=entry.entry or "",
        error_messages={"invalid_choice": "The answer has no such entry. Reload the page."},
    )


def _reason(entry: Entry) -> forms.CharField:
    return forms.CharField(
        label="Why",
        required=False,
        max_length=REASON_LIMIT,
        initial=entry.reason,
        widget=forms.TextInput(attrs={"placeholder": "Why", "autocomplete": "off"}),
    )


def _points(most: float) -> forms.FloatField:
    return forms.FloatField(
        label="Points instead",
        required=False,
        min_value=0,
        max_value=most,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={
            "min_value": f"From 0 to {most:g} points.",
            "max_value": f"From 0 to {most:g} points.",
            "invalid": f"A number from 0 to {most:g}.",
        },
    )


def _because() -> forms.CharField:
    return forms.CharField(
        label="Because",
        required=False,
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _number(value: Any) -> int | None:
    return int(value) if str(value or "").isdecimal() else None


class RemarkForm(forms.Form):
    """A comment on one place of an answer."""

    file = forms.CharField(required=False, max_length=200)
    line = forms.IntegerField(
        min_value=1,
        error_messages={
            "required": "Say which place you mean: its number stands beside it.",
            "invalid": "The place is a whole number; it stands beside it.",
            "min_value": "Places are counted from 1.",
        },
    )
    body = forms.CharField(max_length=1000, error_messages={"required": "Write the comment."})
    share = forms.BooleanField(required=False)


class NotesForm(forms.Form):
    """A reviewer's own notes."""

    notes = forms.CharField(required=False, max_length=WORDS_LIMIT, strip=False)


class ConclusionForm(ZonedForm):
    """The words that conclude a review. Kept for later they may be incomplete; released they may not."""

    use_required_attribute = False
    recommendation = forms.ChoiceField(
        choices=Recommendation.choices,
        error_messages={"required": "Choose one of the four."},
    )
    evidence = forms.CharField(
        label="Evidence",
        help_text="What in the answers the recommendation rests on: name the question and what was said or done.",
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what the recommendation rests on."},
    )
    summary = forms.CharField(
        label="Summary for the candidate",
        help_text="What went well, what to work on first. It opens their report; Markdown works.",
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write what the candidate should take away."},
    )
    release_at = Moment(
        label="Release at", required=False, error_messages={"invalid": "A date and a time, please."}
    )

    def __init__(self, *args: Any, areas: Sequence[AreaScore], action: str, **kwargs: Any) -> None:
        """`areas` are those of the interview; what is missing is an error unless `action` keeps it for later."""
        super().__init__(*args, **kwargs)
        for score in areas:
            self.fields[f"area_{score.area.slug}"] = _judgement(score.area)
            self.fields[f"because_{score.area.slug}"] = _area_evidence(score.area)
        self.areas = areas
        for field in self.fields.values():
            field.required = action not in UNFINISHED
        self.fields["release_at"].required = action == "schedule"
        self.fields["zone"].required = False

    def by_area(self) -> list[tuple[AreaScore, forms.BoundField, forms.BoundField]]:
        """Each area with its recommendation and the evidence for it."""
        return [
            (score, self[f"area_{score.area.slug}"], self[f"because_{score.area.slug}"])
            for score in self.areas
        ]

    def conclusion(self, origin: str) -> Conclusion:
        """What this form says, once it is valid. `origin` is where this copy is reached."""
        words = self.cleaned_data
        slugs = [score.area.slug for score in self.areas]
        areas = {slug: (words[f"area_{slug}"], words[f"because_{slug}"]) for slug in slugs}
        return Conclusion(words["recommendation"], words["evidence"], words["summary"], areas, origin)


def _judgement(area: Area) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=area.title,
        choices=[("", "Choose…"), *Recommendation.choices],
        error_messages={"required": f"Choose one of the four for {area.title}."},
    )


def _area_evidence(area: Area) -> forms.CharField:
    return forms.CharField(
        label=f"Evidence for {area.title}",
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what it rests on."},
    )
