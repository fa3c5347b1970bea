"""Firefox without a window, told what to do by Marionette: its own protocol, JSON over a socket.

Playwright drives only a Firefox that it has built itself and that no package brings.
"""

import base64
import contextlib
import itertools
import json
import socket
import subprocess

from treatments.tests.waiting import until

FIREFOX = "/usr/bin/firefox-esr"
#: A free port is taken and written into the profile; nothing is fetched from anywhere else.
PREFERENCES = """
user_pref("marionette.port", 0);
user_pref("javascript.enabled", {scripts});
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "http://127.0.0.1:1");
"""


class Firefox:
    """A running Firefox with one page."""

    def __init__(self, connection, answers):
        self.connection = connection
        self.answers = answers
        self.numbers = itertools.count(1)
        self.read()
        self.command("WebDriver:NewSession")

    def read(self):
        length = b""
        while not length.endswith(b":"):
            length += self.answers.read(1)
        return json.loads(self.answers.read(int(length[:-1])))

    def command(self, name, **parameters):
        """What a command gives; AssertionError with its message if it fails."""
        message = json.dumps([0, next(self.numbers), name, parameters]).encode()
        self.connection.sendall(b"%d:%s" % (len(message), message))
        _kind, _number, error, result = self.read()
        assert error is None, error["message"]
        return result

    def visit(self, address):
        self.command("WebDriver:Navigate", url=address)

    def run(self, script, *arguments, context="content"):
        """What a script returns: in the page, or in the browser itself, as context="chrome"."""
        self.command("Marionette:SetContext", value=context)
        result = self.command("WebDriver:ExecuteScript", script=script, args=arguments, sandbox="system")["value"]
        self.command("Marionette:SetContext", value="content")
        return result

    def pdf(self):
        """The page on A4 paper as its style sheet wants it."""
        # In centimetres; margins are those of the page, which the sheet sets.
        page = {"width": 21.0, "height": 29.7}
        printed = self.command("WebDriver:Print", page=page, shrinkToFit=False, background=False)
        return base64.b64decode(printed["value"])


@contextlib.contextmanager
def firefox(folder, *, scripts=True):
    """A Firefox whose profile is this folder, with or without scripts in pages."""
    (folder / "user.js").write_text(PREFERENCES.format(scripts=json.dumps(scripts)), encoding="utf-8")
    command = [
        FIREFOX,
        "--headless",
        "--no-remote",
        "--marionette",
        "--remote-allow-system-access",
        "--profile",
        folder,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port = folder / "MarionetteActivePort"
    try:
        until(lambda: port.exists() and port.read_text(), patience=60)
        address = "127.0.0.1", int(port.read_text())
        with socket.create_connection(address, timeout=60) as connection, connection.makefile("rb") as answers:
            yield Firefox(connection, answers)
    finally:
        process.terminate()
        process.wait(30)
