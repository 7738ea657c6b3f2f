"""The files of a coding answer, as a page sends them: fields of one name, in the order of the page."""

from collections.abc import Sequence

from django import forms


class SourcesField(forms.Field):
    """Text for each file; what cannot be stored is refused as in any text field."""

    widget = forms.MultipleHiddenInput
    _text = forms.CharField(strip=False, required=False)

    def clean(self, value: Sequence[str]) -> list[str]:
        return [self._text.clean(text) for text in value]
