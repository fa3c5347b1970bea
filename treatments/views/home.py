"""The clinic's own pages."""

from django.http import Http404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from treatments import jsonld
from treatments.models import Edition, Notice, NoticeKind
from treatments.prose import notice_html


@require_safe
def home(request):
    """The clinic in one screen."""
    editions = Edition.objects.newest_of_each()
    context = {"cards": cards(editions), "jsonld": jsonld.home_page(request.clinic)}
    return TemplateResponse(request, "treatments/home.html", context)


@require_safe
def notice_detail(request, kind):
    """The privacy or accessibility notice that holds now."""
    notice = Notice.objects.newest(kind)
    if notice is None:
        raise Http404(kind)
    context = {"notice": notice, "text": notice_html(notice.text), "title": NoticeKind(kind).label}
    return TemplateResponse(request, "treatments/notice_detail.html", context)


def cards(editions):
    """What a list of treatments shows of each edition."""
    shown = ("name", "title", "answer", "description", "language")
    return [
        {"url": edition.treatment.get_absolute_url(), **{key: document[key] for key in shown}}
        for edition in editions
        for document in [edition.content()]
    ]
