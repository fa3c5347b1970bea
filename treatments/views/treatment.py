"""The treatments that the public reads."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import last_modified, require_safe

from treatments.article import jsonld, tongue
from treatments.article.listing import listed
from treatments.article.page import Article
from treatments.article.versions import Versions, versions
from treatments.models import Approval, Clinic, Edition, Treatment
from treatments.text import pictures
from treatments.values.row_types import Document
from treatments.views.home import LISTED, PEOPLE
from treatments.web.context import FRAME
from treatments.web.pages import is_overdue, site_state, treatment_state
from treatments.web.published import asks_for_all_open, columns, published
from treatments.web.requests import SiteRequest

#: The page of an article's sources, seen from the article.
SOURCES = "sources/"
#: Where an article says whom to call, and on which day it was published.
APPROVAL = columns(Approval, "number", "expires_on")
WITHDRAWN = columns(Treatment, "withdrawn_at")
CARE = columns(Clinic, "out_of_hours_phone", "emergency_number", "time_zone") | APPROVAL | WITHDRAWN
#: The page itself says as well who treats, and what it costs.
ARTICLE = CARE | PEOPLE | columns(Clinic, "shows_prices")


@published(site_state, FRAME | LISTED)
@require_safe
def treatment_list(request: HttpRequest) -> HttpResponse:
    """Every treatment with a public edition."""
    treatments = listed(Edition.objects.newest_of_each())
    context = {"treatments": treatments, "jsonld": jsonld.list_page(treatments)}
    return TemplateResponse(request, "treatments/treatment_list.html", context)


@published(treatment_state, FRAME | ARTICLE)
@require_safe
def treatment_detail(request: SiteRequest, slug: str) -> HttpResponse:
    """The newest edition of a treatment, with every fold open if so asked; 410 if it was withdrawn, 404 without one."""
    edition = Edition.objects.newest(slug)
    if edition is None:
        return gone(request, slug)
    document = edition.content()
    with tongue.of(document["language"]):
        response = shown(request, "treatment_detail", page_of(request, document, edition))
    if asks_for_all_open(request):
        open_every_fold(response)
    return response


@published(treatment_state, FRAME | CARE)
@require_safe
def treatment_care(request: SiteRequest, slug: str) -> HttpResponse:
    """The care sheet of the newest edition: before, after and when to call, to be printed on one side."""
    edition = Edition.objects.newest(slug)
    if edition is None:
        return gone(request, slug)
    return beside_article(request, "treatment_care", edition)


@published(treatment_state, FRAME | APPROVAL | WITHDRAWN)
@require_safe
def treatment_sources(request: SiteRequest, slug: str) -> HttpResponse:
    """Every source of the newest edition, with the statements that rest on it; 410 and 404 as its page."""
    edition = Edition.objects.newest(slug)
    if edition is None:
        return gone(request, slug)
    return beside_article(request, "treatment_sources", edition)


def beside_article(request: HttpRequest, name: str, edition: Edition) -> TemplateResponse:
    """A page beside the article of an edition, by the name of its URL and its template."""
    document = edition.content()
    with tongue.of(document["language"]):
        context = {
            "article": Article(document, explains=False),
            "edition": edition,
            "versions": versions_of(edition, name),
            "approval": Approval.objects.newest_of(edition.treatment.slug),
        }
        return shown(request, name, context)


def shown(request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
    """A page about a treatment, rendered now, while the language of its document is that of the page."""
    response = TemplateResponse(request, f"treatments/{name}.html", context)
    response.render()
    return response


def page_of(request: SiteRequest, document: Document, edition: Edition | None = None) -> dict[str, Any]:
    """What the treatment page's template needs; a preview has no edition."""
    found = versions_of(edition, "treatment_detail") if edition else Versions()
    article = Article(document, SOURCES if edition else "")
    context: dict[str, Any] = {
        "article": article,
        "jsonld": jsonld.treatment_page(article, request.clinic, edition, found),
        "versions": found,
        "edition": edition,
        "earlier": list(edition.earlier()) if edition else [],
        "approval": Approval.objects.newest_of(article.slug),
    }
    next_review_date = edition.next_review_date if edition else None
    context["is_overdue"] = is_overdue(next_review_date, request.clinic.time_zone)
    return context


def versions_of(edition: Edition, page: str) -> Versions:
    """The page with this name, about an edition's treatment, in all languages in which it is public."""
    return versions(edition, Edition.objects.family(edition.original), page)


def open_every_fold(response: HttpResponse) -> None:
    """Open the folds of a rendered page, whichever template they come from, and keep it out of search engines."""
    response.content = response.content.replace(b"<details", b"<details open")
    response.headers["X-Robots-Tag"] = "noindex"


def gone(request: HttpRequest, slug: str) -> TemplateResponse:
    """410 for a treatment that was withdrawn, Http404 for any other."""
    if Treatment.objects.withdrawn().filter(slug=slug).exists():
        return TemplateResponse(request, "410.html", status=410)
    raise Http404(slug)


@require_safe
@cache_control(public=True, max_age=pictures.KEPT_SECONDS, must_revalidate=True)
@last_modified(lambda request, name: pictures.stored_at(name))
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A picture's file; browsers ask again before they show it after an hour, so that withdrawing ends it there too."""
    try:
        file = pictures.open_file(name)
    except FileNotFoundError as error:
        raise Http404(name) from error
    return FileResponse(file, content_type=pictures.content_type(name))
