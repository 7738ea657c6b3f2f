"""What the API shows of drafts, the clock, submissions and gradings."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from interview.models import Draft, Grading, Interview, Item, Notes, Submission
from interview.models.interview import InterviewStatus
from interview.models.presence import LARGE_PASTE, SPANS
from interview.models.snapshot import SnapshotReason
from interview.models.submission import SubmissionKind
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.selectors.stage import Standing
from interview.selectors.submission import queue_position, tells_result

DAY = 24 * 60 * 60  # seconds
STRETCHES_LIMIT = 50
# What only a page knows of the change that it saves.
TOLD = [
    (reason.value, reason.label)
    for reason in (SnapshotReason.PASTE, SnapshotReason.RESET, SnapshotReason.RESTORE)
]
ASKABLE = [(kind.value, kind.label) for kind in SubmissionKind if kind != SubmissionKind.FINAL]


class ClockSerializer(serializers.ModelSerializer[Interview]):
    """Times by the server; a page works with differences and needs no right clock of its own."""

    now = serializers.DateTimeField(read_only=True)
    seconds_left = serializers.FloatField(read_only=True)
    section_seconds_left = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Where the present section has a clock of its own."
    )
    first_open = serializers.IntegerField(
        read_only=True, help_text="The position at which the present stage begins."
    )
    is_open = serializers.BooleanField(read_only=True)
    is_paused = serializers.BooleanField(read_only=True)

    class Meta:
        model = Interview
        fields = (
            "id",
            "now",
            "deadline_at",
            "seconds_left",
            "section_seconds_left",
            "first_open",
            "is_open",
            "is_paused",
        )


class ItemSerializer(serializers.ModelSerializer[Item]):
    title = serializers.SerializerMethodField()
    kind = serializers.CharField(source="release.kind")
    max_points = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = ("id", "position", "title", "kind", "max_points", "state")

    def get_max_points(self, item: Item) -> float:
        """Before the release those of the question as it was asked: a newer rubric is no candidate's to know yet."""
        by = item.marking_release if item.interview.released_at else item.release
        return item.release.automatic_points + by.rubric_points

    def get_title(self, item: Item) -> str:
        """Of a question that a one-way section does not show yet only its number."""
        interview = item.interview
        hidden = interview.is_open() and stages.present(interview).standing(item.position) == Standing.AHEAD
        return f"Question {item.position}" if hidden else item.release.title

    @extend_schema_field(serializers.ChoiceField(choices=items.ItemState.choices))
    def get_state(self, item: Item) -> str:
        return items.state(item).value


class InterviewSerializer(serializers.ModelSerializer[Interview]):
    title = serializers.CharField()
    status = serializers.SerializerMethodField()
    items = ItemSerializer(many=True)

    class Meta:
        model = Interview
        fields = ("id", "title", "status", "started_at", "deadline_at", "closed_at", "released_at", "items")

    @extend_schema_field(serializers.ChoiceField(choices=InterviewStatus.choices))
    def get_status(self, interview: Interview) -> str:
        return interviews.status(interview).value


class DraftSerializer(serializers.ModelSerializer[Draft]):
    """In a request `revision` is the one that the change was made from, 0 for the first; in an answer the new one.

    `reason` marks the change in the answer's timeline; a paste has its size in `pasted`, in characters.
    """

    answer = serializers.JSONField()
    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 2)
    reason = serializers.ChoiceField(choices=TOLD, write_only=True, required=False)
    pasted = serializers.IntegerField(
        min_value=LARGE_PASTE, max_value=2**31 - 1, write_only=True, required=False
    )

    class Meta:
        model = Draft
        fields = ("answer", "revision", "saved_at", "reason", "pasted")
        read_only_fields = ("saved_at",)

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if ("pasted" in wish) != (wish.get("reason") == SnapshotReason.PASTE):
            raise serializers.ValidationError({"pasted": "A paste has its size, and nothing else has one."})
        return wish


class NotesTextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)


class NotesSerializer(serializers.ModelSerializer[Notes]):
    """One's own notes in the form of a draft, so that a page saves both alike."""

    answer = NotesTextSerializer(source="*")
    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 2)

    class Meta:
        model = Notes
        fields = ("answer", "revision", "saved_at")
        read_only_fields = ("saved_at",)


class StretchSerializer(serializers.Serializer[Any]):
    """From and until how many seconds before it is sent; `item` is null between questions."""

    kind = serializers.ChoiceField(choices=SPANS)
    item = serializers.UUIDField(allow_null=True)
    began_ago = serializers.FloatField(min_value=0, max_value=DAY)
    ended_ago = serializers.FloatField(min_value=0, max_value=DAY)


class PresenceSerializer(serializers.Serializer[Any]):
    """What a page of a running interview reports of itself. `kept` is how many stretches told something new."""

    stretches = serializers.ListField(child=StretchSerializer(), max_length=STRETCHES_LIMIT, write_only=True)
    kept = serializers.IntegerField(read_only=True)


class GradingSerializer(serializers.ModelSerializer[Grading]):
    queue_position = serializers.SerializerMethodField()
    result = serializers.JSONField(source="shown", read_only=True, allow_null=True)

    class Meta:
        model = Grading
        fields = (
            "id",
            "state",
            "verdict",
            "queue_position",
            "waits_because",
            "queued_at",
            "started_at",
            "recorded_at",
            "result",
        )

    def get_queue_position(self, grading: Grading) -> int | None:
        return queue_position(grading)


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """`snippet` (run after the answer) and `stdin` (what it reads) come with `run_my_code` alone, up to 64 KiB each."""

    kind = serializers.ChoiceField(choices=ASKABLE)
    answer = serializers.JSONField()
    again = serializers.BooleanField(
        write_only=True, required=False, help_text="Judge it though the same was judged before."
    )
    snippet = serializers.CharField(allow_blank=True, trim_whitespace=False, required=False)
    stdin = serializers.CharField(allow_blank=True, trim_whitespace=False, required=False)
    repeats = serializers.PrimaryKeyRelatedField(  # type: ignore[var-annotated] # the stubs ask for a type that it lacks
        read_only=True, help_text="The earlier one of the same code whose result it was given."
    )
    grading = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = ("id", "kind", "answer", "again", "snippet", "stdin", "created_at", "repeats", "grading")
        read_only_fields = ("created_at",)

    @extend_schema_field(GradingSerializer(allow_null=True))
    def get_grading(self, submission: Submission) -> dict[str, Any] | None:
        if submission.current_grading is None or not tells_result(submission):
            return None
        return dict(GradingSerializer(submission.current_grading).data)
