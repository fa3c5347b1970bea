"""The clinic's own pages."""

from django.http import Http404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from treatments.article import jsonld
from treatments.article.contents import Group
from treatments.article.listing import MOST_ROWS, listed, wishes
from treatments.models import Clinic, Clinician, Edition, Notice, NoticeKind, Treatment, WarningLevel
from treatments.text.prose import notice_html
from treatments.web.context import FRAME
from treatments.web.pages import site_state
from treatments.web.published import columns, published
from treatments.web.requests import SiteRequest

#: What a list of treatments shows of them, besides their editions.
LISTED = columns(Treatment, "order", "withdrawn_at")
#: Who treats here.
PEOPLE = columns(Clinician, "name", "title", "register", "register_number", "picture", "order")
#: Whom to turn to.
NUMBERS = columns(Clinic, "out_of_hours_phone", "emergency_number")
NOTICE = columns(Notice, "kind", "text", "added_at") | columns(Clinic, "time_zone")


@published(site_state, FRAME | LISTED | NUMBERS | PEOPLE)
@require_safe
def home(request: SiteRequest) -> TemplateResponse:
    """The clinic in one screen."""
    treatments = listed(Edition.objects.newest_of_each())
    context = {
        "treatments": treatments[:MOST_ROWS],
        "number": len(treatments),
        "wishes": wishes(treatments),
        "jsonld": jsonld.home_page(request.clinic),
        "levels": [Group(level.value, str(level.label), []) for level in (WarningLevel.EMERGENCY, WarningLevel.CALL)],
    }
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
