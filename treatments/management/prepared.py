"""Commands that work on a site that is there already."""

from django.core.management.base import BaseCommand

from treatments.running.start import check_prepared


class PreparedCommand(BaseCommand):
    """A command that refuses with a sentence while the database is not what `prepare` makes of it."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        """Django's own only warns, and then the command fails over a missing table."""
        check_prepared()
