from typing import Any

from django.core.management.base import CommandParser

from treatments.management import progress
from treatments.management.prepared import PreparedCommand
from treatments.running import retention


class Command(PreparedCommand):
    help = "Erase requests and refused comments that have been kept long enough; without --now only say how many."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", action="store_true", help="really erase them")

    def handle(self, *, now: bool, **options: Any) -> None:
        if now:
            erased = retention.erase_expired(shown=lambda due: progress.shown(due, self.stdout, "Erasing"))
            self.stdout.write(f"Erased: {erased}")
        else:
            self.stdout.write(f"Would be erased: {retention.number_expired()}. Add --now to erase them.")
