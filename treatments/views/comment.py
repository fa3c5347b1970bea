"""Comments on a treatment: reading them, leaving one, and one's own behind its private link."""

import contextlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from treatments import comments
from treatments.article import tongue
from treatments.consultation import limits
from treatments.forms.comment import CommentForm
from treatments.models import Comment, Edition
from treatments.values.row_ids import row_id
from treatments.views.consultation import keepable, later
from treatments.views.private import OpenedLink, behind_link_of
from treatments.views.treatment import gone
from treatments.web.client import client_address
from treatments.web.requests import SiteRequest

private = behind_link_of(Comment)


@require_http_methods(["GET", "HEAD", "POST"])
@keepable
def comment_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What others say about a treatment, and a form to say something oneself."""
    edition = Edition.objects.newest(slug)
    if edition is None:
        return gone(request, slug)
    form = CommentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return left(request, edition, form)
    return list_page(request, edition, form, status=422 if form.errors else 200)


def left(request: HttpRequest, edition: Edition, form: CommentForm) -> HttpResponse:
    """Take the comment, and answer with its own page or with what stands against it."""
    key, looks_like_spam = form.key_and_suspicion()
    try:
        comment = comments.leave(
            edition.treatment,
            form.words(),
            form_key=key,
            client=client_address(request),
            looks_like_spam=looks_like_spam,
        )
    except comments.AlreadySent as already:
        return already_page(request, already.comment)
    except limits.TooMany:
        return later(list_page(request, edition, form, is_too_much=True, status=429))
    return redirect(comment.private_path())


def already_page(request: HttpRequest, comment: Comment) -> TemplateResponse:
    """The way to the comment that the same form has left before; kept nowhere, for it has the private link."""
    response = TemplateResponse(request, "treatments/comment_already.html", {"comment": comment}, status=409)
    response.headers["Cache-Control"] = "no-store"
    return response


def list_page(
    request: HttpRequest, edition: Edition, form: CommentForm, *, status: int, **context: object
) -> TemplateResponse:
    """The comments on the treatment of an edition, from the id that the URL names, and the form."""
    before, after = (row_id(request.GET.get(name, "")) for name in ("before", "after"))
    # As the public knows it: the draft may have another name by now.
    name = edition.content()["name"]
    context |= {
        "form": form,
        "treatment": edition.treatment,
        "name": name,
        "marked_name": tongue.among_ours(name, edition.language),
        "stretch": comments.stretch(edition.treatment, before=before, after=after),
    }
    return TemplateResponse(request, "treatments/comment_list.html", context, status=status)


@require_safe
@private
def comment_detail(request: SiteRequest, link: OpenedLink[Comment]) -> HttpResponse:
    """Thanks, what happens next, and what is held."""
    erased_on = comments.erased_on(link.row, request.clinic.zone)
    context = {"link": link, "comment": link.row, "erased_on": erased_on}
    return TemplateResponse(request, "treatments/comment_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def comment_erase(request: SiteRequest, link: OpenedLink[Comment]) -> HttpResponse:
    """Ask once more, then erase; the link opens nothing afterwards."""
    if request.method != "POST":
        return TemplateResponse(request, "treatments/comment_erase.html", {"link": link})
    # Sent twice at once: the second finds that it is gone, as was wanted.
    with contextlib.suppress(comments.Overtaken):
        comments.erase(link.row)
    return redirect("treatments:comment_erased")


@require_safe
def comment_erased(request: HttpRequest) -> HttpResponse:
    """What was done; says nothing about anybody."""
    return TemplateResponse(request, "treatments/comment_erased.html")
