import logging
import smtplib
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from treatments.running import alert

log = logging.getLogger("treatments.alert")

#: Seconds between two looks.
PAUSE = 60


class Command(BaseCommand):
    help = "Tell ALERT_TO by letter that the site is in trouble, or that it is over; for cron, each minute."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="look each minute until stopped, as “serve” does")

    def handle(self, *, watch: bool, **options: Any) -> None:
        if not settings.ALERT_TO:
            raise CommandError("ALERT_TO names nobody to tell; set it and ALERT_EMAIL_URL.")
        while watch:
            self.look_again()
            time.sleep(PAUSE)
        try:
            lines = alert.look()
        except (OSError, smtplib.SMTPException) as error:
            raise CommandError(f"No letter could be written ({type(error).__name__}).") from error
        if lines:
            self.stdout.write("\n".join(lines))

    def look_again(self) -> None:
        """Look, and go on whatever fails."""
        try:
            alert.look()
        except Exception as error:
            log.warning("No letter about trouble could be written (%s).", type(error).__name__)
