import sys
import threading
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import connection

from treatments.staff import give_account
from treatments.start import check_port, prepare
from treatments.supervisor import Supervisor

FIRST_ACCOUNT = "staff"


class Command(BaseCommand):
    help = "Prepare whatever is not ready yet, then serve the site until Ctrl-C."

    def handle(self, **options):
        check_port()
        prepare(self.stdout.write)
        password = None if get_user_model().objects.exists() else give_account(FIRST_ACCOUNT)
        connection.close()
        supervisor = Supervisor({"gunicorn": gunicorn(), "worker": worker()})
        threading.Thread(target=self.welcome, args=[password], daemon=True).start()
        sys.exit(supervisor.run())

    def welcome(self, password):
        """Say where the site is, once it answers."""
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
        if settings.EMAIL_BACKEND == "treatments.mail.FolderBackend":
            lines.append(f"There is no mail server: letters are written into {settings.MAIL_FOLDER} instead.")
        lines.append("Ctrl-C stops it.")
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def gunicorn():
    """The command line of the web server."""
    return [
        *(sys.executable, "-m", "gunicorn"),
        *("--config", str(settings.BASE_DIR / "clinic_site" / "gunicorn_settings.py")),
        *("--bind", f"{settings.HOST_IN_ADDRESSES}:{settings.PORT}", "--workers", str(settings.WEB_CONCURRENCY)),
        "clinic_site.wsgi",
    ]


def worker():
    """The command line of the worker."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "work"]


def answers(patience=30):
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
