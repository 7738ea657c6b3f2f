from django import forms

WORDS_LIMIT = 5_000  # characters


class AskForm(forms.Form):
    """Why somebody else should look at the marks of an answer."""

    reason = forms.CharField(
        max_length=WORDS_LIMIT,
        error_messages={"required": "Say what should be looked at again, and why; then send it once more."},
    )


class AnswerForm(forms.Form):
    """What came of a second look."""

    use_required_attribute = False
    points = forms.FloatField(
        label="Points from now on",
        help_text="Empty lets the marks stand.",
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "min": 0, "inputmode": "decimal"}),
    )
    answer = forms.CharField(
        label="Answer to the candidate",
        help_text="What you looked at, and why the marks stand or change.",
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Say what you found; the candidate reads it."},
    )
