"""Patients without a browser."""

import http.client
import itertools
import re
import urllib.parse

from treatments.tests.waiting import may_be_sent, until

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

    def ask(self, *request, on_sent=lambda: None):
        """The response to a request, and its text; `on_sent` is called before the answer is waited for."""
        try:
            self.connection.request(*request)
            on_sent()
            response = self.connection.getresponse()
            return response, response.read().decode()
        finally:
            # The server would close an idle connection at any moment, and a killed one leaves it half open.
            self.connection.close()

    def send(self, **options):
        """Send the form; the status of the answer, whether the name came back and how many other times are offered.

        Call take_time before, once for all who send at once.
        """
        answers = {**self.hidden, "name": f"Patient {self.number}", "email": self.email, "phone": self.phone}
        body = urllib.parse.urlencode({**answers, "consent": "on", "best_time": "any"})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        response, page = self.ask("POST", self.path, body, headers, **options)
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


def take_time(patients):
    """Let the forms of these patients be open as long as a person's are."""
    until(lambda: all(may_be_sent(patient.hidden["form_key"]) for patient in patients))
