import base64

import pgtrigger
import yaml
from django.db import migrations, models


def read_out(apps, schema_editor):
    """What earlier releases forbid stands in their question.yaml; their candidates are to read it as well.

    The files stay as they are: only what repeats them is filled in, which the trigger has to let pass for once.
    """
    Release = apps.get_model("interview", "Release")
    with pgtrigger.ignore("interview.Release:release_never_changes"):
        for release in Release.objects.only("files").iterator():
            entry = release.files.get("question.yaml", {})
            text = entry["text"] if "text" in entry else base64.b64decode(entry.get("base64", ""))
            front = yaml.safe_load(text) or {}
            if front.get("forbid"):
                forbid = {"names": front["forbid"], "because": front.get("forbid_because", "")}
                Release.objects.filter(pk=release.pk).update(forbid=forbid)


class Migration(migrations.Migration):
    dependencies = [
        ("interview", "0010_withdrawn_submissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="forbid",
            field=models.JSONField(
                default=dict,
                help_text="`names` that code has to do without, and `because`; empty when there are none.",
            ),
        ),
        migrations.RunPython(read_out, migrations.RunPython.noop),
    ]
