from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.core.exceptions import ValidationError

from interview.models import User
from interview.models.user import PersonState, Role
from interview.services.roster import EMAIL_LIMIT, FORMULA_STARTS, NAME_LIMIT, SIZE_LIMIT, name_fault

if TYPE_CHECKING:
    _SetPasswordForm = SetPasswordForm[User]
else:  # generic for the type checker alone
    _SetPasswordForm = SetPasswordForm

ROLES_EXPLAINED = (
    "Candidates take interviews, interviewers review them. Testers try questions before they are published, authors "
    "write them, curators publish them. Admins do all of it and look after people."
)


class PeopleFilter(forms.Form):
    """What of the list is shown; anything unknown shows all."""

    search = forms.CharField(required=False, max_length=200, label="Name or mail address")
    role = forms.ChoiceField(required=False, choices=[("", "All roles"), *Role.choices], label="Role")
    state = forms.ChoiceField(
        required=False, choices=[("", "All states"), *PersonState.choices], label="State"
    )

    @property
    def asked(self) -> dict[str, str]:
        """The filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def _plain_name(name: str) -> None:
    if fault := name_fault(name):
        raise ValidationError(fault)
    if name.startswith(FORMULA_STARTS):
        raise ValidationError(
            f"A name cannot begin with {name[0]}: a spreadsheet would take it for a formula."
        )


def _plain_address(email: str) -> None:
    if not email.isascii():
        raise ValidationError("This address has letters beyond a to z. Write its domain in the form xn--….")


class InviteForm(forms.Form):
    """One person to invite."""

    use_required_attribute = False
    name = forms.CharField(
        label="Name",
        help_text="As others will see it.",
        max_length=NAME_LIMIT,
        validators=[_plain_name],
        error_messages={"required": "Write the person's name."},
    )
    email = forms.EmailField(
        label="Mail address",
        help_text="They sign in with it.",
        max_length=EMAIL_LIMIT,
        validators=[_plain_address],
        error_messages={"required": "Write the address that the invitation goes to."},
    )
    role = forms.ChoiceField(
        label="Role", help_text=ROLES_EXPLAINED, choices=Role.choices, initial=Role.CANDIDATE
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="New role", help_text=ROLES_EXPLAINED, choices=Role.choices)


class RosterForm(forms.Form):
    """Many people as CSV, in a file or pasted."""

    use_required_attribute = False
    file = forms.FileField(
        label="CSV file",
        help_text="UTF-8, at most 1 MB and 200 people.",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    text = forms.CharField(
        label="Or paste it here",
        help_text="One person in each line, for example: robin@example.org, Robin Doe, candidate",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        upload, text = values.get("file"), values.get("text", "")
        if upload and text.strip():
            raise ValidationError(
                "There is a file and pasted text, and only one can count. Send one of them."
            )
        if not upload and not text.strip():
            raise ValidationError("Choose a file or paste the list; both are empty.")
        return values

    def content(self) -> bytes:
        """What was sent; of a file that is too large one byte more than fits, which is enough to refuse it."""
        upload = self.cleaned_data["file"]
        return bytes(upload.read(SIZE_LIMIT + 1)) if upload else str(self.cleaned_data["text"]).encode()


class ForgottenForm(PasswordResetForm):
    """Where to send a link for a new password."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].error_messages["required"] = "Write the address that you sign in with."

    def get_users(self, email: str) -> list[User]:
        """The active account of this address; of those who have no password yet only the invited."""
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        return [user] if user and (user.has_usable_password() or user.invited_at) else []


class ChoosePasswordForm(_SetPasswordForm):
    """A password, twice."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.label, second.label = "New password", "The same once more"
        first.help_text = "At least 10 characters; not a common one, and unlike your name and address."
        first.error_messages["required"] = "Choose a password."
        second.error_messages["required"] = "Repeat the password."
        second.help_text = ""
