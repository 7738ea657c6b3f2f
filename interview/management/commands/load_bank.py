from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from interview.exceptions import InvalidRelease
from interview.services import bank


class Command(BaseCommand):
    help = (
        "Publish what is new or changed of a bank folder's questions, and its areas, checklist and templates."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("root", nargs="?", type=Path, default=settings.BANK_DIR)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for loaded in bank.load_bank(options["root"]):
                what = f"release {loaded.release} published" if loaded.release else "up to date"
                self.stdout.write(loaded.told or f"{loaded.slug}: {what}")
        except InvalidRelease as error:
            raise CommandError(str(error)) from error
