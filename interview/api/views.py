"""Drafts, the clock, submissions and gradings as JSON, for the candidate whose they are.

The same services and selectors serve the pages; nothing here decides.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from interview.api.serializers import (
    ClockSerializer,
    DraftSerializer,
    GradingSerializer,
    InterviewSerializer,
    NotesSerializer,
    PresenceSerializer,
    SubmissionSerializer,
)
from interview.models import Grading, Interview, Item, Submission
from interview.models.presence import Recorded
from interview.models.submission import SubmissionKind
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.selectors import submission as submissions
from interview.selectors.user import signed_in
from interview.services import presence
from interview.services.draft import save_draft
from interview.services.notes import save_notes
from interview.services.presence import Stretch
from interview.services.stage import refuse_ahead
from interview.services.submission import submit


class InterviewList(generics.ListAPIView[Interview]):
    """One's own interviews, newest first."""

    serializer_class = InterviewSerializer
    queryset = Interview.objects.none()

    def get_queryset(self) -> QuerySet[Interview]:
        return interviews.with_items(interviews.of_candidate(signed_in(self.request)))


class InterviewDetail(generics.RetrieveAPIView[Interview]):
    serializer_class = InterviewSerializer
    queryset = Interview.objects.none()

    def get_queryset(self) -> QuerySet[Interview]:
        return interviews.with_items(interviews.of_candidate(signed_in(self.request)))


class Clock(APIView):
    """The server's time and what is left of the interview, in seconds."""

    @extend_schema(responses=ClockSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        interview = get_object_or_404(interviews.of_candidate(signed_in(request)), pk=pk)
        now = timezone.now()
        section_left = stages.section_left(interview, now)
        return Response(
            {
                "id": interview.pk,
                "now": now,
                "deadline_at": interview.deadline_at,
                "seconds_left": interview.time_left(now).total_seconds(),
                "section_seconds_left": None if section_left is None else section_left.total_seconds(),
                "first_open": stages.present(interview, now).first,
                "is_open": interview.is_open(now),
                "is_paused": interview.is_paused,
            }
        )


class InterviewNotes(APIView):
    """One's own notes beside an interview. They are never scored, and nobody else reads them."""

    @extend_schema(responses=NotesSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        notes = interviews.notes_of(self.interview(request, pk))
        if notes is None:
            return Response({"answer": {"text": ""}, "revision": 0, "saved_at": None})
        return Response(NotesSerializer(notes).data)

    @extend_schema(request=NotesSerializer, responses=NotesSerializer)
    def put(self, request: Request, pk: UUID) -> Response:
        """Save. 409 with what is stored when another tab or device saved meanwhile; 410 when it is closed."""
        asked = NotesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(NotesSerializer(save_notes(self.interview(request, pk), **asked.validated_data)).data)

    def interview(self, request: Request, pk: UUID) -> Interview:
        return get_object_or_404(interviews.of_candidate(signed_in(request)), pk=pk)


class InterviewPresence(APIView):
    """How long a question was in view and when the page was away, as its candidate was told before the start."""

    @extend_schema(request=PresenceSerializer, responses=PresenceSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        interview = get_object_or_404(interviews.of_candidate(signed_in(request)), pk=pk)
        asked = PresenceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        told = [
            Stretch(**{**one, "kind": Recorded(one["kind"])}) for one in asked.validated_data["stretches"]
        ]
        return Response({"kept": presence.note(interview, told)})


class ItemDraft(APIView):
    """The answer as last saved."""

    def item(self, request: Request, pk: UUID) -> Item:
        return get_object_or_404(items.of_candidate(signed_in(request)), pk=pk)

    @extend_schema(responses=DraftSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        item = self.item(request, pk)
        refuse_ahead(item.interview, item)
        draft = items.draft_of(item)
        if draft is None:
            return Response({"answer": items.blank_answer(item.release), "revision": 0, "saved_at": None})
        return Response(DraftSerializer(draft).data)

    @extend_schema(request=DraftSerializer, responses=DraftSerializer)
    def put(self, request: Request, pk: UUID) -> Response:
        """Save. 409 with what is stored when another tab or device saved meanwhile; 410 when it is closed."""
        asked = DraftSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wish: dict[str, Any] = asked.validated_data
        draft = save_draft(self.item(request, pk), **wish)
        return Response(DraftSerializer(draft).data)


class ItemSubmissions(generics.ListCreateAPIView[Submission]):
    """Every run and submit of an item, oldest first; a POST hands code over to be judged."""

    serializer_class = SubmissionSerializer
    queryset = Submission.objects.none()

    def get_queryset(self) -> QuerySet[Submission]:
        return submissions.visible_to(signed_in(self.request)).filter(item=self.kwargs["pk"])

    def perform_create(self, serializer: SubmissionSerializer) -> None:  # type: ignore[override]  # narrower on purpose
        item = get_object_or_404(items.of_candidate(signed_in(self.request)), pk=self.kwargs["pk"])
        wish = serializer.validated_data
        asked = {name: wish[name] for name in ("again", "snippet", "stdin") if name in wish}
        serializer.instance = submit(item, SubmissionKind(wish["kind"]), wish["answer"], **asked)
        serializer.instance.refresh_from_db()


class SubmissionDetail(generics.RetrieveAPIView[Submission]):
    serializer_class = SubmissionSerializer
    queryset = Submission.objects.none()

    def get_queryset(self) -> QuerySet[Submission]:
        return submissions.visible_to(signed_in(self.request))


class GradingDetail(generics.RetrieveAPIView[Grading]):
    serializer_class = GradingSerializer
    queryset = Grading.objects.none()

    def get_queryset(self) -> QuerySet[Grading]:
        return submissions.gradings_visible_to(signed_in(self.request))
