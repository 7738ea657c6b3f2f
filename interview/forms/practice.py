from collections.abc import Iterable
from typing import Any

from django import forms

from interview.forms.review import MarkForm
from interview.models import Topic
from interview.models.interview import Reveal
from interview.selectors import practice as practices
from interview.selectors.practice import Offer

ALL = ("", "All")


class NarrowForm(forms.Form):
    """Which of the offered questions to list. A value that nothing has narrows nothing."""

    area = forms.ChoiceField(required=False)
    kind = forms.ChoiceField(required=False)
    topic = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, offers: Iterable[Offer], topics: Iterable[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = list(offers)
        self._offer("area", {o.question.area_id: o.question.area.title for o in self.offers})
        self._offer("kind", {o.release.kind: o.release.get_kind_display() for o in self.offers})
        self._offer("topic", {topic.code: str(topic) for topic in topics})

    def _offer(self, name: str, choices: dict[str, str]) -> None:
        self.fields[name].choices = [ALL, *choices.items()]  # type: ignore[attr-defined]  # typed by their base class

    def narrowed(self) -> list[Offer]:
        self.full_clean()
        wish = self.cleaned_data
        return [
            offer
            for offer in self.offers
            if wish.get("area", "") in {"", offer.question.area_id}
            and wish.get("kind", "") in {"", offer.release.kind}
            and wish.get("topic", "") in {"", *offer.release.covers}
        ]


class RevealForm(forms.Form):
    """When the answers are shown; asked before practice starts."""

    use_required_attribute = False
    reveal = forms.ChoiceField(
        choices=Reveal.choices,
        initial=Reveal.EACH,
        error_messages={"required": "Choose when the answers are shown."},
    )


class SetForm(RevealForm):
    """The questions of a set of one's own."""

    questions = forms.ModelMultipleChoiceField(
        queryset=practices.published(),
        to_field_name="slug",
        error_messages={
            "required": "Tick at least one question.",
            "invalid_choice": "A question is not offered any more. Choose again from those below.",
        },
    )


class SelfMarkForm(MarkForm):
    """Which entries of the rubric one's own answer meets."""

    comment = forms.CharField(
        label="Note to yourself",
        help_text="What was missing, what to read. It stands in your report; Markdown works.",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
