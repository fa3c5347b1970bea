"""Logs hold what someone here can act on, and nothing that opens a page of someone's own."""

import logging
import re

from clinic_site.outage import is_outage

#: A private link's token, wherever it stands: 22 letters, a dot, most of 43 more. The dot may be %2E, or a slash where
#: somebody typed one: whoever reads the log could put it right.
TOKEN = re.compile(r"[\w-]{22}(?:[./]|%(?:25)*2[EeFf])[\w-]{16,}", re.ASCII)


class OneLine(logging.Filter):
    """Tells in a line, without code, what a visitor sent wrong and that a database or a disk is away."""

    def filter(self, record):
        error = record.exc_info and record.exc_info[1]
        is_theirs = record.name == "django.request" and getattr(record, "status_code", 500) < 500
        if is_theirs or record.name.startswith("django.security"):
            record.exc_info = None
        elif is_outage(error):
            record.msg, record.args = f"{record.getMessage()} ({' '.join(str(error).split())})", None
            record.exc_info = None
        return True


class PrivateLinks(logging.Filter):
    """Shortens the token of every private link, as to /consultation/…/, in the message and in its traceback."""

    def filter(self, record):
        record.msg, record.args = TOKEN.sub("…", record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = TOKEN.sub("…", logging.Formatter().formatException(record.exc_info))
        return True
