"""What goes out and what was said; and what to do about a letter that did not arrive."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments.admin.act import check_may_act, request_screen
from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.finding import found
from treatments.admin.look_only import LongListAdmin
from treatments.consultation import search, undelivered
from treatments.models import ConsultationRequest, LinkAsked, Message
from treatments.web.requests import StaffRequest


@admin.register(LinkAsked)
class LinkAskedAdmin(ElsewhereAdmin):
    """Nobody reads who asked for a private link; the letters that follow stand among the messages."""

    list_screen = "admin:treatments_message_changelist"

    def row_screen(self, row: LinkAsked) -> str:
        return reverse(self.list_screen)


@admin.register(Message)
class MessageAdmin(LongListAdmin):
    """Messages come from acts on requests."""

    list_display = ["kind", "state", "not_before", "sent_at", "about", "error"]
    list_filter = ["state", "kind"]
    list_select_related = ["request", "treatment"]
    search_fields = search.TEXTS[ConsultationRequest]
    search_help_text = _(
        "Whom it is about: a name, part of an email, three digits of a phone number, or the reference."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        return found(request, queryset, search_term, ConsultationRequest, column="request"), False

    @admin.display(description=_("about"))
    def about(self, message: Message) -> str:
        if message.request is None:
            return str(message.treatment)
        return format_html('<a href="{}">{}</a>', request_screen(message.request), message.request.reference)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/again/", view(self.again_view), name="treatments_message_again"),
            path("<int:pk>/call/", view(self.call_view), name="treatments_message_call"),
            *super().get_urls(),
        ]

    def again_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Try once more to send what was not delivered."""
        message, consultation = self.message_to_act_on(request, pk)
        if request.method == "POST":
            if undelivered.send_again(message):
                messages.success(request, _("It goes out again now."))
            else:
                messages.warning(
                    request, _("It does not go out: what it says is not so any more, or it was dealt with.")
                )
        return redirect(request_screen(consultation))

    def call_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Put a call on the list, to say by phone what the letter was to say."""
        message, consultation = self.message_to_act_on(request, pk)
        if request.method == "POST":
            if undelivered.call_instead(message, by=request.user):
                messages.success(request, _("It is on the list of calls now."))
            else:
                messages.warning(request, _("There is no phone number, or nothing to call about any more."))
        return redirect(request_screen(consultation))

    def message_to_act_on(self, request: StaffRequest, pk: int) -> tuple[Message, ConsultationRequest]:
        """A message and the request that it is about; 404 if it is about none.

        Raises PermissionDenied for those who may only look.
        """
        check_may_act(request)
        message = get_object_or_404(Message.objects.select_related("request"), pk=pk)
        if message.request is None:
            raise Http404
        return message, message.request
