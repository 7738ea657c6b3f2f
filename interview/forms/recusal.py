from django import forms

from interview.models import User
from interview.selectors.recusal import could_review

REASON_LIMIT = 500
WHY = "Write why, so that an admin understands it later."


class RecuseForm(forms.Form):
    """Why a reviewer steps aside."""

    use_required_attribute = False
    reason = forms.CharField(
        label="Why",
        help_text="Admins read it. “We worked together” is enough.",
        max_length=REASON_LIMIT,
        error_messages={"required": WHY},
    )


class KeepAwayForm(RecuseForm):
    """Whom an admin keeps away from a person's interviews."""

    reviewer = forms.ModelChoiceField(
        label="Reviewer",
        queryset=User.objects.none(),
        empty_label="Choose…",
        error_messages={"required": "Choose whom.", "invalid_choice": "That person reviews no more."},
    )
    field_order = ("reviewer", "reason")

    def __init__(self, *args: object, person: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they are
        self.fields["reviewer"].queryset = could_review(person)  # type: ignore[attr-defined]  # fields are typed by their base class
