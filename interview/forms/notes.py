from django import forms


class NotesForm(forms.Form):
    """One's own notes saved by their button, without script; `revision` is the one that the page was made from."""

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 2)
    text = forms.CharField(strip=False, required=False)
