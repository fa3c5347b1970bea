"""Commands that work on a site that is there already."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic_site.outage import is_outage
from treatments.running.start import check_prepared


class PreparedCommand(BaseCommand):
    """A command that refuses with a sentence while the database is not what `prepare` makes of it, or is away."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        """Django's own only warns, and then the command fails over a missing table."""
        check_prepared()

    def execute(self, *arguments: Any, **options: Any) -> str | None:
        try:
            return super().execute(*arguments, **options)
        except Exception as error:
            if not is_outage(error):
                raise
            said = " ".join(str(error).split())
            raise CommandError(f"The database or the disk is away ({said}); not all was done. Try again.") from error


def text(argument: str) -> str:
    """An argument of a command that the database is asked for; the type of one, as argparse calls it."""
    try:
        argument.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError("this is not UTF-8") from error
    return argument
