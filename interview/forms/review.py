from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms

from interview.models.review import Recommendation
from interview.selectors.report import Entry

WORDS_LIMIT = 10_000  # characters
KEYS = "1234567890abcdefghijklm"  # n is for the button that goes on


@dataclass(frozen=True)
class Row:
    """A line of the rubric as the form shows it."""

    key: str
    entry: Entry
    ticked: bool


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

    def __init__(self, *args: Any, rubric: Sequence[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rubric = rubric
        self.fields["met"].choices = [(entry.id, entry.describe) for entry in rubric]  # type: ignore[attr-defined]  # fields are typed by their base class

    def tiers(self) -> list[Tier]:
        """The rubric in its layers, with what is ticked in this form now."""
        ticked = self["met"].value() or []
        keys = iter(KEYS)
        rows = [Row(next(keys, ""), entry, entry.id in ticked) for entry in self.rubric]
        return [Tier(name, list(group)) for name, group in groupby(rows, key=lambda row: row.entry.tier)]

    def points(self) -> float:
        return max(0.0, sum(tier.points for tier in self.tiers()))


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
