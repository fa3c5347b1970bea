"""Whether the site can do its work, part by part: the database, its tables, the disk, and the worker."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from treatments.models import Clinic
from treatments.running import checklist
from treatments.running.backups import nightly
from treatments.running.start import migration_plan
from treatments.values.availability import HOUR

#: What a middleware takes and gives: a function from a request to its response.
Answering = Callable[[HttpRequest], HttpResponseBase]
#: What a question is answered with.
Said = TypeVar("Said")
#: The headers of every answer to a probe.
OF_PROBES = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
#: How long one part may take to answer, in seconds.
PATIENCE = 1
#: What the disk has to have room for, in bytes: a booking writes less.
ROOM = 1024 * 1024


def database() -> str:
    """What is wrong with reading and writing the database, in words; empty if nothing is."""
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


def disk() -> str:
    """What is wrong with the folder of the data; empty if nothing is."""
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        return f"cannot be written ({error.strerror})"
    return ""


def worker() -> str:
    """What is wrong with the worker; empty if it was there lately, or if a database in trouble does not tell."""
    try:
        seen = Clinic.objects.filter(pk=Clinic.ONLY).values_list("worker_seen_at", flat=True).first()
    except DatabaseError:
        return ""
    if seen is None:
        return "has not been there yet"
    age = timezone.now() - seen
    return "" if age < 2 * checklist.HEARTBEAT else f"was last there {int(age.total_seconds())} seconds ago"


def migrations() -> str:
    """What is wrong with the tables; empty if they are as this code expects, or if the database does not tell."""
    try:
        waiting = len(migration_plan())
    except DatabaseError:
        return ""
    return f"{waiting} changes of the tables are waiting; start the site once more" if waiting else ""


class Question(Generic[Said]):
    """One part that is asked in a thread of its own, so that nobody waits for what hangs; one thread at a time."""

    def __init__(self, name: str, ask: Callable[[], Said]) -> None:
        self.name = name
        self.ask = ask
        self.lock = threading.Lock()
        self.answer: Future[Said] | None = None

    def put(self) -> Future[Said]:
        """Ask, unless an earlier question is still without an answer; returns the answer that is to come."""
        with self.lock:
            if self.answer is None or self.answer.done():
                self.answer = Future()
                threading.Thread(target=self.find, args=[self.answer], name=self.name, daemon=True).start()
            return self.answer

    def soon(self) -> Said | None:
        """The answer, if there is one within PATIENCE seconds; None if not, or if the part cannot be asked."""
        answer = self.put()
        wait([answer], PATIENCE)
        return answer.result() if answer.done() and not answer.exception() else None

    def find(self, answer: Future[Said]) -> None:
        """Ask in this thread, and put what comes of it into `answer`."""
        try:
            answer.set_result(self.ask())
        except Exception as error:
            answer.set_exception(error)
        finally:
            connection.close()


def backup() -> str:
    """How old the newest nightly backup is, in words; empty where no folder for them is named."""
    if settings.BACKUP_FOLDER is None:
        return ""
    age = nightly.age(timezone.now())
    if age is None:
        return "none yet"
    return "1 hour old" if age // HOUR == 1 else f"{age // HOUR} hours old"


BACKUP = Question("backup", backup)
QUESTIONS = [
    Question("database", database),
    Question("tables", migrations),
    Question("disk", disk),
    Question("worker", worker),
]


def troubles(questions: Sequence[Question[str]] = QUESTIONS) -> list[tuple[str, str]]:
    """(name, what is wrong) for every part, in order, after PATIENCE seconds at most; empty where nothing is wrong.

    Each question asks what is wrong with its part, in words.
    """
    answers = [(question.name, question.put()) for question in questions]
    wait([answer for _name, answer in answers], PATIENCE)
    return [(name, in_words(answer)) for name, answer in answers]


def in_words(answer: Future[str]) -> str:
    """What a part says by now, or why it says nothing; never the error's own words, which may hold a secret."""
    if not answer.done():
        return "does not answer in time"
    error = answer.exception()
    return f"cannot be asked ({type(error).__name__})" if error else answer.result()


# Answering


def machine_probes(get_response: Answering) -> Answering:
    """Answers /healthz and /readyz under any host name: probes come by address."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return plain("ok")
        if request.path_info == "/readyz":
            return answer()
        return get_response(request)

    return middleware


def answer() -> HttpResponse:
    """The answer to /readyz: 200 if every part does its work, else 503, and a line for each.

    A last line tells how old the newest backup is, if there ought to be one: a site that has none serves as well.
    """
    found = troubles()
    is_ready = not any(trouble for _part, trouble in found)
    lines = ["ready" if is_ready else "not ready", *(f"{part}: {trouble or 'ok'}" for part, trouble in found)]
    lines += [f"{name}: {text}" for name, text in troubles([BACKUP]) if text]
    return plain("\n".join(lines), status=200 if is_ready else 503)


def plain(text: str, status: int = 200) -> HttpResponse:
    """A plain text as the answer to a probe."""
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain", headers=OF_PROBES)
