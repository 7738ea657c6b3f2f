from django import forms

from interview.models.question import Kind
from interview.selectors.waiting import AGES, Asked


class WaitingFilter(forms.Form):
    """What of the queue is shown; anything unknown shows all."""

    template = forms.SlugField(required=False)
    area = forms.SlugField(required=False)
    kind = forms.ChoiceField(required=False, choices=Kind.choices)
    age = forms.ChoiceField(required=False, choices=list(AGES.items()))
    question = forms.SlugField(required=False)

    @property
    def asked(self) -> Asked:
        self.is_valid()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value})
