from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from interview.services import sync


class Command(BaseCommand):
    help = (
        "Load a tree of question folders (AREA/NAME) into the working copies, or with --export write the working "
        "copies to it. What changed on both sides is reported and left as it is. Nothing is published."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("root", type=Path, metavar="DIR")
        parser.add_argument(
            "--export", action="store_true", help="write to the folders instead of loading them"
        )
        parser.add_argument(
            "--take-folder",
            action="append",
            default=[],
            metavar="NAME",
            help="settle a conflict: the folder wins",
        )
        parser.add_argument(
            "--keep-browser",
            action="append",
            default=[],
            metavar="NAME",
            help="settle a conflict: the browser wins",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root, settled = options["root"], (options["take_folder"], options["keep_browser"])
        if not root.is_dir():
            raise CommandError(f"{root} is not a folder. Name the one that has the areas in it.")
        if options["export"] and any(settled):
            raise CommandError("Settle conflicts while loading; then export.")
        found = list(sync.export_tree(root) if options["export"] else sync.load_tree(root, *settled))
        for synced in found:
            self.stdout.write(str(synced))
        if unsettled := sum(synced.needs_a_person for synced in found):
            raise CommandError(f"{unsettled} of {len(found)} questions need a person; see above.")
