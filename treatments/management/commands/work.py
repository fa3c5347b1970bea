import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection
from django.utils import timezone

from clinic_site.outage import is_outage
from treatments.consultation import links
from treatments.follow_up import sending, settling
from treatments.publication import publishing
from treatments.running import checklist, database_file, retention
from treatments.running.backups import nightly
from treatments.running.start import check_key, check_prepared
from treatments.running.supervisor import end_with_parent

#: Between two looks into the outbox, in seconds.
PAUSE = 2
#: Between two rounds of erasing, in seconds.
DAY = 24 * 3600


class Command(BaseCommand):
    help = "Send messages, publish drafts, erase what was kept long enough and make backups, until told to stop."

    stopping: threading.Event
    #: When the worker last said that it is there, and when it last erased, by time.monotonic(); None if not yet.
    seen_at: float | None = None
    erased_at: float | None = None
    #: When a backup failed last, likewise.
    failed_at: float | None = None

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        if once:
            # Where it works on and on, it waits for a database that is away.
            check_prepared()
        check_key()
        owner = sending.new_owner()
        if once:
            published = len(publishing.publish_due(timezone.now()))
            links.answer(timezone.now())
            sent = sending.send_due(owner)
            settling.sweep(timezone.now())
            self.stdout.write(f"Published: {published}. Sent: {sent}")
            return
        self.stopping = threading.Event()
        # SIGHUP as well: the supervisor starts it again, with whatever is new.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: self.stopping.set())
        with database_file.kept():
            self.work(owner)

    def work(self, owner: str) -> None:
        """Work until told to stop, with a thread each for letters and for backups, which may take long.

        `owner` is the name under which letters are claimed.
        """
        beside = [
            threading.Thread(target=self.rounds, args=(lambda: self.send(owner),)),
            threading.Thread(target=self.rounds, args=(self.back_up,)),
        ]
        for thread in beside:
            thread.start()
        self.rounds(self.all_else)
        # The letter in hand is finished first.
        for thread in beside:
            thread.join()

    def rounds(self, work: Callable[[], None]) -> None:
        """Do the work again and again, with a pause, until told to stop."""
        try:
            while not self.stopping.is_set():
                close_old_connections()
                try:
                    work()
                except Exception as error:
                    if not is_outage(error):
                        raise
                    # What was claimed becomes free when its lease ends.
                    self.stderr.write(f"The database or the disk is away ({type(error).__name__}); trying again.")
                self.stopping.wait(PAUSE)
        except BaseException:
            # Neither of the two goes on alone; the supervisor starts both again.
            self.stopping.set()
            raise
        finally:
            connection.close()

    def send(self, owner: str) -> None:
        """Answer those who asked for their links, and send the letters that are due."""
        links.answer(timezone.now())
        sending.send_due(owner, is_stopped=self.stopping.is_set)

    def all_else(self) -> None:
        """Publish what is due; every HEARTBEAT say that the worker is there, and every DAY erase what is due."""
        if self.seen_at is None or time.monotonic() - self.seen_at > checklist.HEARTBEAT.total_seconds():
            retention.heartbeat(timezone.now())
            settling.sweep(timezone.now())
            self.seen_at = time.monotonic()
        for edition in publishing.publish_due(timezone.now()):
            self.stdout.write(f"Published as planned: {edition}")
        if self.erased_at is None or time.monotonic() - self.erased_at > DAY:
            retention.erase_if_right()
            self.erased_at = time.monotonic()

    def back_up(self) -> None:
        """Make the backup of last night if it is missing, in a process of its own, which takes less than its share."""
        has_just_failed = (
            self.failed_at is not None and time.monotonic() - self.failed_at < nightly.PAUSE.total_seconds()
        )
        if has_just_failed or not nightly.is_due(timezone.now()):
            return
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "backup", "--nightly"]
        with subprocess.Popen(command, preexec_fn=end_with_parent) as backup:
            while backup.poll() is None:
                if self.stopping.wait(PAUSE):
                    # What it has written so far it takes away itself, or the next one does.
                    backup.terminate()
        if backup.returncode:
            # Why, it has said itself.
            self.failed_at = time.monotonic()
