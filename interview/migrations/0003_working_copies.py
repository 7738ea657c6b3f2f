"""Every question that was there before working copies gets one, with the files of its newest release."""

import base64

import yaml
from django.db import migrations


def make_working_copies(apps, schema_editor):
    Question = apps.get_model("interview", "Question")
    for question in Question.objects.filter(working_copy=None):
        newest = question.releases.order_by("-number").first()
        shipped = question.releases.filter(author=None).order_by("-number").first()
        _make(apps, question, newest, shipped)


def _make(apps, question, newest, shipped):
    apps.get_model("interview", "WorkingCopy").objects.create(
        question=question,
        files=newest.files if newest else {},
        content_hash=newest.content_hash if newest else "",
        based_on=newest,
        synced_hash=shipped.content_hash if shipped else "",
        changed_by=newest.author if newest else None,
    )
    if newest:
        question.title, question.level = newest.title, newest.level
        question.minutes, question.covers = newest.minutes, newest.covers
        question.keywords = _keywords(newest.files)
        question.save()


def _keywords(files):
    entry = files.get("question.yaml", {})
    content = entry["text"] if "text" in entry else base64.b64decode(entry.get("base64", ""))
    return (yaml.safe_load(content) or {}).get("keywords", [])


class Migration(migrations.Migration):
    dependencies = [("interview", "0002_curation")]

    operations = [migrations.RunPython(make_working_copies, migrations.RunPython.noop)]
