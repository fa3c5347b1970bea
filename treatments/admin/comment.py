"""Comments: read before they show, answered in the clinic's name, erased when someone asks."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments import comments
from treatments.accounts.typed_work import is_brought_back, shows_again
from treatments.admin.finding import found
from treatments.admin.look_only import LongListAdmin
from treatments.consultation import search
from treatments.forms.comment import AnswerForm
from treatments.models import Comment
from treatments.values.row_ids import row_id
from treatments.web.requests import StaffRequest, of_staff

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The name of the list's URL.
LIST = "admin:treatments_comment_changelist"
#: What somebody is told whose act was not done.
OVERTAKEN = _("Someone else did something with this comment meanwhile. Nothing of yours was done; look again first.")
NOT_POSSIBLE = _("This comment was refused. Show it first, then answer it.")
GONE = _("Someone has erased this comment meanwhile.")


@admin.register(Comment)
class CommentAdmin(LongListAdmin):
    """Visitors' own words are not ours to change. What can be done with them are verbs."""

    list_display = ["who", "state", "begins", "treatment", "is_set_apart", "added_at"]
    list_filter = ["state", "is_set_apart"]
    list_select_related = ["treatment", "handled_by"]
    search_fields = search.TEXTS[Comment]
    search_help_text = _("The beginning of any name or part of an email. Every word has to fit.")
    ordering = tuple(Comment._meta.ordering or ())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Comment], search_term: str
    ) -> tuple[QuerySet[Comment], bool]:
        return found(request, queryset, search_term, Comment), False

    @admin.display(description=_("name"))
    def who(self, comment: Comment) -> str:
        return Truncator(comment.name).chars(20)

    @admin.display(description=_("comment"))
    def begins(self, comment: Comment) -> str:
        return Truncator(comment.text).chars(80)

    # Screens

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/show/", view(self.show_view), name="treatments_comment_show"),
            path("<int:pk>/refuse/", view(self.refuse_view), name="treatments_comment_refuse"),
            path("<int:pk>/answer/", view(self.answer_view), name="treatments_comment_answer"),
            path("<int:pk>/erase/", view(self.erase_view), name="treatments_comment_erase"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One comment: what it says, what can be done with it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.screen(of_staff(request), get_object_or_404(self.get_queryset(request), pk=row_id(object_id)))

    def screen(
        self,
        request: StaffRequest,
        comment: Comment,
        *,
        form: AnswerForm | None = None,
        refusal: "StrOrPromise" = "",
        status: int = 200,
    ) -> TemplateResponse:
        """A comment with its verbs; `form` is the answer as it was typed, `refusal` says why nothing was done."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Comment"),
            "opts": self.opts,
            "comment": comment,
            "form": form or AnswerForm(comment=comment),
            "refusal": refusal,
            "may_act": request.user.has_perm("treatments.change_comment"),
            "may_erase": request.user.has_perm("treatments.delete_comment"),
            "kept_days": comments.KEPT_REFUSED.days,
            "erased_on": comments.erased_on(comment, request.clinic.zone),
        }
        return TemplateResponse(request, "admin/treatments/comment/change.html", context, status=status)

    # Verbs

    def show_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Let everyone read it."""
        check_may(request, "change")
        return self.act(request, pk, functools.partial(comments.show, by=request.user), _("It shows now."))

    def refuse_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Let nobody read it."""
        check_may(request, "change")
        said = _("It shows to nobody, and is erased in %s days.") % comments.KEPT_REFUSED.days
        return self.act(request, pk, functools.partial(comments.refuse, by=request.user), said)

    @shows_again
    def answer_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Answer it in the clinic's name."""
        check_may(request, "change")
        comment = self.get_queryset(request).filter(pk=pk).first()
        if comment is None:
            return gone(request)
        if request.method != "POST":
            return redirect("admin:treatments_comment_change", pk)
        form = AnswerForm(request.POST, comment=comment)
        if not form.is_valid() or is_brought_back(request):
            return self.screen(request, comment, form=form, status=422 if form.errors else 200)
        text = form.cleaned_data["answer"]
        said = _("The answer shows now.") if text else _("The answer is taken back.")
        answer = functools.partial(comments.answer, text=text, by=request.user)
        return self.act(request, pk, answer, said, form=form)

    def erase_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Ask once more, then erase."""
        check_may(request, "delete")
        if request.method == "POST":
            return self.act(request, pk, comments.erase, _("It is erased."), leads_to=reverse(LIST))
        comment = get_object_or_404(self.get_queryset(request), pk=pk)
        context = {**self.admin_site.each_context(request), "title": _("Erase this comment?"), "comment": comment}
        return TemplateResponse(request, "admin/treatments/comment/erase.html", context)

    def act(
        self,
        request: StaffRequest,
        pk: int,
        act: Callable[..., object],
        said: "StrOrPromise",
        *,
        form: AnswerForm | None = None,
        leads_to: str = "",
    ) -> HttpResponse:
        """Do the act if it was sent, say so, and go on to the comment or to the URL `leads_to`.

        `act` takes the comment and `seen`, and may raise comments.Overtaken or comments.NotPossible: then the screen
        says why nothing was done.
        """
        comment = self.get_queryset(request).filter(pk=pk).first()
        if comment is None:
            return gone(request)
        if request.method == "POST":
            try:
                act(comment, seen=request.POST.get("seen", ""))
            except comments.Overtaken:
                return self.overtaken(request, pk, form)
            except comments.NotPossible:
                return self.screen(request, comment, form=form, refusal=NOT_POSSIBLE, status=409)
            messages.success(request, said)
        return redirect(leads_to or reverse("admin:treatments_comment_change", args=[pk]))

    def overtaken(self, request: StaffRequest, pk: int, form: AnswerForm | None) -> HttpResponse:
        """The screen as it is by now, with what was typed."""
        comment = self.get_queryset(request).filter(pk=pk).first()
        if comment is None:
            return gone(request)
        return self.screen(request, comment, form=form, refusal=OVERTAKEN, status=409)


def gone(request: HttpRequest) -> HttpResponse:
    """Back to the list, for whoever wanted something of a comment that was erased meanwhile."""
    messages.warning(request, GONE)
    return redirect(LIST)


def check_may(request: HttpRequest, verb: str) -> None:
    """Raise PermissionDenied for those who may not "change" or "delete" comments, as `verb` says."""
    if not request.user.has_perm(f"treatments.{verb}_comment"):
        raise PermissionDenied
