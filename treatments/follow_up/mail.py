"""How letters leave: to a mail server, with time limits for each step; or, without one, into files.

Both backends take `between_steps`, called before each step of the conversation, so that whoever sends can say that the
letter is still under way.
"""

import smtplib

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

#: Seconds to wait for a connection, for the answer to a step, and for the answer to the letter itself, which many
#: servers look through first (RFC 5321, 4.5.3.2, allows ten minutes).
CONNECT, STEP, AFTER_DATA = 10, 30, 120


def nothing():
    """What happens between the steps where nobody has to know."""


class PatientServer:
    """Waits for each step of the conversation as long as it may take."""

    between_steps = staticmethod(nothing)

    def connect(self, *args, **kwargs):
        answer = super().connect(*args, **kwargs)
        self.sock.settimeout(STEP)
        return answer

    def putcmd(self, *args, **kwargs):
        self.between_steps()
        return super().putcmd(*args, **kwargs)

    def data(self, message):
        self.sock.settimeout(AFTER_DATA)
        try:
            return super().data(message)
        finally:
            if self.sock is not None:
                self.sock.settimeout(STEP)


class PatientSMTP(PatientServer, smtplib.SMTP):
    """Without encryption, or with STARTTLS."""


class PatientSMTPS(PatientServer, smtplib.SMTP_SSL):
    """Encrypted from the first byte."""


class ServerBackend(smtp.EmailBackend):
    """Sends letters to the mail server of the settings."""

    def __init__(self, *args, between_steps=nothing, **kwargs):
        super().__init__(*args, **kwargs)
        self.timeout = CONNECT
        self.between_steps = between_steps

    @property
    def connection_class(self):
        kind = PatientSMTPS if self.use_ssl else PatientSMTP
        return type(kind.__name__, (kind,), {"between_steps": staticmethod(self.between_steps)})


class FolderBackend(BaseEmailBackend):
    """Writes each letter as an .eml file into settings.MAIL_FOLDER, named by its Message-ID."""

    def __init__(self, *args, between_steps=nothing, **kwargs):
        super().__init__(*args, **kwargs)

    def send_messages(self, letters):
        settings.MAIL_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
        for letter in letters:
            message = letter.message()
            name = message["Message-ID"].strip("<>").partition("@")[0]
            (settings.MAIL_FOLDER / f"{name}.eml").write_bytes(message.as_bytes())
        return len(letters)
