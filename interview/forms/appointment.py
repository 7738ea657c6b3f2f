from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from interview.forms.zone import Moment, ZonedForm
from interview.models import Template


class AppointmentForm(ZonedForm):
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
    opens = Moment(
        label="Can be started from", error_messages={"required": "Say from when it can be started."}
    )
    closes = Moment(
        label="until",
        help_text="The interview has its whole time, however late it is begun.",
        error_messages={"required": "Say until when it can be started."},
    )

    def __init__(self, *args: Any, templates: Iterable[Template], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Template.objects.filter(pk__in=[template.pk for template in templates])
        self.fields["template"].queryset = offered  # type: ignore[attr-defined]  # typed by its base class

    @property
    def window(self) -> tuple[datetime, datetime]:
        return self.cleaned_data["opens"], self.cleaned_data["closes"]
