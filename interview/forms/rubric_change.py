from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from interview.models.rubric_change import RubricChangeKind
from interview.services.rubric_change import Wish

REASON_LIMIT = 1_000  # characters
NUMBERS = 2**31 - 1


class Ticked(forms.Field):
    """What was ticked of many rows, each value a name and what belongs to it, with a colon between."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[tuple[str, str]]:
        pairs = [tuple(str(one).split(":", 1)) for one in value or []]
        if self.required and not pairs:
            raise forms.ValidationError(self.error_messages["required"])
        return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


class RubricChangeForm(forms.Form):
    """Which answers are to be marked by the newest rubric, and how; asked about once more before it is done."""

    use_required_attribute = False
    action = forms.ChoiceField(choices=RubricChangeKind.choices)
    newest = forms.IntegerField(min_value=1, max_value=NUMBERS)
    answers = Ticked(
        error_messages={"required": "Nothing was ticked. Tick the answers that you mean, then press again."}
    )
    kept = Ticked(required=False)
    sure = forms.BooleanField(required=False)
    reason = forms.CharField(
        label="Reason",
        help_text="Candidates whose report is released read it beside their points; who looks again reads it too.",
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        if words.get("sure") and not words.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why the rubric was changed, for those whom it moves.")
        return words

    @property
    def wish(self) -> Wish:
        """What this form says, once it is valid."""
        words = self.cleaned_data
        return Wish(
            kind=RubricChangeKind(words["action"]),
            newest=words["newest"],
            seen=dict(_seen(words["answers"])),
            reason=words.get("reason", ""),
            kept=frozenset((int(number), name) for number, name in words["kept"] if number.isdecimal()),
        )


def _seen(answers: Iterable[tuple[str, str]]) -> Iterable[tuple[UUID, str]]:
    for name, seen in answers:
        try:
            yield UUID(name), seen
        except ValueError:
            continue  # no browser sends such a thing, and nothing is known by it
