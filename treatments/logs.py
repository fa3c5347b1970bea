"""Logs hold nothing that opens a patient's page."""

import logging
import re

LINK = re.compile(r"/consultation/[\w-]{22}\.[\w-]*[^\s\"']*")


class PrivateLinks(logging.Filter):
    """Shortens the path of every private link to /consultation/…, in the message and in its traceback."""

    def filter(self, record):
        record.msg, record.args = LINK.sub("/consultation/…", record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = LINK.sub("/consultation/…", logging.Formatter().formatException(record.exc_info))
        return True
