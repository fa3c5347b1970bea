"""Logs hold what someone here can act on, and nothing that opens a page of someone's own."""

import logging
import re

LINK = re.compile(r"/(consultation|comments)/[\w-]{22}\.[\w-]*[^\s\"']*")


class OneLine(logging.Filter):
    """Tells what a visitor sent wrong, such as a Host that is not ours, without the code that refused it."""

    def filter(self, record):
        is_theirs = record.name == "django.request" and getattr(record, "status_code", 500) < 500
        if is_theirs or record.name.startswith("django.security"):
            record.exc_info = None
        return True


class PrivateLinks(logging.Filter):
    """Shortens the path of every private link, as to /consultation/…, in the message and in its traceback."""

    def filter(self, record):
        record.msg, record.args = LINK.sub(r"/\1/…", record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = LINK.sub(r"/\1/…", logging.Formatter().formatException(record.exc_info))
        return True
