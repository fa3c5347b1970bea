"""The desk as a whole: its front page is the worklist of whoever may see requests.

Outside the package `admin`, whose modules register themselves with it while they are imported.
"""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments import worklist


class Desk(admin.AdminSite):
    site_header = _("The clinic's desk")
    site_title = _("Desk")
    index_title = _("The desk")
    index_template = "admin/worklist.html"
    empty_value_display = "–"

    def index(self, request, extra_context=None):
        context = worklist_of(request) if request.user.has_perm("treatments.view_consultationrequest") else {}
        return super().index(request, {**context, **(extra_context or {})})


def worklist_of(request):
    """The lists with their counts, and the one that is open."""
    now, zone = timezone.now(), request.clinic.zone
    lists = {
        "due": (_("Due now"), worklist.due_now(now)),
        "today": (_("Today"), worklist.today(now, zone)),
        "waiting": (_("Waiting for the patient"), worklist.waiting(now)),
    }
    name = request.GET.get("list")
    # Whoever opens the desk wants the first list that has something on it.
    opened = name if name in lists else next((key for key, (_title, items) in lists.items() if items), "due")
    return {
        "lists": [(key, title, capped(len(items)), key == opened) for key, (title, items) in lists.items()],
        "items": lists[opened][1],
        "opened": opened,
        "opened_title": lists[opened][0],
        "set_apart": capped(worklist.set_apart().values("pk")[: worklist.MOST].count()),
        "today": now.astimezone(zone).date(),
        "may_add": request.user.has_perm("treatments.add_consultationrequest"),
    }


def capped(number):
    """A count in words that nobody has to count to the end."""
    return f"{worklist.MOST - 1}+" if number >= worklist.MOST else str(number)
