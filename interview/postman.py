"""Sends the mails that are due, from the web process: of all parts it alone has a way out to a mail server."""

import logging
import threading

from django.conf import settings
from django.db import connection

from interview.services.release import announce_due

logger = logging.getLogger(__name__)

ROUND_SECONDS = 10


def start() -> None:
    """Go round for as long as the process lives; where no mail server is named, not at all."""
    if settings.SENDS_MAIL:
        threading.Thread(target=_walk, name="postman", daemon=True).start()


def _walk() -> None:
    while True:
        go_round()
        threading.Event().wait(ROUND_SECONDS)


def go_round() -> int:
    """Send what is due. A failure of one round must not end the next."""
    try:
        return announce_due()
    except Exception:
        logger.exception("The mails that were due could not be looked through; that is tried again.")
        return 0
    finally:
        if not connection.in_atomic_block:
            connection.close()
