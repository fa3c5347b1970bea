from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from treatments.web.nginx import Around, configuration, folder_that_is_closed, own_address


class Command(BaseCommand):
    help = "Print the whole configuration for an nginx in front of the site, as the settings say."

    def add_arguments(self, parser: CommandParser) -> None:
        folder = f"/etc/letsencrypt/live/{urlsplit(settings.SITE_URL).hostname}"
        parser.add_argument("--certificate", default=f"{folder}/fullchain.pem", help="the file of the TLS certificate")
        parser.add_argument("--key", default=f"{folder}/privkey.pem", help="the file of its key")
        parser.add_argument(
            "--application",
            metavar="HOST:PORT",
            action="append",
            dest="applications",
            help=f"where gunicorn listens, once for each machine; without it {own_address()}",
        )
        parser.add_argument("--without-brotli", action="store_true", help="for an nginx without that module")

    def handle(self, **options: Any) -> None:
        around = Around(
            certificate=options["certificate"],
            key=options["key"],
            applications=options["applications"] or (),
            has_brotli=not options["without_brotli"],
        )
        self.stdout.write(configuration(around))
        closed = folder_that_is_closed()
        if closed:
            self.stderr.write(
                f"CAREFUL: nginx runs as another user, who cannot pass the folder {closed}, so it would ask the site "
                "for every page. Set PAGES_DIR to a folder that others may enter."
            )
