"""What the platform failed to judge is judged anew by itself, after waits that grow."""

import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from interview.models import Interview, Submission
from interview.selectors import item as items
from interview.selectors import submission as submissions
from interview.services.lock import lock
from interview.services.submission import have_judged

logger = logging.getLogger(__name__)


def retry_failed() -> int:
    """Queue anew what ended in a Judge Error and is still wanted; returns how many. The failed gradings stay."""
    return sum(_retry(pk) for pk in submissions.failed_by_us().values_list("pk", flat=True))


@transaction.atomic
def _retry(pk: UUID) -> bool:
    submission = Submission.objects.select_related("item__interview", "item__release").get(pk=pk)
    interview = lock(submission.item.interview)
    # Asked for anew under the lock: another sweep may have been quicker.
    if not submissions.failed_by_us().filter(pk=pk).exists() or not _is_wanted(submission, interview):
        return False
    logger.info("Submission %s is judged anew after a Judge Error.", pk)
    have_judged(submission)
    return True


def _is_wanted(submission: Submission, interview: Interview) -> bool:
    """Whether it counts, or is what its candidate still looks at."""
    item = submission.item
    if items.counting_submission(item) == submission:
        return True
    return interview.is_open(timezone.now()) and items.latest_submission(item) == submission
