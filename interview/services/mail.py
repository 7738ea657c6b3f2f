"""Sending mails over one connection, and saying in words why one could not be sent."""

import smtplib
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend


def send(mails: Iterable[EmailMessage]) -> list[str]:
    """For each mail why it could not be sent, empty when it was. One that fails leaves the others alone."""
    connection = get_connection()
    gone = _opened(connection)
    troubles = []
    for mail in mails:
        failed, gone = ("", gone) if gone else _sent(mail, connection)
        troubles.append(gone or failed)
    connection.close()
    return troubles


def _opened(connection: BaseEmailBackend) -> str:
    """Nothing, or why no mail at all can be sent."""
    try:
        connection.open()
    except OSError as error:
        return _reason(error)
    return ""


def _sent(mail: EmailMessage, connection: BaseEmailBackend) -> tuple[str, str]:
    """What went wrong with this mail, and what will go wrong with all that follow; both empty when it was sent."""
    mail.connection = connection
    try:
        mail.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        return _reason(error), ""
    except OSError as error:
        # The server is gone or silent: to wait for it once for each person would take minutes.
        return "", _reason(error)
    return "", ""


def _reason(error: OSError) -> str:
    """A mail server's failure in words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"the mail server refused the address ({code} {_text(text)})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, TimeoutError):
        return f"the mail server {settings.EMAIL_HOST} did not answer within {settings.EMAIL_TIMEOUT} seconds"
    return f"the mail server {settings.EMAIL_HOST} could not be reached ({error})"


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
