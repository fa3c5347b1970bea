"""Pages for machines."""

import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from treatments.article.versions import Versions, families, versions
from treatments.models import Edition
from treatments.web.requests import SiteRequest


@require_safe
def sitemap(request: SiteRequest) -> TemplateResponse:
    """Every public page with its other languages, and when its content last changed where somebody keeps that."""
    changed_at = request.clinic.changed_at
    pages: list[tuple[str, datetime.datetime | None, Versions]] = [
        *((reverse(f"treatments:{name}"), changed_at, Versions()) for name in ("home", "treatment_list")),
        *((reverse(f"treatments:{name}"), None, Versions()) for name in ("consultation", "privacy", "accessibility")),
    ]
    for family in families(Edition.objects.newest_of_each().defer("document")):
        for edition in family:
            found = versions(edition, family, "treatment_detail")
            pages.append((edition.treatment.get_absolute_url(), edition.published_at, found))
    return TemplateResponse(request, "sitemap.xml", {"pages": pages}, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: everything but the clinic's desk and the patients' own pages."""
    lines = ["User-agent: *", "Disallow: /admin/", f"Disallow: {reverse('treatments:consultation')}?", "", ""]
    lines[-1] = f"Sitemap: {settings.SITE_URL}{reverse('treatments:sitemap')}"
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
