"""What goes out and what was said; and what to do about a letter that did not arrive."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments.admin.act import check_may_act, request_screen
from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.finding import found
from treatments.admin.look_only import LongListAdmin
from treatments.consultation import search, undelivered
from treatments.models import ConsultationRequest, LinkAsked, Message


@admin.register(LinkAsked)
class LinkAskedAdmin(ElsewhereAdmin):
    """Who asked for a private link is nobody's to read; the letters that come of it stand among the messages."""

    list_screen = "admin:treatments_message_changelist"

    def row_screen(self, row):
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

    def get_search_results(self, request, queryset, search_term):
        return found(request, queryset, search_term, ConsultationRequest, column="request"), False

    @admin.display(description=_("about"))
    def about(self, message):
        if message.treatment:
            return str(message.treatment)
        address = reverse("admin:treatments_consultationrequest_change", args=[message.request_id])
        return format_html('<a href="{}">{}</a>', address, message.request.reference)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/again/", view(self.again_view), name="treatments_message_again"),
            path("<int:pk>/call/", view(self.call_view), name="treatments_message_call"),
            *super().get_urls(),
        ]

    def again_view(self, request, pk):
        """Try once more to send what was not delivered."""
        message = self.message_to_act_on(request, pk)
        if request.method == "POST":
            if undelivered.send_again(message):
                messages.success(request, _("It goes out again now."))
            else:
                messages.warning(
                    request, _("It does not go out: what it says is not so any more, or it was dealt with.")
                )
        return redirect(request_screen(message.request))

    def call_view(self, request, pk):
        """Say it by phone instead."""
        message = self.message_to_act_on(request, pk)
        if request.method == "POST":
            if undelivered.call_instead(message, by=request.user):
                messages.success(request, _("It is on the list of calls now."))
            else:
                messages.warning(request, _("There is no phone number, or nothing to call about any more."))
        return redirect(request_screen(message.request))

    def message_to_act_on(self, request, pk):
        check_may_act(request)
        return get_object_or_404(Message.objects.select_related("request"), pk=pk, request__isnull=False)
