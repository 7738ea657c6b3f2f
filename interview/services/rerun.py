"""A reviewer's own run of a candidate's code, or of an edited copy. Nothing of the interview is touched by it."""

import secrets
from typing import Any

from django.db import transaction

from interview.exceptions import InvalidAnswer, StillGrading
from interview.models import Grading, Item, User
from interview.models.grading import UNFINISHED
from interview.models.question import AnswerForm
from interview.selectors.review import own_runs
from interview.services.answer import validated
from interview.services.bell import ring


@transaction.atomic
def rerun(item: Item, reviewer: User, answer: Any, seed: int | None = None) -> Grading:
    """Have `answer` judged by all tests of the release that was served, with the same `seed` or a new one.

    Raises InvalidAnswer, or StillGrading while another run of this reviewer is judged.
    """
    if item.release.answer_form != AnswerForm.CODE:
        raise InvalidAnswer("Only code can be run.")
    clean = validated(item.release, answer)
    # The reviewer's row keeps two presses apart.
    User.objects.select_for_update().get(pk=reviewer.pk)
    if own_runs(reviewer).filter(state__in=UNFINISHED).exists():
        raise StillGrading("Your last run is still being judged. Wait for its result, then try again.")
    grading = Grading.objects.create(
        release=item.release,
        asked_by=reviewer,
        files=clean["files"],
        visible_only=False,
        seed=secrets.randbits(32) if seed is None else seed,
        device=item.release.device,
    )
    ring(grading)
    return grading
