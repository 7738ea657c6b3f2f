"""What the pages of the bank are sent. Nothing here decides what may be done: the services do."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import slugify

from interview.models import Area, Question
from interview.models.question import Kind, Level, QuestionState
from interview.selectors.curation import ORDERS, Asked

TITLE_LIMIT = 200
SLUG_LIMIT = 80
PATH_LIMIT = 300
NOTE_LIMIT = 200
REVISIONS = 2**31 - 1

KINDS_EXPLAINED = {
    Kind.CODING: "Write code from nothing or from a starter; your tests judge it.",
    Kind.DEBUG_LAB: "Mend a broken script; your tests judge how it behaves.",
    Kind.WRITE_THE_TEST: "Write a test; it is scored by the faulty variants that it tells from the right one.",
    Kind.CONCEPTUAL: "Explain in words; a reviewer marks it by your rubric.",
    Kind.DEBUGGING: "Say what to check, in which order; a reviewer marks the steps, a formula their order.",
    Kind.TRADEOFF: "Weigh two ways in words; a reviewer marks it by your rubric.",
    Kind.DESIGN: "Sketch a system in words; a reviewer marks it by your rubric.",
    Kind.ESTIMATE: "Give a number with its unit; the nearer, the more points.",
    Kind.CHOICE: "Pick, match or put in order; your key scores it.",
}


class QuestionFilter(forms.Form):
    """What of the bank is shown; anything unknown shows all."""

    search = forms.CharField(required=False, max_length=200)
    area = forms.SlugField(required=False)
    kind = forms.ChoiceField(required=False, choices=Kind.choices)
    level = forms.ChoiceField(required=False, choices=Level.choices)
    state = forms.ChoiceField(required=False, choices=QuestionState.choices)
    covers = forms.CharField(required=False, max_length=8)
    tag = forms.CharField(required=False, max_length=40)
    order = forms.ChoiceField(required=False, choices=list(ORDERS.items()))

    @property
    def asked(self) -> Asked:
        self.is_valid()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value})


class BulkForm(forms.Form):
    """What is done with the questions that are ticked."""

    questions = forms.ModelMultipleChoiceField(
        Question.objects.all(),
        to_field_name="slug",
        error_messages={
            "required": "Nothing was ticked. Tick the questions that you mean, then press again."
        },
    )
    action = forms.ChoiceField(
        choices=[
            ("add", "Add tag"),
            ("remove", "Remove tag"),
            ("retire", "Retire"),
            ("export", "Export"),
        ]
    )
    tag = forms.CharField(required=False, max_length=40)
    sure = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        if words.get("action") in {"add", "remove"} and not words.get("tag"):
            self.add_error("tag", "Write the tag first, then press again.")
        return words


class NewQuestionForm(forms.Form):
    """A question that begins as a working skeleton of its kind."""

    use_required_attribute = False
    title = forms.CharField(
        label="Title", help_text="What people read in lists; it can be changed.", max_length=TITLE_LIMIT
    )
    slug = forms.CharField(
        label="Short name",
        help_text="In addresses and as the folder's name: small letters, digits, hyphens. Left empty, it is made "
        "from the title. It stays for ever.",
        max_length=SLUG_LIMIT,
        required=False,
    )
    area = forms.ModelChoiceField(Area.objects.all(), label="Area", empty_label="Choose…")
    kind = forms.ChoiceField(choices=Kind.choices, label="Kind", widget=forms.RadioSelect)

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("title", ""))[:SLUG_LIMIT]
        if slugify(slug) != slug or not slug:
            raise ValidationError("Use small letters, digits and hyphens, as in cross-entropy.")
        return str(slug)

    @property
    def kinds(self) -> list[tuple[str, str, str]]:
        """Value, word and explanation of each kind."""
        return [(kind.value, kind.label, KINDS_EXPLAINED[kind]) for kind in Kind]


class FileForm(forms.Form):
    """The text of one file, and what it was made from: `seen` is the revision, `base` a hash of the text."""

    file = forms.CharField(max_length=PATH_LIMIT)
    content = forms.CharField(required=False, strip=False)
    seen = forms.IntegerField(min_value=1, max_value=REVISIONS)
    base = forms.CharField(required=False, max_length=64)

    def clean_content(self) -> str:
        """Browsers send line ends as CRLF, files of a question have LF."""
        return str(self.cleaned_data["content"]).replace("\r\n", "\n")


class ArrangeForm(forms.Form):
    """A file added, taken in, renamed or deleted."""

    action = forms.ChoiceField(
        choices=[("add", "Add"), ("upload", "Upload"), ("rename", "Rename"), ("delete", "Delete")]
    )
    file = forms.CharField(required=False, max_length=PATH_LIMIT)
    path = forms.CharField(required=False, max_length=PATH_LIMIT)
    upload = forms.FileField(required=False)
    seen = forms.IntegerField(min_value=1, max_value=REVISIONS)
    sure = forms.BooleanField(required=False)


class PublishForm(forms.Form):
    """`seen` is the revision of the working copy whose changes the page showed."""

    use_required_attribute = False
    note = forms.CharField(
        label="Note for the history",
        help_text="What changed and why, in a line.",
        max_length=NOTE_LIMIT,
        required=False,
    )
    seen = forms.IntegerField(min_value=1, max_value=REVISIONS, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why a question is retired."""

    use_required_attribute = False
    note = forms.CharField(
        label="Reason", help_text="For the history, in a line.", max_length=NOTE_LIMIT, required=False
    )


class _Folder(forms.FileField):
    """Every file of a folder, as a browser sends one."""

    widget = type("FolderInput", (forms.ClearableFileInput,), {"allow_multiple_selected": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        one = super().clean
        return [one(file, initial) for file in data or []]


class ImportForm(forms.Form):
    """A zip, or a folder with the paths of its files, which a browser's script names apart: `paths` in their order.

    `seen` is the revision of the question whose files are to be replaced.
    """

    use_required_attribute = False
    upload = forms.FileField(
        label="Zip file",
        help_text="One question's folder or several, as Export makes it: question.yaml, statement.md and the rest.",
        required=False,
    )
    folder = _Folder(label="Folder", help_text="The folder itself, unpacked.", required=False)
    seen = forms.IntegerField(min_value=1, max_value=REVISIONS, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        paths = self.data.getlist("paths") if isinstance(self.data, QueryDict) else []
        if not words.get("upload") and not words.get("folder"):
            raise ValidationError("Choose a zip file or a folder first.")
        if words.get("folder") and len(paths) != len(words["folder"]):
            raise ValidationError(
                "The folder came without the places of its files. Pack it as a zip instead."
            )
        return words | {"files": dict(zip(paths, words.get("folder") or [], strict=True))}
