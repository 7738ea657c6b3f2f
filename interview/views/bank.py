"""What the pages of one question have in common."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from interview.models import Question, Release
from interview.selectors import question as questions
from interview.selectors.curation import standing
from interview.selectors.user import signed_in

DRAFT = "draft"  # how an address names the working copy beside releases, which have numbers


def question_of(request: HttpRequest, slug: str) -> Question:
    """The door to one question."""
    return get_object_or_404(questions.visible_to(signed_in(request)).select_related("area"), slug=slug)


def head(question: Question) -> dict[str, Any]:
    """What the head of each of its pages shows."""
    return {"question": question, "standing": standing(question)}


def release_of(question: Question, number: str) -> Release:
    """The release of that number; whatever is no number of a release is not found."""
    if not number.isdecimal() or len(number) > 9:
        raise Http404
    return get_object_or_404(question.releases.select_related("author"), number=int(number))


def files_of(question: Question, version: str) -> dict[str, bytes]:
    """The files of a release, or of the working copy."""
    if version == DRAFT:
        return question.working_copy.file_contents
    return release_of(question, version).file_contents


def name_of(version: str) -> str:
    return "the working copy" if version == DRAFT else f"release {version}"
