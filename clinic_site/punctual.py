"""gunicorn's threads with an end to waiting: who sends a request or takes the answer too slowly is given up."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

from gunicorn.http.errors import InvalidHeader
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

#: How long, in seconds, the head of a request may take, and then its body, which has one second more for each so many
#: bytes.
HEAD, BODY, BYTES_A_SECOND = 10, 30, 32 * 1024
#: How long, in seconds, the visitor may take over the answer, once the site has it.
ANSWER = 120

#: A content type that names another charset than UTF-8, in which our forms are sent, or whose parameters are written as
#: only mail may (RFC 2231).
ODD_TYPE = re.compile(r'\*|;\s*charset\s*=(?!\s*"?utf-?8\b)', re.I)


def refuse_invalid(version: tuple[int, int], headers: Sequence[tuple[str, str]]) -> None:
    """Raise InvalidHeader for a head that gunicorn lets pass: without a host, or with an odd type.

    Django decodes the query, too, by the charset that a type names, be it for a text or not, and before it looks for
    errors; so an error there would be nobody's.
    """
    if version == (1, 1) and not any(name == "HOST" for name, _value in headers):
        # RFC 9112, 3.2.
        raise InvalidHeader("HOST")
    if any(name == "CONTENT-TYPE" and ODD_TYPE.search(value) for name, value in headers):
        raise InvalidHeader("CONTENT-TYPE")


class PunctualWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types.
    """Frees the thread of a visitor who is too slow; many at once still hold all threads for as long as they may."""

    #: gunicorn's name for the site that it serves.
    wsgi: Any

    def init_process(self) -> None:
        #: By the id of the thread, which serves one request at a time: its socket, by when on the clock of
        #: `time.monotonic` the visitor has to be ready, and what of the socket is shut down otherwise.
        self.awaited: dict[int, tuple[socket.socket, float, int]] = {}
        threading.Thread(target=self.give_up_late_ones, name="punctual", daemon=True).start()
        super().init_process()

    def handle(self, connection: TConn) -> Any:
        """Begin to wait for the head of a request."""
        self.wait_for(connection.sock, HEAD, socket.SHUT_RD)
        try:
            return super().handle(connection)
        finally:
            self.awaited.pop(threading.get_ident(), None)

    def handle_request(self, request: Request, connection: TConn) -> Any:
        """Begin to wait for the body, now that the head is here. Raises InvalidHeader for one that is not valid."""
        refuse_invalid(request.version, request.headers)
        size = next((int(value) for name, value in request.headers if name == "CONTENT-LENGTH"), 0)
        # A request that came in whole is still answered: only reading ends.
        self.wait_for(connection.sock, BODY + size / BYTES_A_SECOND, socket.SHUT_RD)
        return super().handle_request(request, connection)

    def load_wsgi(self) -> None:
        super().load_wsgi()
        site = self.wsgi

        def answer(environ: dict[str, Any], start: Any) -> Any:
            """What the site answers, which the visitor has to take in time from now on."""
            body = site(environ, start)
            line, _deadline, _how = self.awaited[threading.get_ident()]
            self.wait_for(line, ANSWER, socket.SHUT_RDWR)
            return body

        self.wsgi = answer

    def wait_for(self, line: socket.socket, patience: float, how: int) -> None:
        """Let this thread wait so many seconds for a visitor, and shut `how` much of the line down after that."""
        self.awaited[threading.get_ident()] = line, time.monotonic() + patience, how

    def give_up_late_ones(self) -> None:
        """Once a second, for as long as the process lives: shut down the lines of those who are late."""
        while True:
            time.sleep(1)
            now = time.monotonic()
            for line, deadline, how in list(self.awaited.values()):
                if now > deadline:
                    with contextlib.suppress(OSError):
                        line.shutdown(how)
