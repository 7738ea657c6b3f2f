from django import forms

from interview.forms.sources import SourcesField


class DraftForm(forms.Form):
    """An answer saved by its button, without script; `revision` is the one that the page was made from.

    Entries and choices have as many fields as their question: `forms.answer` reads them from the same data.
    """

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 2)
    text = forms.CharField(strip=False, required=False)
    code = SourcesField()
    estimate = forms.CharField(strip=False, required=False)
    working = forms.CharField(strip=False, required=False)
