"""What has to be right before the site is opened to the public: every line is looked at, none is only ticked off."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from treatments.accounts import staff
from treatments.models import Clinic, Edition, Notice, NoticeKind
from treatments.publication import advertising
from treatments.running.backups import nightly
from treatments.values.availability import HOUR

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The worker says this often that it is there; after twice as long it is missing.
HEARTBEAT = datetime.timedelta(seconds=30)


@dataclass(frozen=True)
class Line:
    """One thing to be right; `mend` is the address where it is mended, empty for what the server's own settings say."""

    says: "StrOrPromise"
    is_right: bool
    mend: str = ""
    is_required: bool = True


def lines(clinic: Clinic) -> list[Line]:
    """The whole list for the clinic, in the order in which it is best worked through."""
    clinic_screen = reverse("admin:treatments_clinic_change", args=[clinic.pk])
    notices = reverse("admin:treatments_notice_changelist")
    accounts = reverse("admin:auth_user_changelist")
    return [
        Line(_("Visitors come by https."), settings.SITE_URL.startswith("https://")),
        Line(_("Letters go to a mail server, and a test letter went out."), mail_works(clinic)),
        Line(_("The worker that sends letters is running."), worker_lives(clinic)),
        backups(),
        Line(_("A manager knew the network address below for their own."), knows_visitors(clinic)),
        Line(_("Opening hours are your own."), has_own_hours(clinic), clinic_screen),
        Line(_("There is a phone number."), bool(clinic.phone), clinic_screen),
        Line(_("There is an emergency number."), bool(clinic.emergency_number), clinic_screen),
        Line(_("There is an email address that hears of new requests."), bool(clinic.email), clinic_screen),
        Line(_("There is an address to come to."), bool(clinic.address), clinic_screen),
        Line(_("The device is named."), bool(clinic.device), clinic_screen, is_required=False),
        Line(_("Every staff account has an email address."), not staff.without_email().exists(), accounts),
        Line(_("The privacy notice is your own."), is_own(NoticeKind.PRIVACY), notices),
        Line(_("The consent notice is your own."), is_own(NoticeKind.CONSENT), notices),
        *(of_edition(edition) for edition in Edition.objects.newest_of_each()),
        *approvals(clinic),
    ]


def backups() -> Line:
    """The line about the backups of each night: whoever names a folder for them relies on them."""
    if settings.BACKUP_FOLDER is None:
        return Line(_("Backups are made every night."), False, is_required=False)
    age = nightly.age(timezone.now())
    if age is None:
        return Line(_("There is a backup of last night."), False)
    says = ngettext_lazy(
        "The newest backup is %(hours)s hour old.", "The newest backup is %(hours)s hours old.", "hours"
    )
    return Line(says % {"hours": age // HOUR}, nightly.is_young(timezone.now()))


def of_edition(edition: Edition) -> Line:
    """The line that says whether a public page has passed the gate."""
    says = _("“%(name)s” was published through the gate, with its reviewer.") % {"name": edition.treatment.name}
    mend = reverse("admin:treatments_treatment_publish", args=[edition.treatment_id])
    return Line(says, not edition.is_sample, mend)


def approvals(clinic: Clinic) -> list[Line]:
    """A line for each public page on whether it may be advertised, where the clinic's country asks for an approval."""
    mend = reverse("admin:treatments_approval_changelist")
    today = timezone.now().astimezone(clinic.zone).date()
    return [
        Line(
            _("“%(name)s” has an advertising approval. %(trouble)s")
            % {"name": edition.treatment.name, "trouble": trouble},
            not trouble,
            mend,
        )
        for edition, trouble in advertising.troubles(clinic.country, today)
    ]


def may_open(found: Iterable[Line]) -> bool:
    """Whether every required line of these is right."""
    return all(line.is_right for line in found if line.is_required)


def mail_works(clinic: Clinic) -> bool:
    """Whether letters go to a mail server, not into files, and a test letter went out."""
    return settings.EMAIL_BACKEND != "treatments.follow_up.mail.FolderBackend" and clinic.mail_tested_at is not None


def worker_lives(clinic: Clinic) -> bool:
    """Whether the worker said lately that it is there."""
    seen = clinic.worker_seen_at
    return seen is not None and timezone.now() - seen < 2 * HEARTBEAT


def knows_visitors(clinic: Clinic) -> bool:
    """Whether visitors' addresses were seen to be read right, behind as many proxies as there are now."""
    return clinic.proxies_checked == settings.TRUSTED_PROXIES


def has_own_hours(clinic: Clinic) -> bool:
    """Whether there are opening hours, and not those that the demonstration brings."""
    return clinic.opening_hours.exists() and not clinic.shows_demonstration_hours


def is_own(kind: NoticeKind) -> bool:
    """Whether the notice in force is the clinic's own, not the one that came with the software."""
    notice = Notice.objects.newest(kind)
    return notice is not None and not notice.is_bundled
