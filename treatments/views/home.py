"""The clinic's own pages."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from treatments.article import jsonld
from treatments.article.versions import families, in_language
from treatments.article.wording import picture
from treatments.models import Clinic, Edition, Notice, NoticeKind, Treatment
from treatments.text.prose import notice_html
from treatments.values.languages import direction_of
from treatments.values.row_types import Document
from treatments.web.context import FRAME
from treatments.web.pages import site_state
from treatments.web.published import columns, published
from treatments.web.requests import SiteRequest

#: What a list of treatments shows of them, besides their editions.
LISTED = columns(Treatment, "order", "withdrawn_at")
NOTICE = columns(Notice, "kind", "text", "added_at") | columns(Clinic, "time_zone")


@published(site_state, FRAME | LISTED)
@require_safe
def home(request: SiteRequest) -> TemplateResponse:
    """The clinic in one screen."""
    editions = Edition.objects.newest_of_each()
    context = {"cards": cards(editions), "jsonld": jsonld.home_page(request.clinic)}
    return TemplateResponse(request, "treatments/home.html", context)


@published(site_state, FRAME | NOTICE)
@require_safe
def notice_detail(request: SiteRequest, kind: str) -> TemplateResponse:
    """The privacy or accessibility notice that holds now; `kind` is a NoticeKind, and 404 without a notice of it."""
    notice = Notice.objects.newest(kind)
    if notice is None:
        raise Http404(kind)
    context = {"notice": notice, "text": notice_html(notice.text), "title": NoticeKind(kind).label}
    return TemplateResponse(request, "treatments/notice_detail.html", context)


def cards(editions: Iterable[Edition]) -> list[dict[str, Any]]:
    """What a list of treatments shows of each, as `card` makes it; of one with translations in the site's language."""
    shown = [in_language(family, get_language() or settings.LANGUAGE_CODE) for family in families(editions)]
    return [card(edition.treatment.get_absolute_url(), edition.content()) for edition in shown]


def card(url: str, document: Document) -> dict[str, Any]:
    """What a list shows of one treatment, with its first picture if it has one, else None."""
    photos = document.get("photos", [])
    return {
        "url": url,
        "name": document["name"],
        "description": document["description"],
        "language": document["language"],
        "direction": direction_of(document["language"]),
        "photo": picture(photos[0]) if photos else None,
    }
