"""Pages for machines."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from treatments.models import Edition
from treatments.web.requests import SiteRequest


@require_safe
def sitemap(request: SiteRequest) -> TemplateResponse:
    """The URL of every public page with the moment at which its content last changed, None where nobody keeps it."""
    editions = list(Edition.objects.newest_of_each().defer("document"))
    changed_at = request.clinic.changed_at
    pages = [
        *((reverse(f"treatments:{name}"), changed_at) for name in ("home", "treatment_list")),
        *((edition.treatment.get_absolute_url(), edition.published_at) for edition in editions),
        *((reverse(f"treatments:{name}"), None) for name in ("consultation", "privacy", "accessibility")),
    ]
    entries = [(settings.SITE_URL + path, changed) for path, changed in pages]
    return TemplateResponse(request, "sitemap.xml", {"entries": entries}, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: everything but the clinic's desk and the patients' own pages."""
    lines = ["User-agent: *", "Disallow: /admin/", f"Disallow: {reverse('treatments:consultation')}?", "", ""]
    lines[-1] = f"Sitemap: {settings.SITE_URL}{reverse('treatments:sitemap')}"
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
