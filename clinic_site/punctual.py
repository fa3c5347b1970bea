"""gunicorn's threads with an end to waiting: a request that does not come in within its time is given up."""

import contextlib
import socket
import threading
import time

from gunicorn.http.errors import InvalidHeader
from gunicorn.workers.gthread import ThreadWorker

#: How long, in seconds, the head of a request may take, and then its body; so many bytes of that have one second more.
HEAD, BODY, BYTES_A_SECOND = 10, 30, 32 * 1024


class PunctualWorker(ThreadWorker):
    """Holds no thread for who sends half a request; who sends many of them still holds all threads for seconds."""

    def init_process(self):
        #: By thread, which serves one request at a time: its socket, and when it has to have come in.
        self.awaited = {}
        threading.Thread(target=self.give_up_late_ones, name="punctual", daemon=True).start()
        super().init_process()

    def handle(self, connection):
        self.awaited[threading.get_ident()] = connection.sock, time.monotonic() + HEAD
        try:
            return super().handle(connection)
        finally:
            self.awaited.pop(threading.get_ident(), None)

    def handle_request(self, request, connection):
        """The head is here."""
        if request.version == (1, 1) and not any(name == "HOST" for name, _value in request.headers):
            # RFC 9112, 3.2.
            raise InvalidHeader("HOST")
        size = next((int(value) for name, value in request.headers if name == "CONTENT-LENGTH"), 0)
        patience = BODY + size / BYTES_A_SECOND
        self.awaited[threading.get_ident()] = connection.sock, time.monotonic() + patience
        return super().handle_request(request, connection)

    def give_up_late_ones(self):
        while True:
            time.sleep(1)
            now = time.monotonic()
            for line, deadline in list(self.awaited.values()):
                if now > deadline:
                    # What was asked in whole is still answered: only nothing more is read.
                    with contextlib.suppress(OSError):
                        line.shutdown(socket.SHUT_RD)
