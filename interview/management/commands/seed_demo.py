from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interview.exceptions import InterviewError, NotAllowed
from interview.services.demo import seed


class Command(BaseCommand):
    help = "Give the demo people a released report and an interview to review (embedded mode only)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = seed()
        except NotAllowed as error:
            raise CommandError(str(error)) from error
        except InterviewError as reason:
            # Nothing is lost: whatever was made stays, and the next start goes on from there.
            told = " ".join(str(reason).split())
            self.stdout.write(
                f"The demo interviews are not complete yet; the next start goes on. Why: {told}"
            )
            return
        for line in made:
            self.stdout.write(line)
