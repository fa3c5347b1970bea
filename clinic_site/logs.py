"""Logs hold what someone here can act on, and no private link of a patient or a visitor."""

import contextvars
import datetime
import json
import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from clinic_site.outage import is_outage

#: What a middleware takes and gives: a function from a request to its response.
Answering = Callable[[HttpRequest], HttpResponseBase]

#: A private link's token, wherever it stands: 22 letters, a dot, and 16 or more of the 43 after it. The dot may be %2E,
#: or a slash that somebody typed: who reads the log could put that right and open the page.
WHOLE = r"[\w-]{22}(?:[./]|%(?:25)*2[EeFf])[\w-]{16,}"
#: The same with a blank, an invisible sign or the like within, as mail programs and whoever copies a link put there:
#: just 22 letters, no colon, and behind them more than the signature in one piece, or in two with a blank between.
BROKEN = r"(?:(?<![\w-])|(?<=2[Ff]))[\w-]{22}(?![\w:-])(?:[^\s\"']| (?! )){40,}"
TOKEN = re.compile(f"{WHOLE}|{BROKEN}", re.ASCII)


class OneLine(logging.Filter):
    """Leaves out the traceback of what a visitor sent wrong, and of a database or a disk that is away; all pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        is_theirs = record.name == "django.request" and getattr(record, "status_code", 500) < 500
        if is_theirs or record.name.startswith("django.security"):
            record.exc_info = None
        elif is_outage(error):
            record.msg, record.args = f"{record.getMessage()} ({' '.join(str(error).split())})", None
            record.exc_info = None
        return True


class PrivateLinks(logging.Filter):
    """Writes … for the token of every private link, in the message and in its traceback; all records pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = TOKEN.sub("…", record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = TOKEN.sub("…", logging.Formatter().formatException(record.exc_info))
        return True


#: Of which request a record is, by its id; empty outside of requests.
request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
#: What a proxy may give a request as its id: what others take as one, and nothing that could be read as something else.
GIVEN_ID = re.compile(r"[0-9A-Za-z-]{8,64}", re.ASCII)

access = logging.getLogger("clinic_site.access")


class JsonLine(logging.Formatter):
    """A record as one line of JSON: time (ISO 8601, UTC), level, logger, message, and where there are any the id of the
    request, what its line measures, and the traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request"] = request_id.get()
        line |= getattr(record, "measured", {})
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["traceback"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


def request_lines(get_response: Answering) -> Answering:
    """Middleware: gives every request an id, and writes a line for each: method, path, status and how long it took.

    The id is the proxy's (X-Request-ID) or a new one; the answer has it too. Neither the visitor's address nor the
    query is written, because both tell of a person.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id.set(given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8))
        began = time.perf_counter()
        response = get_response(request)
        measured = {"status": response.status_code, "ms": round((time.perf_counter() - began) * 1000, 1)}
        access.info("%s %s", request.method, request.path_info, extra={"measured": measured})
        response.headers["X-Request-ID"] = request_id.get()
        return response

    return middleware
