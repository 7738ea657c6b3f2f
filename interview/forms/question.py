from django import forms

STATEMENT_LIMIT = 100_000  # characters


class StatementForm(forms.Form):
    """The statement of the next release. `seen` is the number of the release that it was made from."""

    use_required_attribute = False
    statement = forms.CharField(
        label="Statement",
        help_text="Markdown, with maths between dollar signs and figures as ![what it shows](figures/name.svg).",
        max_length=STATEMENT_LIMIT,
        error_messages={
            "required": "A question needs a statement. Write one, or go back without publishing."
        },
    )
    note = forms.CharField(
        label="Note for the history",
        help_text="What changed and why, in a line.",
        max_length=200,
        required=False,
    )
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
