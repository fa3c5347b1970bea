import multiprocessing
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from treatments.running.start import check_port, prepare
from treatments.running.supervisor import Supervisor

FIRST_ACCOUNT = "staff"


class Command(BaseCommand):
    help = "Prepare whatever is not ready yet, then serve the site until Ctrl-C."

    def handle(self, **options: Any) -> None:
        check_port(say)
        password = apart(get_ready)
        watch = {"alerts": managing("alert", "--watch")} if settings.ALERT_TO else {}
        supervisor = Supervisor({"gunicorn": gunicorn(), "worker": managing("work"), **watch})
        threading.Thread(target=self.welcome, args=[password], daemon=True).start()
        sys.exit(supervisor.run())

    def welcome(self, password: str | None) -> None:
        """Say where the site is, once it answers, with the password of the first account if there is one."""
        if not answers():
            return
        lines = ["", f"The site is at {settings.SITE_URL}/"]
        if settings.IS_DEMONSTRATION:
            lines.append("It is a demonstration: no other machine can reach it.")
        if password:
            lines.append(f"Staff sign in at {settings.SITE_URL}/admin/ as {FIRST_ACCOUNT} with the password {password}")
            lines.append("The password is shown only now; “make staff” makes another.")
        else:
            lines.append(f"Staff sign in at {settings.SITE_URL}/admin/")
        if settings.EMAIL_BACKEND == "treatments.follow_up.mail.FolderBackend":
            lines.append(f"There is no mail server: letters are written into {settings.MAIL_FOLDER} instead.")
        lines.append("Ctrl-C stops it.")
        say("\n".join(lines))


def say(text: str) -> None:
    """Print a text at once, whatever else is still to be printed."""
    print(text, flush=True)


def get_ready() -> str | None:
    """Prepare the site; returns the password of the first account if it was made just now, else None."""
    return prepare(say, first_account=FIRST_ACCOUNT)


def apart(work: Callable[[], str | None]) -> str | None:
    """What `work` returns or raises, done in a process that ends, because a first start's pictures take much memory."""
    try:
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
            return pool.submit(work).result()
    except BrokenProcessPool as error:
        raise CommandError("Getting ready was ended from outside, perhaps for want of memory. Start again.") from error


def gunicorn() -> list[str]:
    """The command line of the web server."""
    return [
        *(sys.executable, "-m", "gunicorn"),
        *("--config", str(settings.BASE_DIR / "clinic_site" / "gunicorn_settings.py")),
        *("--bind", f"{settings.HOST_IN_ADDRESSES}:{settings.PORT}", "--workers", str(settings.WEB_CONCURRENCY)),
        "clinic_site.wsgi",
    ]


def managing(*command: str) -> list[str]:
    """The command line of one of the site's own commands."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *command]


def answers(patience: float = 30) -> bool:
    """Whether the web server answers within `patience` seconds."""
    host = "127.0.0.1" if settings.HOST in settings.WILDCARDS else settings.BROWSABLE_HOST
    # A proxy of the environment must not be asked about our own address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            opener.open(f"http://{host}:{settings.PORT}/healthz", timeout=2).close()
            return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False
