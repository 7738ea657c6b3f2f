from typing import Any

from django import forms

from interview.forms.accommodation import REASON_LIMIT
from interview.models.extra_time import MINUTES_LIMIT


class InterviewFilter(forms.Form):
    """What of the list is shown; anything unknown shows all."""

    search = forms.CharField(required=False, max_length=200, label="Candidate or title")
    state = forms.ChoiceField(
        required=False,
        label="State",
        choices=[("", "All"), ("running", "In progress"), ("closed", "Time was up lately")],
    )
    person = forms.IntegerField(required=False, min_value=1, max_value=2**31)

    @property
    def asked(self) -> dict[str, Any]:
        """The filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ExtraTimeForm(forms.Form):
    """More minutes for one interview, and why."""

    use_required_attribute = False
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=1,
        max_value=MINUTES_LIMIT,
        error_messages={"required": "Say how many minutes."},
    )
    reason = forms.CharField(
        label="Reason",
        help_text="Only admins read it; the candidate is told the minutes.",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why, so that another admin understands it later."},
    )
