from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

from django import forms

from interview.models.review import Recommendation
from interview.selectors.report import Entry, ItemReport

WORDS_LIMIT = 10_000  # characters
KEYS = "1234567890abcdefghijklm"  # n is for the button that goes on


@dataclass(frozen=True)
class Row:
    """A line of the rubric as the form shows it."""

    key: str
    entry: Entry
    ticked: bool
    covering: forms.BoundField | None  # the select that names the candidate's entry, for a step


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
        **kwargs: Any,
    ) -> None:
        """`entries` is how many the candidate wrote, `order_points` what their order is worth."""
        super().__init__(*args, **kwargs)
        self.rubric = rubric
        self.order_points = order_points
        for entry in rubric:
            if entry.step:
                self.fields[f"entry_{entry.id}"] = _covering(entry, entries)
        self.fields["met"].choices = [(entry.id, entry.describe) for entry in rubric]  # type: ignore[attr-defined]  # fields are typed by their base class

    @classmethod
    def of(cls, answer: ItemReport, data: Any = None) -> Self:
        """The form for an answer's rubric, with what is marked already."""
        return cls(
            data,
            rubric=answer.entries,
            entries=len(answer.answer.get("entries", [])),
            order_points=answer.item.release.order_points,
            initial={"met": [line.id for line in answer.entries if line.met], "comment": answer.comment},
        )

    def tiers(self) -> list[Tier]:
        """The rubric in its layers, with what is ticked in this form now."""
        ticked = self["met"].value() or []
        keys = iter(KEYS)
        rows = [
            Row(
                next(keys, ""),
                entry,
                entry.id in ticked,
                self[f"entry_{entry.id}"] if entry.step else None,
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


def _covering(entry: Entry, entries: int) -> forms.ChoiceField:
    numbers = [(str(number), f"entry {number}") for number in range(1, entries + 1)]
    return forms.ChoiceField(
        label=f"Step {entry.step}, covered by",
        choices=[("", "no entry"), *numbers],
        required=False,
        initial=entry.entry or "",
        error_messages={"invalid_choice": "The answer has no such entry. Reload the page."},
    )


def _number(value: Any) -> int | None:
    return int(value) if str(value or "").isdecimal() else None


class ConclusionForm(forms.Form):
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

    def __init__(self, *args: Any, final: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = final
