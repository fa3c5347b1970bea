from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from treatments.running.start import prepare


class Command(BaseCommand):
    help = "Bring database, sample and static files up to date, as serve does before it serves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new-key",
            action="store_true",
            help="go on with another secret key than that with which patients' links were signed; they are dead then",
        )

    def handle(self, *, new_key: bool, **options: Any) -> None:
        prepare(self.stdout.write, takes_new_key=new_key)
