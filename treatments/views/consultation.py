"""Asking for a free consultation."""

from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from treatments.forms.consultation import ConsultationForm
from treatments.models import Notice, NoticeKind
from treatments.prose import notice_html


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_cache=True)
def consultation(request):
    """The form; ?treatment=<slug> chooses what it is about."""
    notice = Notice.objects.newest(NoticeKind.CONSENT)
    data = request.POST if request.method == "POST" else None
    form = ConsultationForm(data, notice=notice, slug=request.GET.get("treatment", ""))
    if form.is_valid():
        form.save()
        return redirect("treatments:consultation_done")
    context = {"form": form, "consent": notice_html(notice.text) if notice else ""}
    return TemplateResponse(request, "treatments/consultation_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def consultation_done(request):
    """Thank you, and what happens next; shows nothing personal."""
    return TemplateResponse(request, "treatments/consultation_done.html")
