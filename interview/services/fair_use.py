"""How much of the workers one person may have: runs in flight, and runs within a minute.

What closing makes of a draft is never asked about, and what failed on the platform's side is not counted.
"""

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from interview.exceptions import TooManyRuns
from interview.models import Submission, User
from interview.models.grading import UNFINISHED
from interview.selectors import submission as submissions

WINDOW = timedelta(minutes=1)
SOON = 2  # seconds; when a run of one's own will be over cannot be known


def refuse_too_many(candidate: User, now: datetime) -> None:
    """Raises TooManyRuns. Call it in the transaction that adds the next one, with the interview locked before.

    The person's row is held until then, so that two tabs, or two interviews, cannot both be the last that fits.
    """
    User.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    runs = submissions.asked_of_workers(candidate)
    _refuse_in_flight(runs)
    _refuse_in_a_minute(runs, now)


def _refuse_in_flight(runs: QuerySet[Submission]) -> None:
    # One that no worker can take now is our fault, and waits beside the others.
    under_way = runs.filter(current_grading__state__in=UNFINISHED, current_grading__waits_because="").count()
    if under_way >= settings.RUNS_IN_FLIGHT:
        raise TooManyRuns(
            f"{under_way} of your runs are being judged, as many as one person may have at a time. "
            "The next run is possible as soon as one of them is finished or stopped.",
            SOON,
        )


def _refuse_in_a_minute(runs: QuerySet[Submission], now: datetime) -> None:
    newest = runs.filter(created_at__gt=now - WINDOW).order_by("-created_at")
    times = list(newest.values_list("created_at", flat=True)[: settings.RUNS_PER_MINUTE])
    if len(times) < settings.RUNS_PER_MINUTE:
        return
    wait = math.ceil((times[-1] + WINDOW - now).total_seconds())
    raise TooManyRuns(
        f"You have run {len(times)} times in a minute; the next run is possible in {wait} s.", wait
    )
