from django.core.management.base import BaseCommand

from treatments.start import prepare


class Command(BaseCommand):
    help = "Bring database, sample and static files up to date, as serve does before it serves."

    def handle(self, **options):
        prepare(self.stdout.write)
