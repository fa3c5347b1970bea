"""The server that ends https in front of a site, as the site meets it; to the browser it speaks plainly."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: What one server says to the next, and not to those beyond.
BETWEEN_TWO = ("connection", "keep-alive", "transfer-encoding")


class Ahead(ThreadingHTTPServer):
    """The server before the site that is served on another port of this machine."""

    site_port: int


class PassOn(BaseHTTPRequestHandler):
    """One request, passed on as if it had come by https."""

    server: Ahead

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {**self.headers, "X-Forwarded-Proto": "https"}
        if "Origin" in headers:
            headers["Origin"] = headers["Origin"].replace("http:", "https:")
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.site_port)) as site:
            site.request(self.command, self.path, body, headers)
            answer = site.getresponse()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in BETWEEN_TWO:
                    self.send_header(name, value)
            self.end_headers()
            # A browser that has gone on to another page takes nothing more of this one.
            with contextlib.suppress(ConnectionError):
                self.wfile.write(answer.read())

    do_GET = do_POST = pass_on


@contextlib.contextmanager
def by_https(port, site_port):
    """Listen on a port for the site that is served on another."""
    with Ahead(("127.0.0.1", port), PassOn) as server:
        server.site_port = site_port
        listener = threading.Thread(target=server.serve_forever)
        listener.start()
        yield
        server.shutdown()
        listener.join()
