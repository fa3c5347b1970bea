"""A WSGI application that does nothing but answer: the least that gunicorn itself costs."""

from wsgiref.types import StartResponse, WSGIEnvironment

BODY = b"20 kilobytes, as an article has." * 640
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", HEADERS)
    return [BODY]
