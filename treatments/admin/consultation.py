"""What patients asked, for the front desk, and what was said to them."""

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from treatments import booking
from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.look_only import LookOnlyAdmin
from treatments.models import ConsultationRequest, Message, RequestEvent, RequestState, SeatCell


class RequestEventInline(admin.TabularInline):
    model = RequestEvent
    extra = 0
    can_delete = False
    fields = ["act", "state_before", "state_after", "by", "at"]

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(LookOnlyAdmin):
    """Requests, the oldest promise first. Patients' own words are not ours to change; what we do are verbs.

    Nothing is deleted here: erasing keeps a stub and gives the time back.
    """

    list_display = ["who", "state", "promised_at", "visit_starts", "call", "email", "treatment", "for_clinician"]
    list_filter = ["state", "is_quarantined", "needs_clinician", "requested_at"]
    list_select_related = ["treatment"]
    search_fields = ["name", "phone", "email", "reference"]
    search_help_text = _("Name, phone with country code, email or reference.")
    ordering = ["promised_at", "-requested_at"]
    show_full_result_count = False
    actions = ["confirm", "called", "attended", "missed", "cancel"]
    inlines = [RequestEventInline]
    exclude = ["answers_digest", "client_digest"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_times()

    @admin.display(description=_("who"), ordering="name")
    def who(self, consultation):
        return str(consultation)

    @admin.display(description=_("visit"), ordering="starts_at")
    def visit_starts(self, consultation):
        return consultation.starts_at

    @admin.display(description=_("phone"), ordering="phone")
    def call(self, consultation):
        if not consultation.phone:
            return ""
        return format_html('<a href="tel:{}">{}</a>', consultation.phone, consultation.phone)

    @admin.display(description=_("for a clinician"), boolean=True, ordering="needs_clinician")
    def for_clinician(self, consultation):
        return consultation.needs_clinician

    # Verbs

    @admin.action(description=_("Confirm the time"), permissions=["act"])
    def confirm(self, request, chosen):
        self.do(request, chosen, booking.confirm)

    @admin.action(description=_("Called"), permissions=["act"])
    def called(self, request, chosen):
        self.do(request, chosen, booking.mark, RequestState.CALLED)

    @admin.action(description=_("Attended"), permissions=["act"])
    def attended(self, request, chosen):
        self.do(request, chosen, booking.mark, RequestState.ATTENDED)

    @admin.action(description=_("Missed"), permissions=["act"])
    def missed(self, request, chosen):
        self.do(request, chosen, booking.mark, RequestState.MISSED)

    @admin.action(description=_("Cancel, and tell the patient"), permissions=["act"])
    def cancel(self, request, chosen):
        self.do(request, chosen, booking.cancel)

    def has_act_permission(self, request):
        return request.user.has_perm("treatments.change_consultationrequest")

    def do(self, request, chosen, act, *arguments):
        """Do one act to each of the chosen requests, and say for how many it made sense."""
        done, impossible = 0, []
        for consultation in chosen:
            try:
                act(consultation, *arguments, by=request.user)
                done += 1
            except booking.NotPossible:
                impossible.append(consultation.reference)
        if done:
            said = ngettext("Done for %(count)s request.", "Done for %(count)s requests.", done)
            messages.success(request, said % {"count": done})
        if impossible:
            messages.warning(request, _("Not possible in their state: %s") % ", ".join(impossible))


@admin.register(Message)
class MessageAdmin(LookOnlyAdmin):
    """What goes out and what was said. Messages come from acts on requests."""

    list_display = ["kind", "state", "not_before", "sent_at", "reference", "fault"]
    list_filter = ["state", "kind"]
    list_select_related = ["request"]
    search_fields = ["request__reference", "request__name"]
    show_full_result_count = False

    @admin.display(description=_("request"))
    def reference(self, message):
        address = reverse("admin:treatments_consultationrequest_change", args=[message.request_id])
        return format_html('<a href="{}">{}</a>', address, message.request.reference)


class RequestPartAdmin(ElsewhereAdmin):
    """Events and held times: on their request's screen."""

    list_screen = "admin:treatments_consultationrequest_changelist"

    def row_screen(self, row):
        return reverse("admin:treatments_consultationrequest_change", args=[row.request_id])


admin.site.register([RequestEvent, SeatCell], RequestPartAdmin)
