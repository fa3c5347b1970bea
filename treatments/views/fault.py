"""What visitors see when something is not right."""

from django.http import HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.template.response import TemplateResponse


def server_fault(request):
    """500, drawn without the database, which may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)


def bad_request(request, exception):
    """400, without saying more than is known about who asks."""
    return HttpResponseBadRequest(render_to_string("400.html"))


def refused_form(request, reason=""):
    """403 for a form that did not come from our page, or came after its cookie was gone."""
    return TemplateResponse(request, "403_csrf.html", status=403)
