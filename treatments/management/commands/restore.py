import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from treatments.running.backups.restore import restore

#: What is typed to go on.
WORD = "replace"


class Command(BaseCommand):
    help = "Put a backup in the place of all that the site holds. The site has to be stopped."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what “manage.py backup” has written")
        parser.add_argument("--replace", action="store_true", help="do not ask before what the site holds is replaced")

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        if not restore(file.absolute(), self.stdout.write, lambda loss: replace or self.agrees(loss)):
            raise CommandError("Nothing was restored.")

    def agrees(self, loss: str) -> bool:
        """Whether whoever sits before the screen types that the data may go."""
        self.stdout.write(loss)
        if not sys.stdin.isatty():
            raise CommandError("Add --replace if that is meant. Nothing was restored.")
        return input(f"Type {WORD} to go on: ").strip() == WORD
