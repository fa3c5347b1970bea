"""Our middleware, but for that of published pages (`pages`) and of static files (`static_files`)."""

import re

from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.utils import timezone

from treatments.models import Clinic
from treatments.web.requests import GetResponse, with_clinic

#: What anybody may send at once, in bytes and in fields; and what staff may, in bytes: a picture of 40 MB.
MOST_BYTES, MOST_FIELDS = 1024 * 1024, 200
STAFF_BYTES = 64 * 1024 * 1024
MULTIPART = "multipart/form-data"
#: What each field of a form begins with (RFC 7578, 4.2), by the content type of the form.
BEGINNINGS = {
    "application/x-www-form-urlencoded": re.compile(rb"\A|&"),
    MULTIPART: re.compile(rb"content-disposition", re.I),
}
DAY = 24 * 3600
YEAR = 365 * DAY

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

#: The pages that search engines may show; the sitemap has each of them. Comments are not among them, because a clinic
#: must not advertise with what visitors say, nor is a step of a form, because nobody should begin there.
INDEXED = {
    f"treatments:{name}"
    for name in ("home", "treatment_list", "treatment_detail", "consultation", "privacy", "accessibility")
}


def query_without_null(get_response: GetResponse) -> GetResponse:
    """Reads U+0000 in a query as U+FFFD, as HTML does: PostgreSQL breaks off when it is asked for the one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "%EF%BF%BD")
        return get_response(request)

    return middleware


def request_limits(get_response: GetResponse) -> GetResponse:
    """Refuses a request with too many bytes (413) or fields (400) before its body is read or stored anywhere.

    Staff who are signed in may send more: whole parts of a treatment, and pictures.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_desk = request.path_info.startswith("/admin/")
        most = STAFF_BYTES if is_desk and request.user.is_staff else MOST_BYTES
        if length_of(request) > most:
            raise RequestDataTooBig(f"More than {most} bytes were sent.")
        beginning = BEGINNINGS.get(request.content_type or "")
        # A picture is not read here, for it would take that much memory.
        if beginning and not (is_desk and request.content_type == MULTIPART):
            fields = len(beginning.findall(whole_body(request)))
            if fields > MOST_FIELDS and not is_desk:
                raise TooManyFieldsSent(f"More than {MOST_FIELDS} fields were sent.")
        return get_response(request)

    return middleware


def length_of(request: HttpRequest) -> int:
    """How many bytes the body has, as its header says; the server has made sure that it is a number."""
    return int(request.META.get("CONTENT_LENGTH") or 0)


def whole_body(request: HttpRequest) -> bytes:
    """The body of a form. Raises BadRequest if the connection broke: half a form must not pass for a whole one."""
    try:
        if len(request.body) == length_of(request):
            return request.body
    except UnreadablePostError:
        pass
    raise BadRequest("The form did not come in whole.")


def security_headers(get_response: GetResponse) -> GetResponse:
    """Adds the security headers to every response that lacks them: pages, files, probes and errors.

    Django's middleware adds most of them too, but not to what is answered before it.
    """
    headers = site_headers()
    if settings.DEBUG:
        # Django's page about an error has styles inside, which the policy would forbid.
        del headers["Content-Security-Policy"]

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        # A view that needs more says so with the decorator of django-csp, which leaves it here.
        more = getattr(response, "_csp_update", None)
        if more and "Content-Security-Policy" in headers:
            response.headers["Content-Security-Policy"] = content_policy(more)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def content_policy(more: dict[str, list[str]] | None = None) -> str:
    """The content policy of the settings, with these sources besides; its parts in order, in each process alike."""
    return "; ".join(sorted(build_policy(update=more).split("; ")))


def site_headers() -> dict[str, str]:
    """The security headers that are the same for the whole site, as the settings say."""
    return {
        "Content-Security-Policy": content_policy(),
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }


def clinic_time(get_response: GetResponse) -> GetResponse:
    """Sets `request.clinic` and the time zone, and the headers that depend on the clinic: X-Robots-Tag and HSTS."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        clinic = Clinic.objects.prefetched()
        with_clinic(request).clinic = clinic
        with timezone.override(clinic.zone):
            response = get_response(request)
        if not may_be_indexed(request, response, clinic):
            response.headers["X-Robots-Tag"] = "noindex"
        if request.is_secure():
            response.headers["Strict-Transport-Security"] = hsts(is_open=clinic.opened_at is not None)
        return response

    return middleware


def may_be_indexed(request: HttpRequest, response: HttpResponseBase, clinic: Clinic) -> bool:
    """Whether search engines may show this response: on an open site, if it is one of the INDEXED pages or no page."""
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    match = request.resolver_match
    is_listed = response.status_code == 200 and match is not None and match.view_name in INDEXED
    return not is_not_open(clinic) and (is_listed or not is_page)


def hsts(*, is_open: bool) -> str:
    """Strict-Transport-Security: browsers use https only, for a day before the site is opened, then for a year.

    It holds for this host only, unless HSTS_INCLUDE_SUBDOMAINS and HSTS_PRELOAD ask for more.
    """
    if not is_open:
        return f"max-age={DAY}"
    subdomains = "; includeSubDomains" if settings.HSTS_INCLUDE_SUBDOMAINS else ""
    return f"max-age={YEAR}{subdomains}{'; preload' if settings.HSTS_PRELOAD else ''}"


def is_not_open(clinic: Clinic) -> bool:
    """Whether the site has a public address and no manager has opened it yet."""
    return clinic.opened_at is None and not settings.IS_DEMONSTRATION
