import argparse
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from treatments.management.prepared import PreparedCommand
from treatments.running.backups import nightly
from treatments.running.backups.make import make
from treatments.running.start import check_key

#: Patients come first: how much less of the processor a backup gets while others want it.
POLITENESS = 19


class Command(PreparedCommand):
    help = "Write database, pictures and key into one file, while the site runs. BACKUP_PASSPHRASE encrypts it."

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("file", nargs="?", type=Path, help="where to write it; there is no such file yet")
        where.add_argument("--nightly", dest="is_nightly", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *, file: Path | None, is_nightly: bool, **options: Any) -> None:
        check_key()
        os.nice(POLITENESS)
        if is_nightly:
            self.make_nightly()
        elif file is not None:
            make(file.absolute(), self.stdout.write)
            if not settings.BACKUP_PASSPHRASE:
                self.stdout.write(
                    "It is NOT encrypted, and holds all that patients wrote and the key to their links. Set "
                    "BACKUP_PASSPHRASE for one that is."
                )

    def make_nightly(self) -> None:
        """The worker's: quiet, but for what goes wrong."""
        if settings.BACKUP_FOLDER is None:
            raise CommandError("BACKUP_FOLDER names no folder for the backups of each night.")
        nightly.make_if_due(lambda _said: None)
