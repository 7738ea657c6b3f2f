"""What the composer's pages are sent. Whether it may be done is for the services to say."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from interview.models import Area, Question, Section, Slot, Template, Topic
from interview.models.question import Kind, Level
from interview.models.template import (
    DRAW_LIMIT,
    MINUTES_LIMIT,
    Navigation,
    Retake,
    TemplateMode,
    TemplateState,
)
from interview.selectors.pool import Entry

TITLE_LIMIT = 120
SECTION_TITLE_LIMIT = 80
TAG_LIMIT = 40
TEXT_LIMIT = 20_000
SEED_LIMIT = 2**62
#: What a question set has no use for.
ON_THE_CLOCK = (
    "mode",
    "overall_minutes",
    "level",
    "retake",
    "retake_number",
    "finish_undo",
    "by_appointment",
    "self_assessment",
    "twice_percent",
)
#: What only an interview that counts has, and what practice is told of it.
COUNTED_ONLY = {
    "by_appointment": "Practice needs no appointment. Take this off, or let it count.",
    "self_assessment": "In practice everybody marks themselves anyway. Take this off, or let it count.",
    "twice_percent": "Practice is marked by its candidate alone. Leave it at 0, or let it count.",
}
MODES_EXPLAINED = {
    TemplateMode.STRICT: "On the clock, once the rules are agreed to; an interviewer reviews it.",
    TemplateMode.PRACTICE: "On the clock, with pauses, hints and model answers; nobody else sees it.",
    TemplateMode.BOTH: "In the catalogue and among the rehearsals. A fixed question may be known by then.",
}
NAVIGATION_EXPLAINED = {
    Navigation.FREE: "Its questions in any order, back and forth.",
    Navigation.ONE_WAY: "One question after the other; going on locks what lies behind.",
}


class TemplateFilter(forms.Form):
    """What of the list is shown; anything unknown shows all."""

    search = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=TemplateState.choices)
    timed = forms.ChoiceField(required=False, choices=[("yes", "Interviews"), ("no", "Question sets")])

    @property
    def asked(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SeedForm(forms.Form):
    """By which seed to draw; anything else draws by 1."""

    seed = forms.IntegerField(required=False, min_value=0, max_value=SEED_LIMIT)

    @property
    def asked(self) -> int:
        self.is_valid()
        seed = self.cleaned_data.get("seed")
        return 1 if seed is None else int(seed)


class _TitleForm(forms.Form):
    use_required_attribute = False
    title = forms.CharField(
        label="Title",
        max_length=TITLE_LIMIT,
        error_messages={"required": "Give it a title; candidates read it."},
    )
    summary = forms.CharField(
        label="Summary",
        help_text="A sentence or two for the catalogue: what it asks and for whom it is.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say in a sentence what it asks."},
    )


class NewTemplateForm(_TitleForm):
    timed = forms.ChoiceField(
        label="What it is",
        choices=[
            ("yes", "An interview, on the clock"),
            ("no", "A question set, for practice without a clock"),
        ],
        initial="yes",
        widget=forms.RadioSelect,
    )


class SettingsForm(_TitleForm):
    """Everything of a template but its sections; a set has no clock, so no mode and no retakes."""

    mode = forms.ChoiceField(label="Taken as", choices=TemplateMode.choices, widget=forms.RadioSelect)
    overall_minutes = forms.IntegerField(
        label="Minutes overall",
        help_text="Empty: as many as the sections together.",
        required=False,
        min_value=1,
        max_value=MINUTES_LIMIT,
    )
    retake = forms.ChoiceField(
        label="How often a candidate may take it",
        help_text="As an interview that counts; practice is never limited.",
        choices=Retake.choices,
    )
    retake_number = forms.IntegerField(
        label="Days, or times in all",
        help_text="For the last two of these.",
        required=False,
        min_value=1,
        max_value=3650,
    )
    finish_undo = forms.BooleanField(
        label="Finishing can be undone",
        help_text="Who has finished may take it up again until time is up; only then is it judged and reviewed.",
        required=False,
    )
    by_appointment = forms.BooleanField(
        label="Only by appointment",
        help_text="The catalogue shows it to candidates for whom an admin has scheduled it.",
        required=False,
    )
    level = forms.ChoiceField(
        label="Level",
        help_text="For whom it is. The report shows beside each area what this level expects.",
        choices=Level.choices,
    )
    self_assessment = forms.BooleanField(
        label="Candidates may mark themselves",
        help_text="After the end they read what is looked for and mark their answers; the report shows the difference.",
        required=False,
    )
    twice_percent = forms.IntegerField(
        label="Marked twice, of a hundred",
        help_text="How many interviews two reviewers mark, each without the other; a third settles where they differ.",
        min_value=0,
        max_value=100,
        error_messages={"required": "Say how many of a hundred; 0 for none."},
    )
    rules = forms.CharField(
        label="Rules",
        help_text="Markdown, shown before the start; who starts an interview that counts agrees to it.",
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def __init__(self, *args: Any, timed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not timed:
            for name in ON_THE_CLOCK:
                del self.fields[name]

    @classmethod
    def of(cls, template: Template, data: Any = None) -> "SettingsForm":
        names = ("title", "summary", "rules", *ON_THE_CLOCK)
        initial = {name: getattr(template, name) for name in names}
        return cls(data, timed=template.timed, initial=initial)

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        if "retake" not in self.fields:
            return words
        counted = words.get("retake") in {Retake.AFTER_DAYS, Retake.TIMES}
        if counted and not words.get("retake_number") and "retake_number" not in self.errors:
            self.add_error("retake_number", "Say how many days, or how many times in all.")
        if words.get("mode") == TemplateMode.PRACTICE:
            for name, refusal in COUNTED_ONLY.items():
                if words.get(name):
                    self.add_error(name, refusal)
        return words | {"retake_number": words.get("retake_number") if counted else None}

    @property
    def modes(self) -> list[tuple[str, str, str]]:
        return [(mode.value, mode.label, MODES_EXPLAINED[mode]) for mode in TemplateMode]


class SectionForm(forms.Form):
    use_required_attribute = False
    title = forms.CharField(
        label="Title",
        max_length=SECTION_TITLE_LIMIT,
        error_messages={"required": "Give the section a title; candidates read it."},
    )
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=1,
        max_value=MINUTES_LIMIT,
        error_messages={"required": "Say how long the section takes."},
    )
    navigation = forms.ChoiceField(
        label="Navigation", choices=Navigation.choices, initial=Navigation.FREE, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, timed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not timed:
            del self.fields["minutes"]

    @classmethod
    def of(cls, section: Section, data: Any = None) -> "SectionForm":
        initial = {name: getattr(section, name) for name in ("title", "minutes", "navigation")}
        return cls(data, timed=section.template.timed, initial=initial)

    def words(self) -> dict[str, Any]:
        """What the section is made of."""
        return self.cleaned_data

    @property
    def ways(self) -> list[tuple[str, str, str]]:
        return [(way.value, way.label, NAVIGATION_EXPLAINED[way]) for way in Navigation]


class SlotForm(forms.Form):
    """One question that is fixed, or a rule by which some are drawn."""

    use_required_attribute = False
    way = forms.ChoiceField(choices=[("fixed", "One question"), ("draw", "A draw")], initial="draw")
    question = forms.ChoiceField(label="Question", required=False)
    count = forms.IntegerField(label="How many", required=False, min_value=1, max_value=DRAW_LIMIT, initial=1)
    area = forms.ModelChoiceField(Area.objects.all(), label="Area", required=False, empty_label="Any area")
    kinds = forms.MultipleChoiceField(
        label="Kinds", required=False, choices=Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    levels = forms.MultipleChoiceField(
        label="Levels", required=False, choices=Level.choices, widget=forms.CheckboxSelectMultiple
    )
    minutes_from = forms.IntegerField(
        label="At least, in minutes", required=False, min_value=1, max_value=MINUTES_LIMIT
    )
    minutes_to = forms.IntegerField(
        label="At most, in minutes", required=False, min_value=1, max_value=MINUTES_LIMIT
    )
    topics = forms.CharField(
        label="Topics",
        help_text="Ids of the syllabus, of which a question has to cover one: B1, O2",
        required=False,
        max_length=400,
    )
    tags = forms.CharField(
        label="Tags", help_text="Of which a question has one: warm-up, vision", required=False, max_length=400
    )
    unseen = forms.BooleanField(label="Only questions that are new to the candidate", required=False)
    follows = forms.BooleanField(
        label="A follow-up of the question before it",
        help_text="It opens when that one is handed in, which freezes its answer.",
        required=False,
    )

    def __init__(self, *args: Any, entries: Iterable[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose…"), *((entry.slug, str(entry)) for entry in _by_area(entries))]
        self.fields["question"].choices = choices  # type: ignore[attr-defined]  # typed by its base class

    @classmethod
    def of(cls, slot: Slot, entries: Iterable[Entry], data: Any = None) -> "SlotForm":
        names = ("count", "area", "kinds", "levels", "minutes_from", "minutes_to", "unseen", "follows")
        initial = {name: getattr(slot, name) for name in names}
        initial |= {name: ", ".join(getattr(slot, name)) for name in ("topics", "tags")}
        question = slot.question
        initial |= {"way": "fixed" if question else "draw", "question": question.slug if question else ""}
        return cls(data, entries=entries, initial=initial)

    def clean_count(self) -> int:
        return self.cleaned_data["count"] or 1

    def clean_topics(self) -> list[str]:
        codes = _words(self.cleaned_data["topics"].upper())
        known = set(Topic.objects.filter(code__in=codes).values_list("code", flat=True))
        if unknown := [code for code in codes if code not in known]:
            raise ValidationError(f"The syllabus has no {_or(unknown)}. Its ids look like B1 or O2.")
        return codes

    def clean_tags(self) -> list[str]:
        tags = _words(self.cleaned_data["tags"])
        if long := next((tag for tag in tags if len(tag) > TAG_LIMIT), ""):
            raise ValidationError(f"“{long[:TAG_LIMIT]}…” is no tag: {TAG_LIMIT} characters fit into one.")
        return tags

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        if words.get("way") == "fixed":
            if not words.get("question") and "question" not in self.errors:
                self.add_error("question", "Choose the question, or take a draw.")
            return words
        if words.get("follows") and words.get("count", 1) > 1:
            self.add_error("count", "A follow-up is a single question. Draw one.")
        low, high = words.get("minutes_from"), words.get("minutes_to")
        if low and high and low > high:
            self.add_error("minutes_to", f"This is less than {low}, with which the span begins.")
        return words

    def words(self) -> dict[str, Any]:
        """What the slot is made of; a fixed one has no filters."""
        words = dict(self.cleaned_data)
        way, slug = words.pop("way"), words.pop("question")
        if way == "draw":
            return words | {"question": None}
        empty = Slot(follows=words["follows"])
        blank = {name: getattr(empty, name) for name in words}
        return blank | {"question": Question.objects.get(slug=slug)}


def _by_area(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.area_title, entry.title))


def _words(text: str) -> list[str]:
    """Between commas, each once."""
    return list(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def _or(words: Sequence[str]) -> str:
    return " or ".join(words)
