"""Patients without a browser, and the processes of the site that serves them."""

import http.client
import itertools
import re
import time
import urllib.parse
from pathlib import Path

#: Longer than the shortest time in which a form may be filled in, in seconds.
PATIENCE = 2.2
#: So that no two patients of these tests have one network address.
numbers = itertools.count()


class Patient:
    """One client with a network address of its own, that has the form open."""

    def __init__(self, port, wished, number=None):
        self.number = next(numbers) if number is None else number
        # Neighbours in number are none in their networks: too many from one would be set apart.
        address = f"127.{1 + self.number // 40_000}.{1 + self.number % 200}.{1 + self.number // 200 % 200}"
        self.email = f"p{self.number}@example.org"
        self.phone = f"+6012{2_000_000 + self.number}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120, source_address=(address, 0))
        self.path = f"/consultation/details/?time={urllib.parse.quote(wished)}"
        response, page = self.ask("GET", self.path)
        self.cookie = response.headers["Set-Cookie"].partition(";")[0]
        self.hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))

    def ask(self, *request):
        """The response to a request, and its text."""
        try:
            self.connection.request(*request)
            response = self.connection.getresponse()
            return response, response.read().decode()
        finally:
            # The server would close an idle connection at any moment, and a killed one leaves it half open.
            self.connection.close()

    def send(self):
        """Send the form; the status of the answer, whether the name came back and how many other times are offered."""
        answers = {**self.hidden, "name": f"Patient {self.number}", "email": self.email, "phone": self.phone}
        body = urllib.parse.urlencode({**answers, "consent": "on", "best_time": "any"})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        response, page = self.ask("POST", self.path, body, headers)
        self.private_path = response.headers["Location"]
        return response.status, f"Patient {self.number}" in page, page.count('type="radio" name="time"')

    def erase(self):
        """Erase the request by its private page; the status of the answer."""
        path = f"{self.private_path}erase/"
        _response, page = self.ask("GET", path, None, {"Cookie": self.cookie})
        body = urllib.parse.urlencode(dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        return self.ask("POST", path, body, headers)[0].status

    def own_page(self):
        """The status and the text of the private page."""
        response, page = self.ask("GET", self.private_path)
        return response.status, page


def children(process):
    """The ids of the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def until(happened, patience=240):
    """Wait until something has happened, so many seconds at most; AssertionError if it does not."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)
