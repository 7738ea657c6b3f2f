from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from interview.selectors.self_assessment import Line, Sheet


@dataclass(frozen=True)
class Box:
    """A criterion with its box as this form has it now. `value` is what the box sends: it names no criterion."""

    value: str
    describe: str
    ticked: bool


@dataclass(frozen=True)
class Part:
    """One answer as the form shows it."""

    sheet: Sheet
    met: forms.BoundField
    none: forms.BoundField
    boxes: list[Box]


class SelfAssessmentForm(forms.Form):
    """What one's answers do: for each of them boxes, and one more that says none of these.

    An answer without any tick is not marked yet, which is saved as such; `finish` asks for all of them.
    """

    use_required_attribute = False
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sheets: Sequence[Sheet], finish: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheets, self.finish = sheets, finish
        for sheet in sheets:
            position = sheet.item.position
            self.fields[f"met_{position}"] = _met(sheet)
            self.fields[f"none_{position}"] = forms.BooleanField(
                label=f"{position}. {sheet.item.release.title}",
                required=False,
                initial=sheet.is_marked and not sheet.met,
            )

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        for sheet in self.sheets:
            if complaint := self._complaint(words, sheet):
                self.add_error(f"none_{sheet.item.position}", complaint)
        return words

    def _complaint(self, words: dict[str, Any], sheet: Sheet) -> str:
        met, none = words.get(f"met_{sheet.item.position}"), words.get(f"none_{sheet.item.position}")
        if met and none:
            return "“None of these” is ticked beside others: take one or the other away."
        if self.finish and not met and not none and f"met_{sheet.item.position}" not in self.errors:
            return "Tick what this answer does, or “None of these”; then finish."
        return ""

    def parts(self) -> list[Part]:
        """The answers with their boxes, ticked as in this form now."""
        return [self._part(sheet) for sheet in self.sheets]

    def _part(self, sheet: Sheet) -> Part:
        met, none = self[f"met_{sheet.item.position}"], self[f"none_{sheet.item.position}"]
        ticked = met.value() or []
        boxes = [Box(_value(line), line.describe, _value(line) in ticked) for line in sheet.lines]
        return Part(sheet, met, none, boxes)

    def met(self) -> dict[UUID, set[str]]:
        """The criteria that are met, by item; without those that are not marked."""
        return {
            sheet.item.pk: self._criteria(sheet)
            for sheet in self.sheets
            if self._criteria(sheet) or self.cleaned_data[f"none_{sheet.item.position}"]
        }

    def _criteria(self, sheet: Sheet) -> set[str]:
        ticked = self.cleaned_data[f"met_{sheet.item.position}"]
        return {line.criterion for line in sheet.lines if _value(line) in ticked}


def _value(line: Line) -> str:
    return str(line.number)


def _met(sheet: Sheet) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        required=False,
        choices=[(_value(line), line.describe) for line in sheet.lines],
        initial=[_value(line) for line in sheet.met],
        error_messages={
            "invalid_choice": "This page shows criteria that are not those of the answer. Reload it."
        },
    )
