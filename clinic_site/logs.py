"""Logs hold what someone here can act on, and no private link of a patient or a visitor."""

import logging
import re

from clinic_site.outage import is_outage

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
