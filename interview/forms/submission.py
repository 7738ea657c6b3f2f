from typing import Any

from django import forms

from interview.forms.sources import SourcesField
from interview.models.submission import SubmissionKind

ASKABLE = [(kind.value, kind.label) for kind in SubmissionKind if kind != SubmissionKind.FINAL]


class SubmissionForm(forms.Form):
    """Code as the workspace sends it. Its size and contents are the service's to judge."""

    kind = forms.ChoiceField(choices=ASKABLE, required=False)
    again = forms.ChoiceField(choices=ASKABLE, required=False, help_text="Judged though the same was before.")
    code = SourcesField()
    snippet = forms.CharField(strip=False, required=False)
    stdin = forms.CharField(strip=False, required=False)

    def clean(self) -> dict[str, Any]:
        """A page sends the kind by its button: as `kind`, or as `again`."""
        words = super().clean() or self.cleaned_data
        if not (words.get("kind") or words.get("again")):
            self.add_error("kind", "It is a run or a submit.")
        return words

    @property
    def own(self) -> tuple[str, str]:
        """Lines and input that go with Run my code; the page sends them with every button."""
        asked = self.cleaned_data
        return (asked["snippet"], asked["stdin"]) if asked["kind"] == SubmissionKind.RUN_MY_CODE else ("", "")
