"""What goes out and what was said; and what to do about a letter that did not arrive."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments import desk
from treatments.admin.act import check_may_act, request_screen
from treatments.admin.look_only import LongListAdmin
from treatments.models import Message


@admin.register(Message)
class MessageAdmin(LongListAdmin):
    """Messages come from acts on requests."""

    list_display = ["kind", "state", "not_before", "sent_at", "about", "fault"]
    list_filter = ["state", "kind"]
    list_select_related = ["request", "treatment"]
    search_fields = ["request__reference"]
    search_help_text = _("The reference of a request.")

    def get_search_results(self, request, queryset, search_term):
        reference = search_term.strip().upper()
        return (queryset.filter(request__reference=reference) if reference else queryset), False

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
        return self.deal_with(request, pk, desk.send_again, _("It goes out again now."))

    def call_view(self, request, pk):
        """Say it by phone instead."""
        return self.deal_with(request, pk, desk.call_instead, _("It is on the list of calls now."))

    def deal_with(self, request, pk, act, said):
        check_may_act(request)
        message = get_object_or_404(Message.objects.select_related("request"), pk=pk, request__isnull=False)
        if request.method == "POST":
            if act(message):
                messages.success(request, said)
            else:
                messages.warning(request, _("Someone has dealt with it already."))
        return redirect(request_screen(message.request))
