"""How letters leave: to a mail server, with time limits for each step; or, without one, into files.

Both backends take `between_steps`, called before each step of the conversation, so that whoever sends can say that the
letter is still under way.
"""

import smtplib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

if TYPE_CHECKING:
    from typing_extensions import Buffer

#: Seconds to wait for a connection, for the answer to a step, and for the answer to the letter itself, which many
#: servers look through first (RFC 5321, 4.5.3.2, allows ten minutes).
CONNECT, STEP, AFTER_DATA = 10, 30, 120


def nothing() -> None:
    """What happens between the steps where nobody has to know."""


class PatientSMTP(smtplib.SMTP):
    """Waits for each step of the conversation as long as it may take; without encryption, or with STARTTLS."""

    between_steps = staticmethod(nothing)

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        answer = super().connect(*args, **kwargs)
        self.wait_at_most(STEP)
        return answer

    def putcmd(self, *args: Any, **kwargs: Any) -> None:
        self.between_steps()
        super().putcmd(*args, **kwargs)

    def data(self, message: "Buffer | str") -> tuple[int, bytes]:
        self.wait_at_most(AFTER_DATA)
        try:
            return super().data(message)
        finally:
            self.wait_at_most(STEP)

    def wait_at_most(self, seconds: int) -> None:
        """Set how long the server may take for each answer from now on; nothing once the line is closed."""
        if self.sock is not None:
            self.sock.settimeout(seconds)


class PatientSMTPS(PatientSMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class ServerBackend(smtp.EmailBackend):
    """Sends letters to the mail server of the settings."""

    def __init__(self, *args: Any, between_steps: Callable[[], None] = nothing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timeout = CONNECT
        self.between_steps = between_steps

    @property
    def connection_class(self) -> type[PatientSMTP]:
        """The kind of connection that Django opens, with our `between_steps`."""
        kind = PatientSMTPS if self.use_ssl else PatientSMTP
        return type(kind.__name__, (kind,), {"between_steps": staticmethod(self.between_steps)})


class FolderBackend(BaseEmailBackend):
    """Writes each letter as an .eml file into settings.MAIL_FOLDER, named by its Message-ID."""

    def __init__(self, *args: Any, between_steps: Callable[[], None] = nothing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def send_messages(self, letters: Sequence[EmailMessage]) -> int:
        """Write the letters, and return how many."""
        settings.MAIL_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
        for letter in letters:
            message = letter.message()
            name = message["Message-ID"].strip("<>").partition("@")[0]
            (settings.MAIL_FOLDER / f"{name}.eml").write_bytes(message.as_bytes())
        return len(letters)
