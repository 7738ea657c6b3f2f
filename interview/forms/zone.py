from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils import timezone

WRITTEN = "%Y-%m-%dT%H:%M"


class Moment(forms.DateTimeField):
    """A point in time as the browser's own control writes it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WRITTEN)
        super().__init__(widget=widget, input_formats=[WRITTEN], **kwargs)


class ZonedForm(forms.Form):
    """A form whose times are read in the zone that is chosen in it."""

    zone = forms.ChoiceField(label="Time zone", initial="UTC")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name) for name in sorted(available_timezones())]
        self.fields["zone"].choices = zones  # type: ignore[attr-defined]  # typed by its base class
        self.fields["zone"].widget.attrs["data-own-zone"] = ""

    def _clean_fields(self) -> None:
        """What a clock of that zone never shows, or shows twice, is refused by Django in words."""
        asked = self.data.get("zone", "")
        with timezone.override(ZoneInfo(asked if asked in available_timezones() else "UTC")):
            super()._clean_fields()  # type: ignore[misc]  # Django's own step, which the stubs leave out
