"""Every refusal of the API is `{"detail": sentence, "code": word}`, with what the client needs to go on."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from interview.exceptions import (
    AnswerLocked,
    InterviewClosed,
    InterviewError,
    NotAllowed,
    QuestionPassed,
    StaleRevision,
    TooManyRuns,
)

STATUS = {NotAllowed: 403, InterviewClosed: 410, AnswerLocked: 410, QuestionPassed: 410, TooManyRuns: 429}
CONFLICT = 409


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn the product's own refusals into responses; leave the rest to the framework."""
    if not isinstance(error, InterviewError):
        return exception_handler(error, context)
    body: dict[str, Any] = {"detail": str(error), "code": error.code}
    if isinstance(error, StaleRevision):
        body |= {"revision": error.revision, "answer": error.answer}
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyRuns) else None
    return Response(body, status=status_of(error), headers=headers)


def status_of(error: InterviewError) -> int:
    if error.code.startswith("invalid_"):
        return 400
    return STATUS.get(type(error), CONFLICT)
