from django import forms

from interview.models.accommodation import MOST, NO_EXTRA

REASON_LIMIT = 1000


class AccommodationForm(forms.Form):
    """A person's own time factor, and why."""

    use_required_attribute = False
    factor = forms.DecimalField(
        label="Time factor",
        help_text="From 1 to 3: 1.25 gives a quarter more, 1.5 half as much again, 1 no extra time.",
        min_value=NO_EXTRA,
        max_value=MOST,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        error_messages={"required": "Say by how much their clocks run longer."},
    )
    reason = forms.CharField(
        label="Reason",
        help_text="Only admins read it. Write what was agreed, and no more about the person than that needs.",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why, so that another admin understands it later."},
    )
