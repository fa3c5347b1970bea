"""Whether a public page may be shown as an advertisement, as far as the site knows. None of this is legal advice.

Malaysia: Medicines (Advertisement and Sale) Act 1956, section 4A: a medical service is advertised only with the
approval of the Medicine Advertisements Board, and its number is shown.
"""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from treatments.models import Approval, Clinic, Edition
from treatments.publication import document as documents

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Countries where a clinic's page needs an approval whose number is shown.
NEED_APPROVAL = {"MY"}


def trouble(approval: Approval | None, digest: str, today: datetime.date) -> "StrOrPromise":
    """What is wrong with showing the text of this digest under an approval, in words for staff; empty if nothing is."""
    if approval is None:
        return _("No advertising approval is recorded for this page.")
    if approval.expires_on < today:
        ended = date_format(approval.expires_on, "DATE_FORMAT")
        return _("The advertising approval ended on %(date)s.") % {"date": ended}
    if approval.edition.digest != digest:
        return _("The text differs from edition %(number)s, which was approved.") % {"number": approval.edition.number}
    return ""


def trouble_of(slug: str, document: Mapping[str, Any]) -> "StrOrPromise":
    """What would be wrong with showing this document as the page of a treatment; empty if nothing would be."""
    clinic = Clinic.objects.current()
    if clinic.country not in NEED_APPROVAL:
        return ""
    today = timezone.now().astimezone(clinic.zone).date()
    return trouble(Approval.objects.newest_of(slug), documents.digest(documents.canonical(document)), today)


def troubles(country: str, today: datetime.date) -> "list[tuple[Edition, StrOrPromise]]":
    """(newest edition, what is wrong) of every public treatment; none where the country asks for no approval."""
    if country not in NEED_APPROVAL:
        return []
    approvals = Approval.objects.newest_of_each()
    return [
        (edition, trouble(approvals.get(edition.treatment_id), edition.digest, today))
        for edition in Edition.objects.newest_of_each()
    ]
