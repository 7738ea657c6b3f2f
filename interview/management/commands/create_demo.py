from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interview.exceptions import NotAllowed
from interview.services.user import create_demo_people


class Command(BaseCommand):
    help = "Create the demo candidate, interviewer, author and admin (embedded mode only)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            people = create_demo_people()
        except NotAllowed as error:
            raise CommandError(str(error)) from error
        for person in people:
            self.stdout.write(f"{person.role}: {person.email}")
