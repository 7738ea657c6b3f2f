import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from grader.curves import read_curves
from grader.estimate import Estimate, fill
from grader.rubric import order_fraction
from interview.models.question import ANSWER_FORMS, AnswerForm, Kind, Question

Files = dict[str, dict[str, str]]
FOUND_OUTPUT = "starter.out"
HINT = re.compile(r"hints/(?P<number>\d+)\.md")


def encode_files(files: Mapping[str, bytes]) -> Files:
    """Path to bytes, as JSON: text where it is text, base64 where JSONB could not hold it."""
    return {path: _encode(content) for path, content in sorted(files.items())}


def _encode(content: bytes) -> dict[str, str]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
    # JSONB refuses NUL, which is valid UTF-8.
    return {"base64": base64.b64encode(content).decode()} if "\0" in text else {"text": text}


def decode_files(files: Files) -> dict[str, bytes]:
    """The inverse of `encode_files`."""
    return {path: _decode(entry) for path, entry in files.items()}


def _decode(entry: dict[str, str]) -> bytes:
    return entry["text"].encode() if "text" in entry else base64.b64decode(entry["base64"])


class Device(models.TextChoices):
    """What a question's tests need to run on."""

    CPU = "cpu", "CPU"
    GPU = "gpu", "GPU"
    EITHER = "either", "CPU or GPU"


# The services look as well, and say it kindlier; this holds for whatever else writes releases.
IS_PROVEN = """
IF NOT EXISTS (SELECT 1 FROM interview_proof AS p WHERE p.content_hash = NEW.content_hash) THEN
    RAISE EXCEPTION 'This release was not proven: no check found exactly these files in order.';
END IF;
RETURN NEW;
"""


class Release(models.Model):
    """An immutable, content-hashed publication of a question's folder.

    Title, statement, rubric and the like repeat what `files` say. They are read out once, when the release is made;
    since a release never changes they cannot drift, and pages need not parse YAML.
    """

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="releases"
    )
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    files = models.JSONField()

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind)
    level = models.CharField(max_length=16)
    minutes = models.PositiveSmallIntegerField()
    covers = ArrayField(models.CharField(max_length=8))
    statement = models.TextField()
    solution = models.TextField(blank=True)
    device = models.CharField(max_length=8, choices=Device, default=Device.CPU)
    starter = models.JSONField(default=dict)
    limits = models.JSONField(default=dict)
    forbid = models.JSONField(
        default=dict,
        help_text="`names` that code has to do without, and `because`; empty when there are none.",
    )
    rubric = models.JSONField(null=True)
    choice = models.JSONField(null=True, help_text="The parts of a choice question, keys included.")
    estimate = models.JSONField(null=True, help_text="The key of an estimate with all its variants.")
    automatic_points = models.FloatField()
    rubric_points = models.FloatField()

    class Meta:
        ordering = ("question", "-number")
        constraints = [
            models.UniqueConstraint(name="release_number_is_unique", fields=["question", "number"]),
            models.CheckConstraint(name="release_numbers_from_one", condition=models.Q(number__gte=1)),
            models.CheckConstraint(name="release_kind_is_known", condition=models.Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="release_device_is_known", condition=models.Q(device__in=Device.values)
            ),
            models.CheckConstraint(
                name="release_has_parts_exactly_when_choice",
                condition=models.Q(kind=Kind.CHOICE, choice__isnull=False)
                | (~models.Q(kind=Kind.CHOICE) & models.Q(choice__isnull=True)),
            ),
            models.CheckConstraint(
                name="release_has_an_estimate_only_when_estimate",
                condition=models.Q(kind=Kind.ESTIMATE) | models.Q(estimate__isnull=True),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="release_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="release_is_proven",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=IS_PROVEN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} release {self.number}"

    @property
    def max_points(self) -> float:
        return self.automatic_points + self.rubric_points

    @property
    def answer_form(self) -> AnswerForm:
        """What an answer to it is made of."""
        if self.kind == Kind.ESTIMATE and self.estimate is None:
            return AnswerForm.TEXT  # published before estimates had keys, for a reviewer to read
        return ANSWER_FORMS.get(Kind(self.kind), AnswerForm.TEXT)

    @property
    def tries(self) -> str:
        """What a grading of code goes through, as people call it."""
        return "variants" if self.kind == Kind.WRITE_THE_TEST else "tests"

    @property
    def is_keyed(self) -> bool:
        """Whether a key scores it, at once, and tells its candidate nothing before the release."""
        return self.answer_form in (AnswerForm.CHOICE, AnswerForm.ESTIMATE)

    @property
    def estimate_key(self) -> Estimate | None:
        """The key of an estimate. Not for candidates before they may see it."""
        return Estimate.from_dict(self.estimate) if self.estimate else None

    def told(self, text: str, seed: int) -> str:
        """`text` of the question as the interview of `seed` reads it: the values of its variant filled in."""
        key = self.estimate_key
        return fill(text, key.draw(seed)) if key else text

    @property
    def file_contents(self) -> dict[str, bytes]:
        return decode_files(self.files)

    @property
    def hints(self) -> list[str]:
        """What the folder's hints/1.md, hints/2.md … say, in the order of their numbers."""
        named = {path: HINT.fullmatch(path) for path in self.files}
        numbered = sorted((int(match["number"]), path) for path, match in named.items() if match)
        return [_decode(self.files[path]).decode() for _, path in numbered]

    @property
    def found_run(self) -> dict[str, Any] | None:
        """What the script of a debug lab printed as it was found, with its curves; None where nobody recorded it."""
        if FOUND_OUTPUT not in self.files:
            return None
        text = _decode(self.files[FOUND_OUTPUT]).decode()
        return {"stdout": text, "curves": [series.to_dict() for series in read_curves(text)]}

    def rubric_entries(self) -> list[dict[str, Any]]:
        """Criteria, then red flags, each with `id`, `tier` and `points`, in the order of the rubric."""
        if not self.rubric:
            return []
        flags = [{**entry, "tier": "red flag"} for entry in self.rubric["red_flags"]]
        return [*self.rubric["criteria"], *flags]

    @property
    def order(self) -> dict[str, Any] | None:
        """`points` and `explain` of the order of entries, where it is scored."""
        return self.rubric.get("order") if self.rubric else None

    def order_points(self, entries: Sequence[int | None]) -> float:
        """What the order is worth: `entries` are the numbers of those that cover step 1, 2 …, None for uncovered."""
        return float(self.order["points"]) * order_fraction(entries) if self.order else 0.0
