from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils import timezone

from interview.models import Template

WRITTEN = "%Y-%m-%dT%H:%M"


class _Moment(forms.DateTimeField):
    """A point in time as the browser's own control writes it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WRITTEN)
        super().__init__(widget=widget, input_formats=[WRITTEN], **kwargs)


class AppointmentForm(forms.Form):
    """Which interview, and when it can be started; the times are read in the zone that is chosen."""

    use_required_attribute = False
    template = forms.ModelChoiceField(
        Template.objects.none(),
        label="Interview",
        empty_label="Choose…",
        error_messages={"required": "Choose the interview."},
    )
    zone = forms.ChoiceField(
        label="Time zone", help_text="Of the two times below. The mail names it.", initial="UTC"
    )
    opens = _Moment(
        label="Can be started from", error_messages={"required": "Say from when it can be started."}
    )
    closes = _Moment(
        label="until",
        help_text="The interview has its whole time, however late it is begun.",
        error_messages={"required": "Say until when it can be started."},
    )

    def __init__(self, *args: Any, templates: Iterable[Template], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Template.objects.filter(pk__in=[template.pk for template in templates])
        self.fields["template"].queryset = offered  # type: ignore[attr-defined]  # typed by its base class
        zones = [(name, name) for name in sorted(available_timezones())]
        self.fields["zone"].choices = zones  # type: ignore[attr-defined]  # typed by its base class
        self.fields["zone"].widget.attrs["data-own-zone"] = ""

    def _clean_fields(self) -> None:
        """What a clock of that zone never shows, or shows twice, is refused by Django in words."""
        asked = self.data.get("zone", "")
        with timezone.override(ZoneInfo(asked if asked in available_timezones() else "UTC")):
            super()._clean_fields()  # type: ignore[misc]  # Django's own step, which the stubs leave out

    @property
    def window(self) -> tuple[datetime, datetime]:
        return self.cleaned_data["opens"], self.cleaned_data["closes"]
