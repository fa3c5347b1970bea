"""What visitors see when something is not right."""

import sys

from django.contrib import admin
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.template.response import TemplateResponse

from clinic_site.outage import is_outage
from treatments.accounts import typed_work


def server_error(request: HttpRequest) -> HttpResponse:
    """500, drawn without the database; 503 where that or the disk is away for a while, as when it is restarted."""
    is_away = is_outage(sys.exc_info()[1])
    response = HttpResponse(render_to_string("500.html"), status=503 if is_away else 500)
    response.headers["Cache-Control"] = "no-store"
    if is_away:
        response.headers["Retry-After"] = "30"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 or 413, without saying more than is known about who asks; who sent too much hears that nothing was saved."""
    is_too_much = isinstance(exception, (TooManyFieldsSent, RequestDataTooBig))
    content = render_to_string("400.html", {"is_too_much": is_too_much})
    return HttpResponseBadRequest(content, status=413 if isinstance(exception, RequestDataTooBig) else 400)


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from our page, or came after its cookie was gone.

    Staff who have signed in anew in another window get what they typed at the desk back, unsaved.
    """
    work = typed_work.sent_by(request)
    if work and not (request.user.is_authenticated and not work.is_of(request.user)):
        response: HttpResponse = admin.site.way_in(request, work)  # type: ignore[attr-defined]  # of our Desk
        return response
    return TemplateResponse(request, "403_csrf.html", status=403)
