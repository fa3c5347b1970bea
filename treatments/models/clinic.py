"""The clinic itself: one row of facts."""

import datetime
import zoneinfo
from typing import Any

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic_site.page_files import page_files
from treatments.models.constraints import filled, shaped
from treatments.models.private_link import new_secret
from treatments.values.availability import Closed, Hours, Rules
from treatments.values.moments import SENSIBLE_YEARS

#: A year in hours, and thirty years in days: Python's calendar and both databases can add that much to a moment.
MOST_HOURS, MOST_DAYS = 24 * 366, 30 * 366
#: `unheard_share` is given in parts of so many: how much of a day people who were not heard from yet may take.
SHARES = 12
#: Opening time that staff need before a visit to confirm it by hand, or to be called about it.
TO_CONFIRM = datetime.timedelta(hours=2)

# The checks of opening hours and closures stand here too, where the first migrations look for them.


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a zone of the IANA list, such as Asia/Kuala_Lumpur."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Use a name such as Asia/Kuala_Lumpur."),
            params={"name": name},
        )


def check_five_minutes(time: datetime.time) -> None:
    """Raise ValidationError unless the time of day is a whole multiple of five minutes."""
    if time.minute % 5 or time.second or time.microsecond:
        raise ValidationError(_("Use a time on a multiple of five minutes, such as 9:00 or 9:35."))


def check_whole_cells(minutes: int) -> None:
    """Raise ValidationError unless the minutes are a multiple of five and at most 480, which is eight hours."""
    if minutes % 5 or minutes > 480:
        raise ValidationError(_("Use a multiple of five minutes, at most 480."))


def check_sensible_year(moment: datetime.datetime) -> None:
    """Raise ValidationError for a moment whose year is not one of SENSIBLE_YEARS."""
    if moment.year not in SENSIBLE_YEARS:
        raise ValidationError(_("Use a year from 2000 on."))


def check_country(code: str) -> None:
    """Raise ValidationError unless phone numbers can be read in this country, by its two letters of ISO 3166."""
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValidationError(_("“%(code)s” is no country. Use its two letters, such as MY."), params={"code": code})


class ClinicQuerySet(models.QuerySet["Clinic"]):
    def current(self) -> "Clinic":
        """The one row, made with its defaults if it is not there yet."""
        return self.filter(pk=Clinic.ONLY).first() or self.get_or_create(pk=Clinic.ONLY)[0]

    def prefetched(self) -> "Clinic":
        """The one row with its opening hours."""
        return self.prefetch_related("opening_hours").current()

    def locked(self) -> "Clinic":
        """The one row, held until the end of the transaction: whoever gives or takes places waits for the other."""
        return self.select_for_update().prefetch_related("opening_hours").current()

    def open_since(self, moment: datetime.datetime | None) -> int:
        """Open the site to the public as of a moment, or close it with None; every page says so at once."""
        return self.touch(opened_at=moment)

    def note_proxies(self, number: int | None) -> int:
        """Note TRUSTED_PROXIES, now that a manager saw their own network address read right; None takes it back."""
        return self.filter(pk=Clinic.ONLY).update(proxies_checked=number)

    def heartbeat(self, now: datetime.datetime) -> int:
        """Note that the worker is there; no page shows it, so none gets a new cache key."""
        return self.filter(pk=Clinic.ONLY).update(worker_seen_at=now)

    def touch(self, **values: Any) -> int:
        """Give every public page a new cache key, because something that they show has changed.

        `values` are columns of the clinic that change with it. To be called in the transaction of the change: no
        reader may see one without the other. Returns the number of rows, like `update`.

        Pages that are files are taken away. Raises OSError, and the change must fail, if they cannot be.
        """
        values |= {"page_token": new_secret(), "changed_at": timezone.now()}
        files = page_files()
        with transaction.atomic():
            # The row first: whoever writes a page's files holds it, so until the end of the change nobody writes any.
            number = self.filter(pk=Clinic.ONLY).update(**values)
            if files:
                files.take_away()
                transaction.on_commit(files.sweep, robust=True)
        return number


class Clinic(models.Model):
    """What the site says about the clinic; empty fields are left out of the pages gracefully."""

    ONLY = 1

    name = models.CharField(_("name"), max_length=120, default="Nexus Clinic")
    phone = models.CharField(
        _("phone"), max_length=40, blank=True, help_text=_("As patients should dial it, with country code.")
    )
    whatsapp = models.CharField(
        _("WhatsApp"),
        max_length=40,
        blank=True,
        help_text=_("The number that answers on WhatsApp, with country code. Empty: nobody is led there."),
    )
    out_of_hours_phone = models.CharField(_("phone out of hours"), max_length=40, blank=True)
    emergency_number = models.CharField(
        _("emergency number"),
        max_length=40,
        blank=True,
        help_text=_("The ambulance number of your country. Empty: pages say “your local emergency number”."),
    )
    email = models.EmailField(_("email"), blank=True)
    address = models.TextField(_("address"), blank=True, help_text=_("Several lines are fine."))
    access = models.TextField(
        _("how to get here"), blank=True, help_text=_("Public transport, parking, steps and lifts.")
    )
    device = models.CharField(
        _("device"),
        max_length=200,
        blank=True,
        help_text=_("Maker and model of the laser you use, as on its plate."),
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        default="MY",
        validators=[check_country],
        help_text=_("Two letters. Phone numbers are read in it."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Asia/Kuala_Lumpur", validators=[check_time_zone]
    )
    shows_demonstration_hours = models.BooleanField(
        _("hours are a demonstration"),
        default=False,
        help_text=_("Take the tick out once the opening hours below are your own."),
    )
    says_free = models.BooleanField(
        _("say that a consultation is free"),
        default=False,
        help_text=_("Where advertising needs approval, only if yours covers it. A demonstration always says it."),
    )
    shows_prices = models.BooleanField(
        _("show prices"),
        default=False,
        help_text=_("Where advertising needs approval, only if yours covers it. A demonstration always does."),
    )
    visit_minutes = models.PositiveSmallIntegerField(
        _("length of a consultation, minutes"), default=30, validators=[check_whole_cells, MinValueValidator(5)]
    )
    seats = models.PositiveSmallIntegerField(
        _("consultations at the same time"),
        default=1,
        validators=[MaxValueValidator(99)],
        help_text=_("0: patients can only ask to be called."),
    )
    # How early a visit has to be asked for: its lead time. The column has the older name.
    notice_hours = models.PositiveSmallIntegerField(
        _("lead time, hours"),
        default=24,
        validators=[MaxValueValidator(MOST_HOURS)],
        help_text=_("How early a time has to be booked."),
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("horizon, days"), default=60, validators=[MaxValueValidator(366)], help_text=_("How far ahead.")
    )
    confirms_by_hand = models.BooleanField(
        _("confirm chosen times by hand"),
        default=False,
        help_text=_("Otherwise a chosen time is confirmed at once."),
    )
    call_back_hours = models.PositiveSmallIntegerField(
        _("call back within, hours of opening time"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)],
    )
    open_requests_per_contact = models.PositiveSmallIntegerField(
        _("open requests of one contact"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("As a family may have them. Further ones are set apart, to be looked at."),
    )
    unheard_share = models.PositiveSmallIntegerField(
        _("of 12 places a day, for people not heard from yet"),
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(SHARES)],
        help_text=_("Whoever wants one of the others has to press a button in our letter first. 12: nobody has to."),
    )
    bring = models.TextField(
        _("what to bring"), blank=True, help_text=_("On the patient’s page and in letters, a line each.")
    )
    keep_visit_days = models.PositiveSmallIntegerField(
        _("erase requests after their visit, days"),
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("Proposed; ask whoever advises you on records."),
    )
    keep_request_days = models.PositiveSmallIntegerField(
        _("erase requests without a visit, days"),
        default=90,
        validators=[MinValueValidator(14), MaxValueValidator(MOST_DAYS)],
        help_text=_("After we last heard of them. Proposed."),
    )
    opened_at = models.DateTimeField(
        _("opened to the public"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Empty: every page on a public address says “not open yet” and asks not to be indexed."),
    )
    worker_seen_at = models.DateTimeField(_("worker was there"), null=True, editable=False)
    mail_tested_at = models.DateTimeField(_("test letter sent"), null=True, editable=False)
    proxies_checked = models.PositiveSmallIntegerField(
        _("trusted proxies when a manager last knew their own address"), null=True, editable=False
    )
    key_mark = models.CharField(_("mark of the secret key"), max_length=32, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    page_token = models.CharField(
        max_length=32,
        default=new_secret,
        editable=False,
        help_text=_("Random, and another one whenever something changes that public pages show."),
    )

    objects = ClinicQuerySet.as_manager()

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinic")
        permissions = [("open_clinic", _("Can open the site to the public"))]
        constraints = [
            models.CheckConstraint(name="clinic_is_one_row", condition=Q(pk=1)),
            filled("clinic", "name"),
            models.CheckConstraint(
                name="clinic_visit_takes_whole_cells", condition=Q(visit_minutes__in=range(5, 481, 5))
            ),
            models.CheckConstraint(
                name="clinic_numbers_can_be_reckoned_with",
                condition=Q(
                    notice_hours__lte=MOST_HOURS,
                    horizon_days__lte=366,
                    call_back_hours__range=(1, MOST_HOURS),
                    keep_visit_days__range=(1, MOST_DAYS),
                    keep_request_days__range=(14, MOST_DAYS),
                ),
            ),
            shaped("clinic_country_has_two_letters", "country", like=["[A-Z][A-Z]"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_say_free(self) -> bool:
        """Whether the site's own texts call a consultation free."""
        return self.says_free or settings.IS_DEMONSTRATION

    @property
    def may_show_prices(self) -> bool:
        """Whether pages show the prices of a treatment."""
        return self.shows_prices or settings.IS_DEMONSTRATION

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The clinic's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def rules(self, start: datetime.datetime, end: datetime.datetime) -> Rules:
        """What decides which times are offered, with the closures between two moments; for `availability`."""
        hours: dict[int, list[Hours]] = {}
        for interval in self.opening_hours.all():
            hours.setdefault(interval.weekday, []).append((interval.opens, interval.closes))
        return Rules(
            zone=self.zone,
            hours=hours,
            length=datetime.timedelta(minutes=self.visit_minutes),
            seats=self.seats,
            lead_time=datetime.timedelta(hours=self.notice_hours),
            horizon=self.horizon_days,
            to_confirm=TO_CONFIRM if self.confirms_by_hand else None,
            closures=[Closed(row.starts_at, row.ends_at, row.reason) for row in self.closures.between(start, end)],
        )
