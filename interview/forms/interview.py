from django import forms


class ConsentForm(forms.Form):
    """What a candidate agrees to before the clock starts."""

    alone = forms.BooleanField(
        label="I will work alone and without an assistant",
        error_messages={"required": "Tick this first; the clock starts after it."},
    )
