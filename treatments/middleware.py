"""What every request passes through, besides Django's own."""

from csp.utils import build_policy
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.utils import timezone

from treatments.models import Clinic

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    )
)

#: The pages that search engines may show; the sitemap has each of them. What visitors say about a treatment is not ours
#: to advertise, and on a step of a form nobody should land.
INDEXED = {
    f"treatments:{name}"
    for name in ("home", "treatment_list", "treatment_detail", "consultation", "privacy", "accessibility")
}


def machine_probes(get_response):
    """Answers /healthz and /readyz under any host name: probes come by address."""

    def middleware(request):
        if request.path_info == "/healthz":
            return plain("ok")
        if request.path_info == "/readyz":
            return readiness()
        return get_response(request)

    return middleware


def readiness():
    """200 if the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return plain("ready")
    except DatabaseError:
        return plain("the database does not answer", status=503)


def plain(text, status=200):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})


def security_headers(get_response):
    """Adds the headers that keep a browser strict to every answer that lacks them: pages, files, probes and errors.

    Django adds most of them too, but only to what passes all of its middleware.
    """
    headers = {
        "Permissions-Policy": PERMISSIONS,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }
    if not settings.DEBUG:
        # Django's own page about a fault has its styles inside.
        headers["Content-Security-Policy"] = build_policy()

    def middleware(request):
        response = get_response(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def clinic_time(get_response):
    """Gives the request its clinic, shows moments in its zone, and keeps search engines off what is not for them."""

    def middleware(request):
        request.clinic = Clinic.objects.prefetch_related("opening_hours").current()
        with timezone.override(request.clinic.zone):
            response = get_response(request)
        if not may_be_indexed(request, response):
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return middleware


def may_be_indexed(request, response):
    """Whether search engines may show this: a page of the sitemap on a site that is open, or no page at all."""
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    match = request.resolver_match
    is_listed = response.status_code == 200 and match is not None and match.view_name in INDEXED
    return not is_not_open(request.clinic) and (is_listed or not is_page)


def is_not_open(clinic):
    """Whether the site stands on a public address without a manager having opened it."""
    return clinic.opened_at is None and not settings.IS_DEMONSTRATION
