from typing import Any

from django.core.management.base import BaseCommand

from treatments.running.start import collect_static_files


class Command(BaseCommand):
    help = "Build the static files if a source of theirs has changed; for images, whose file system is read-only later."

    def handle(self, **options: Any) -> None:
        collect_static_files(self.stdout.write)
