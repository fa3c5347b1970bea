import signal
import time

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from treatments import checklist, outbox, publishing, retention
from treatments.models import Clinic

#: Between two looks into the outbox, in seconds.
PAUSE = 2
#: Between two rounds of erasing, in seconds.
DAY = 24 * 3600


class Command(BaseCommand):
    help = "Send messages and publish drafts as they fall due, and erase what was kept long enough, until told to stop."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *, once, **options):
        owner = outbox.new_owner()
        if once:
            published = len(publishing.publish_due(timezone.now()))
            self.stdout.write(f"Published: {published}. Sent: {outbox.send_due(owner)}")
            return
        self.stopping = False
        # SIGHUP as well: the supervisor starts it again, with whatever is new.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.stop)
        erased_at = seen_at = None
        while not self.stopping:
            close_old_connections()
            try:
                if seen_at is None or time.monotonic() - seen_at > checklist.HEARTBEAT.total_seconds():
                    Clinic.objects.heartbeat(timezone.now())
                    seen_at = time.monotonic()
                # Patients' letters first: a draft that cannot be published keeps none of them waiting.
                outbox.send_due(owner)
                for edition in publishing.publish_due(timezone.now()):
                    self.stdout.write(f"Published as planned: {edition}")
                if erased_at is None or time.monotonic() - erased_at > DAY:
                    retention.erase_expired()
                    erased_at = time.monotonic()
            except OperationalError as fault:
                # The database is being restarted: what was claimed becomes free when its lease ends.
                self.stderr.write(f"The database does not answer ({type(fault).__name__}); trying again.")
            self.rest()

    def stop(self, number, frame):
        self.stopping = True

    def rest(self):
        for _tenth in range(PAUSE * 10):
            if not self.stopping:
                time.sleep(0.1)
