from django import forms

from interview.models.submission import SubmissionKind

ASKABLE = [(kind.value, kind.label) for kind in (SubmissionKind.RUN, SubmissionKind.SUBMIT)]


class SubmissionForm(forms.Form):
    """Code as the workspace sends it. Its size and contents are the service's to judge."""

    kind = forms.ChoiceField(choices=ASKABLE)
    code = forms.CharField(strip=False, required=False)
