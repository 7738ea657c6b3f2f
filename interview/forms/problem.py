from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import QuerySet

from interview.models import Area, Problem, Release
from interview.models.problem import ProblemState
from interview.selectors import problem as problems
from interview.services.problem import BODY_LIMIT

if TYPE_CHECKING:
    _ModelChoiceField = forms.ModelChoiceField[Release]
else:  # generic for the type checker alone
    _ModelChoiceField = forms.ModelChoiceField


class ReportForm(forms.Form):
    """What is wrong with a question, in a few words."""

    use_required_attribute = False
    body = forms.CharField(
        label="What is wrong?",
        help_text="For example: what is unclear, which number does not fit, what the tests refuse.",
        max_length=BODY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say in a few words what is wrong."},
    )


class InboxFilter(forms.Form):
    """What of the inbox is shown; anything unknown shows all."""

    state = forms.ChoiceField(
        required=False, choices=[("", "Open and answered"), *ProblemState.choices], label="State"
    )
    area = forms.ChoiceField(required=False, label="Area")
    search = forms.CharField(required=False, max_length=200, label="Words or short name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = Area.objects.values_list("slug", "title")
        cast(forms.ChoiceField, self.fields["area"]).choices = [("", "All areas"), *areas]

    @property
    def asked(self) -> dict[str, str]:
        """The filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class _ReleaseField(_ModelChoiceField):
    def label_from_instance(self, release: Any) -> str:
        note = f": {release.note}" if release.note else ""
        return f"Release {release.number}, {release.created_at:%d %B %Y}{note}"


class AnswerForm(forms.Form):
    """What those who look after a question have to say, and which release it is about."""

    use_required_attribute = False
    body = forms.CharField(
        label="Answer",
        help_text="The person who reported it reads this.",
        max_length=BODY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write what the person who reported this should know."},
    )
    release = _ReleaseField(
        queryset=Release.objects.none(),
        required=False,
        label="Settled by",
        help_text="The release that mends it, or the one that is right as it is.",
        error_messages={"required": "Name the release that settles it."},
    )
    mended = forms.BooleanField(required=False, label="This release was changed because of it")
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, problem: Problem, data: Any = None) -> "AnswerForm":
        """The form for this problem, filled with the answer that it has."""
        releases = problems.releases_to_name(problem.question)
        newest = releases.first()
        form = cls(
            data,
            initial={
                "body": problem.answer,
                "release": problem.answered_in or newest,
                "mended": problem.mended,
                "again": bool(problem.answered_at),
            },
        )
        form.name_one_of(releases, needed=newest is not None)
        return form

    def name_one_of(self, releases: QuerySet[Release], *, needed: bool) -> None:
        """Offer these releases; a draft that was never published has none, and needs none."""
        field = cast(_ReleaseField, self.fields["release"])
        field.queryset, field.required = releases, needed
        field.empty_label = None if needed else "No release yet"
