from django import forms


class DraftForm(forms.Form):
    """An answer saved by its button, without script; `revision` is the one that the page was made from."""

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 2)
    text = forms.CharField(strip=False, required=False)
    code = forms.CharField(strip=False, required=False)

    @property
    def answer(self) -> str:
        """The page's one field, whichever of the two it has."""
        return str(self.cleaned_data["code"] or self.cleaned_data["text"])
