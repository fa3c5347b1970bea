"""Whether the site can do its work, part by part: the database, the disk, and the worker that sends letters."""

import tempfile
import threading
from concurrent.futures import Future, wait

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.utils import timezone

from treatments.models import Clinic
from treatments.running import checklist

#: The headers of what a machine asks for.
OF_PROBES = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
#: How long one part may take to answer, in seconds.
PATIENCE = 1
#: What the disk has to have room for, in bytes: a booking writes less.
ROOM = 1024 * 1024


def database():
    """The trouble with reading and writing the database; empty if there is none."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT current_setting('transaction_read_only')")
                return "can be read, not written" if cursor.fetchone() == ("on",) else ""
            cursor.execute("PRAGMA busy_timeout = 0")
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
    except DatabaseError as error:
        words = str(error)
        if "locked" in words:
            # Somebody writes, and so can others, in turn.
            return ""
        return "can be read, not written" if "readonly" in words else "does not answer"
    return ""


def disk():
    """The trouble with the folder of the data; empty if there is none."""
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        return f"cannot be written ({error.strerror})"
    return ""


def worker():
    """The trouble with the worker; empty if it was there lately, or if a database in trouble does not tell."""
    try:
        seen = Clinic.objects.filter(pk=Clinic.ONLY).values_list("worker_seen_at", flat=True).first()
    except DatabaseError:
        return ""
    if seen is None:
        return "has not been there yet"
    age = timezone.now() - seen
    return "" if age < 2 * checklist.HEARTBEAT else f"was last there {int(age.total_seconds())} seconds ago"


class Question:
    """One part that is asked in a thread of its own, so that nobody waits for what hangs; one thread at a time."""

    def __init__(self, name, ask):
        self.name = name
        self.ask = ask
        self.lock = threading.Lock()
        self.answer = None

    def put(self):
        """Ask, unless the last one who asked still waits; the answer is a Future."""
        with self.lock:
            if self.answer is None or self.answer.done():
                self.answer = Future()
                threading.Thread(target=self.find, args=[self.answer], name=self.name, daemon=True).start()
            return self.answer

    def find(self, answer):
        try:
            answer.set_result(self.ask())
        except Exception as error:
            answer.set_result(f"cannot be asked ({type(error).__name__})")
        finally:
            connection.close()


QUESTIONS = [Question("database", database), Question("disk", disk), Question("worker", worker)]


def troubles(questions=QUESTIONS):
    """(name, trouble) of every part, in order, after a good second at most; empty where there is no trouble."""
    answers = [(question.name, question.put()) for question in questions]
    wait([answer for _name, answer in answers], PATIENCE)
    return [(name, answer.result() if answer.done() else "does not answer in time") for name, answer in answers]


# Answering


def machine_probes(get_response):
    """Answers /healthz and /readyz under any host name: probes come by address."""

    def middleware(request):
        if request.path_info == "/healthz":
            return plain("ok")
        if request.path_info == "/readyz":
            return answer()
        return get_response(request)

    return middleware


def answer():
    """200 if every part does its work, else 503; a line for each."""
    found = troubles()
    is_ready = not any(trouble for _part, trouble in found)
    lines = ["ready" if is_ready else "not ready", *(f"{part}: {trouble or 'ok'}" for part, trouble in found)]
    return plain("\n".join(lines), status=200 if is_ready else 503)


def plain(text, status=200):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain", headers=OF_PROBES)
