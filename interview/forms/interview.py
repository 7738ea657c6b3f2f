from typing import Any

from django import forms

ALONE = "I will work alone and without an assistant"
RULES = "I have read the rules of this interview, and will work alone and without an assistant"


class ConsentForm(forms.Form):
    """What a candidate agrees to before the clock starts."""

    alone = forms.BooleanField(
        label=ALONE,
        error_messages={"required": "Tick this first; the clock starts after it."},
    )

    def __init__(self, *args: Any, has_rules: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_rules:
            self.fields["alone"].label = RULES
