from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from interview.exceptions import InterviewError
from interview.services.invitation import link_days, make_admin


class Command(BaseCommand):
    help = "Make the first admin of a deployment and print the link at which they choose a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="Admin", help="as others see it (default: %(default)s)")
        parser.add_argument("--another", action="store_true", help="although there is an active admin")
        parser.add_argument(
            "--origin", default="", help="where people reach the product, like https://forward.example.org"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email, name = options["email"].strip(), options["name"].strip()
        try:
            validate_email(email)
            link = make_admin(
                email, name or "Admin", options["origin"] or _origin(), another=options["another"]
            )
        except (InterviewError, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        if link:
            self.stdout.write(
                f"{email} is an admin. This link lets them choose a password, once, for {link_days()} days:"
            )
            self.stdout.write(link)
        else:
            self.stdout.write(f"{email} is an admin now and signs in with the password they have.")


def _origin() -> str:
    """The first host that is served; on one's own machine over plain HTTP."""
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    return f"http://{host}:8000" if host in settings.LOOPBACK_HOSTS else f"https://{host}"
