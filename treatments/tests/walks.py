"""Random walks of patients, staff, mail and clock over the same requests, and what must hold after every step.

A walk is made by its seed alone, so that one that fails can be walked again: `Walk(seed)`.
"""

import collections
import datetime
import random
import re
import smtplib

from django.contrib.auth import get_user_model
from django.utils import timezone

from treatments.admin.task import verbs_of
from treatments.admin.verb import buttons
from treatments.consultation import booking, contact, links, set_apart, staff_acts, undelivered, undoing, waves
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.follow_up import sending, settling, tasks
from treatments.models import (
    Act,
    Clinic,
    ConsultationRequest,
    Message,
    MessageState,
    RequestState,
    SeatCell,
    Task,
    TaskKind,
    TaskState,
)
from treatments.models.private_link import new_secret
from treatments.tests.builders import make_open_clinic
from treatments.tests.monday import DAY, HOUR, NOW
from treatments.times import clashes, holding, zones

#: A date and a time as letters write them.
MOMENT = re.compile(r"(\w+day \d+ \w+ \d{4})(?: at |, )(\d\d:\d\d)")
#: What makes no sense in the present state, as patients and staff are told.
REFUSED = (NotPossible, booking.NotHeard, Overtaken, holding.TimeGone, undoing.TooLate)
MAIL = {
    "well": None,
    "away": ConnectionRefusedError(),
    "busy": smtplib.SMTPRecipientsRefused({"x@example.org": (451, b"later")}),
    "unknown": smtplib.SMTPRecipientsRefused({"x@example.org": (550, b"no such user")}),
    "quota": smtplib.SMTPDataError(550, b"5.4.5 daily quota exceeded"),
}


class Untrue(AssertionError):
    """Something did not hold after a step."""


class MailServer:
    """Takes letters or answers with a error, and looks at each whether it is true at this moment."""

    def __init__(self, walk):
        self.walk, self.mode = walk, "well"

    def __call__(self, **options):
        return self

    def send_messages(self, letters):
        if MAIL[self.mode]:
            raise MAIL[self.mode]
        for letter in letters:
            self.walk.read(letter)
        return len(letters)


class Walk:
    """One walk: `step()` does something at random, `look()` says what does not hold."""

    def __init__(self, seed, clock, monkeypatch):
        self.random, self.clock, self.done = random.Random(seed), clock, []
        self.clock.move_to(NOW, tick=False)
        make_open_clinic(
            seats=self.random.choice([1, 1, 2, 3]),
            confirms_by_hand=self.random.random() < 0.3,
            email="desk@clinic.example",
            notice_hours=self.random.choice([0, 24]),
        )
        self.staff = get_user_model().objects.create_superuser("rosa", password="x")
        self.server = MailServer(self)
        monkeypatch.setattr(sending, "get_connection", self.server)
        #: More visits in a cell than seats, as they were held when the clinic's numbers changed.
        self.allowed: collections.Counter[datetime.datetime] = collections.Counter()
        self.sequences: dict[int, int] = {}

    # What happens

    def step(self):
        acts = [self.ask] * 3 + [self.act_of_patient] * 3 + [self.act_of_staff] * 5
        acts += [self.change_mail, self.move_clock, self.move_clock, self.change_clinic, self.change_clinic]
        acts += [self.act_of_manager]
        act = self.random.choice(acts)
        try:
            act()
        except REFUSED as refused:
            self.done.append(f"  refused: {type(refused).__name__}")
        if self.random.random() < 0.7:
            self.work()

    def work(self):
        """A round of the worker."""
        links.answer(timezone.now())
        sending.send_due("worker")
        settling.sweep(timezone.now())

    def note(self, what, *arguments):
        self.done.append(f"{timezone.now():%a %H:%M} {what} {' '.join(map(str, arguments))}")

    def a_time(self):
        day = timezone.now() + DAY * self.random.randrange(0, 6)
        local = day.astimezone(Clinic.objects.current().zone)
        hour, minute = self.random.choice([9, 10, 16]), self.random.choice([0, 30])
        return local.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(datetime.UTC)

    def a_request(self):
        found = list(ConsultationRequest.objects.order_by("pk"))
        return self.random.choice(found) if found else None

    def ask(self):
        who = self.random.randrange(4)
        email = self.random.choice(["", f"p{who}@example.org", f"P{who}+x@example.org"])
        phone = f"+6012345678{who}" if not email or self.random.random() < 0.5 else ""
        start = self.a_time() if self.random.random() < 0.8 or not phone else None
        spam = self.random.random() < 0.1
        self.note("ask", email or phone, start, "spam" if spam else "")
        by = self.staff if self.random.random() < 0.15 else None
        answers = {"name": f"Person {who}", "email": email, "phone": phone, "needs_clinician": who == 0}
        answers["precautions"] = "mole" if who == 0 else ""
        booking.ask(answers, start=start, form_key=new_secret(), looks_like_spam=spam, by=by)

    def act_of_patient(self):
        request = self.a_request()
        if request is None or request.erased_at:
            return
        act = self.random.choice(
            ["change", "change", "cancel", "will_come", "link", "erase", "phone", "offer", "offer"]
        )
        self.note("patient", act, request.pk)
        if act == "change":
            booking.change_time(request, self.a_time(), came_by_letter=self.random.random() < 0.5)
        elif act == "offer":
            offered = holding.open_offers(request, Clinic.objects.current(), timezone.now())
            if offered:
                booking.change_time(request, self.random.choice(offered))
        elif act == "cancel":
            booking.cancel(request)
        elif act == "will_come":
            booking.will_come(request)
        elif act == "link" and request.email:
            links.ask(request.email)
        elif act == "phone":
            contact.leave_phone(request, "+60123456799")
        elif act == "erase" and self.random.random() < 0.5:
            booking.erase(request)

    def act_of_staff(self):
        request = self.a_request()
        if request is None:
            return
        acts = [
            *("confirm", "offer", "offer", "spoke", "no_answer", "left_message", "attended", "missed", "book", "book"),
            *("cancel", "real", "remove", "correct", "resend", "revoke", "note", "end_task", "end_task", "end_task"),
            *("send_again", "call_instead", "undo", "undo", "undo", "erase"),
        ]
        act = self.random.choice(acts)
        self.note("staff", act, request.pk)
        getattr(self, f"staff_{act}")(request, self.staff)

    def staff_confirm(self, request, by):
        staff_acts.confirm(request, by=by)

    def staff_offer(self, request, by):
        staff_acts.offer(request, sorted({self.a_time() for _n in range(2)}), by=by)

    def staff_spoke(self, request, by):
        staff_acts.called(request, Act.SPOKE, by=by)

    def staff_no_answer(self, request, by):
        staff_acts.called(request, Act.NO_ANSWER, by=by)

    def staff_left_message(self, request, by):
        staff_acts.called(
            request, Act.LEFT_MESSAGE, by=by, next_try=timezone.now() + HOUR * self.random.randrange(1, 90)
        )

    def staff_attended(self, request, by):
        staff_acts.attended(request, by=by)

    def staff_missed(self, request, by):
        staff_acts.missed(request, by=by)

    def staff_book(self, request, by):
        booking.change_time(request, self.a_time(), by=by)

    def staff_cancel(self, request, by):
        booking.cancel(request, by=by)

    def staff_real(self, request, by):
        set_apart.it_is_real(request, by=by)

    def staff_remove(self, request, by):
        set_apart.remove(request, by=by)

    def staff_correct(self, request, by):
        email = self.random.choice(["", "new@example.org", request.email])
        contact.correct(request, name="Corrected", phone="+60123456700", email=email, by=by)

    def staff_resend(self, request, by):
        contact.resend_link(request, by=by)

    def staff_revoke(self, request, by):
        contact.revoke_link(request, by=by)

    def staff_note(self, request, by):
        staff_acts.write_note(request, "A note", by=by)

    def staff_end_task(self, request, by):
        ends = {TaskKind.LOOK_AGAIN: Act.KEPT, TaskKind.HEALTH_ANSWER: Act.LOOKED_AT, TaskKind.NOT_DELIVERED: Act.TOLD}
        for task in request.tasks.open().filter(kind__in=ends).select_related("request")[:1]:
            staff_acts.end_task(task, ends[task.kind], by=by)

    def staff_send_again(self, request, by):
        for message in request.messages.failed()[:1]:
            undelivered.send_again(message)

    def staff_call_instead(self, request, by):
        for message in request.messages.failed()[:1]:
            undelivered.call_instead(message, by=by)

    def staff_undo(self, request, by):
        newest = request.events.last()
        undoing.undo(newest, by=by)

    def staff_erase(self, request, by):
        if self.random.random() < 0.3:
            booking.erase(request, by=by)

    def act_of_manager(self):
        """Give the times of a wave back, take that back, or have letters tried again."""
        act = self.random.choice(["release", "release", "undo", "retry"])
        self.note("manager", act)
        if act == "retry":
            sending.try_again_now()
            return
        task = tasks.raise_for_clinic(TaskKind.WAVE, since=(timezone.now() - 2 * DAY).isoformat())
        if act == "release":
            waves.release(task, by=self.staff)
        else:
            waves.undo(task, timezone.now(), by=self.staff)
            Task.objects.filter(pk=task.pk).end(now=timezone.now())

    def change_mail(self):
        self.server.mode = self.random.choice([*MAIL, "well", "well"])
        self.note("mail is", self.server.mode)

    def move_clock(self):
        minutes = self.random.choice([1, 3, 10, 60, 240, 24 * 60, 24 * 60, 3 * 24 * 60])
        self.clock.shift(datetime.timedelta(minutes=minutes))
        self.note("later by minutes:", minutes)

    def change_clinic(self):
        """As the clinic's screen saves it."""
        clinic = Clinic.objects.prefetched()
        now = timezone.now()
        what = self.random.choice(
            ["seats", "length", "closure", "reopen", "zone", "moments", "hours", "hours back", "by hand", "share"]
        )
        self.note("clinic changes", what)
        self.allowed = collections.Counter(SeatCell.objects.values_list("starts_at", flat=True))
        stay = []
        if what == "seats":
            Clinic.objects.update(seats=self.random.choice([1, 2, 3]))
        elif what == "length":
            Clinic.objects.update(visit_minutes=self.random.choice([15, 30, 60]))
        elif what == "closure":
            start = self.a_time()
            clinic.closures.create(starts_at=start - 2 * HOUR, ends_at=start + 8 * HOUR, reason="Training")
        elif what == "reopen":
            clinic.closures.all().delete()
        elif what == "hours":
            clinic.opening_hours.filter(weekday=self.random.randrange(1, 6)).update(
                opens=datetime.time(10), closes=datetime.time(16)
            )
        elif what == "hours back":
            clinic.opening_hours.update(opens=datetime.time(9), closes=datetime.time(17))
        elif what == "by hand":
            Clinic.objects.update(confirms_by_hand=not clinic.confirms_by_hand)
        elif what == "share":
            Clinic.objects.update(unheard_share=self.random.choice([1, 6, 12]))
        else:
            stay = self.change_zone(clinic, what, now)
        clinic = Clinic.objects.prefetched()
        clashes.take_off_the_list(clinic, now)
        tasks.keep_in_opening_time(clinic, now)
        clashes.put_on_the_list([*stay, *clashes.find(clinic, now)], clinic, now)

    def change_zone(self, clinic, what, now):
        """Visits keep their time on the clock, or their "moments"; the visits to be looked at for that."""
        old = clinic.zone
        Clinic.objects.update(time_zone=self.random.choice(["Asia/Kuala_Lumpur", "Asia/Jakarta"]))
        new = Clinic.objects.current().zone
        if what == "moments":
            return zones.keep_moments(old, new, now) if new != old else []
        stay = zones.keep_told_times(Clinic.objects.prefetched(), old, new, now)
        self.allowed = collections.Counter(SeatCell.objects.values_list("starts_at", flat=True))
        return stay

    # What must hold

    def read(self, letter):
        """A letter that goes out at this moment says nothing that is not so."""
        now, clinic = timezone.now(), Clinic.objects.current()
        pk = int(letter.extra_headers["Message-ID"].strip("<").partition(".")[0])
        message = Message.objects.select_related("request").get(pk=pk)
        told = [self.told_moment(date, time, clinic.zone) for date, time in MOMENT.findall(letter.body)]
        request = message.request
        self.check(
            letter.body.strip() and "None" not in letter.body and "  at" not in letter.body, f"empty: {letter.body}"
        )
        self.check(letter.to == [request.email if message.is_to_patient else clinic.email], "sent to somebody else")
        visit = request.held_visit()
        if message.kind in ("confirmed", "changed", "reminder-1-day", "reminder-3-days"):
            self.check(request.state == RequestState.CONFIRMED, f"{message.kind} while {request.state}")
            self.check(
                visit and visit.start > now and visit.start in told, f"{message.kind} of {told}, held is {visit}"
            )
        if message.kind == "changed":
            self.check(len(told) == 2 and told[0] != told[1], "changed to the same time")
        if message.kind.startswith("reminder"):
            ahead = (visit.start.astimezone(clinic.zone).date() - now.astimezone(clinic.zone).date()).days
            self.check(ahead == int(message.kind[9]), f"{message.kind} {ahead} days before")
        if message.kind == "promise":
            self.check(request.state == RequestState.REQUESTED, f"promise while {request.state}")
            self.check(all(moment > now for moment in told), "a promise that is over")
            self.check(
                request.open_promise() is None or request.open_promise() in told, "another promise than the task's"
            )
        if message.kind == "offer":
            self.check(request.state == RequestState.OFFERED, f"offer while {request.state}")
            free = holding.open_offers(request, clinic, now)
            self.check(free and set(free) <= set(told), "an offer without its times")
        if message.kind == "cancelled":
            self.check(request.state == RequestState.CANCELLED, f"cancelled while {request.state}")
        if message.kind == "wished":
            self.check(request.wished_at in told and request.wished_at > now, "a wish that is over")

    @staticmethod
    def told_moment(date, time, zone):
        return datetime.datetime.strptime(f"{date} {time}", "%A %d %B %Y %H:%M").replace(tzinfo=zone)

    def check(self, holds, says):
        if not holds:
            raise Untrue("\n".join([says, *self.done]))

    def look(self):
        """Everything that must hold between two steps, after the worker's round."""
        settling.sweep(timezone.now())
        self.look_at_capacity()
        self.look_at_clashes()
        for request in ConsultationRequest.objects.order_by("pk"):
            self.look_at_letters(request)
            self.look_at_tasks(request)
            self.nobody_is_forgotten(request)
            self.check(request.sequence >= self.sequences.get(request.pk, 0), "the number of changes went back")
            self.sequences[request.pk] = request.sequence

    def look_at_capacity(self):
        seats = Clinic.objects.current().seats
        held = collections.Counter(SeatCell.objects.values_list("starts_at", flat=True))
        for cell, number in held.items():
            most = max(seats, self.allowed[cell])
            self.check(number <= most, f"{number} visits at {cell} with {seats} seats")
        # What was let go of is not held again above the seats.
        self.allowed = collections.Counter({cell: held[cell] for cell in held if held[cell] > seats})

    def look_at_clashes(self):
        unseen = clashes.new_ones(clashes.find(Clinic.objects.prefetched(), timezone.now()))
        self.check(not unseen, f"visits that do not fit and that nobody sees: {unseen}")

    def look_at_letters(self, request):
        now, visit = timezone.now(), request.held_visit()
        kinds = set(request.messages.filter(state=MessageState.QUEUED).values_list("kind", flat=True))
        reminders = {kind for kind in kinds if kind.startswith("reminder")}
        self.check(not reminders or (visit and request.state == RequestState.CONFIRMED), "a reminder without a visit")
        is_ahead = request.state == RequestState.CONFIRMED and visit and visit.start > now
        if not is_ahead:
            return
        spoke = request.events.filter(act__in=(Act.SPOKE, Act.TOLD, Act.UNDONE)).exists()
        by_staff = request.events.filter(by__isnull=False, act__in=(Act.ASKED, Act.CHANGED, Act.IS_REAL)).exists()
        said = request.messages.filter(kind__in=("confirmed", "changed"), payload__start=visit.start.isoformat())
        said = said.exclude(state=MessageState.CANCELLED).exists()
        calls = request.tasks.filter(kind__in=(TaskKind.CALL_TO_CONFIRM, TaskKind.CALL_TO_REMIND)).exists()
        self.check(
            said or spoke or calls or (by_staff and not request.email), f"a visit without its letter: {request.pk}"
        )

    def look_at_tasks(self, request):
        possible = buttons(request, request.held_visit(), timezone.now())
        for found in verbs_of(request, self.staff, possible):
            task = found["task"]
            self.check(found["buttons"] or found["end"], f"no verb ends {task.kind}")
            if task.kind == TaskKind.CONFIRM:
                visit = request.held_visit()
                self.check(visit and visit.lies_ahead(timezone.now()), "a time that cannot be confirmed")
            if task.kind.startswith("call"):
                self.check(staff_acts.can_be_called(request), f"{task.kind} of a request that cannot be called")
        visit = request.held_visit()
        if visit and visit.lies_ahead(timezone.now()) and request.state == RequestState.CONFIRMED:
            late = request.tasks.open().filter(due_at__gt=visit.start).exclude(kind=TaskKind.NOT_DELIVERED)
            self.check(not late, f"due after the visit: {[task.kind for task in late]}")
        failed = request.messages.filter(state=MessageState.FAILED).exclude(kind="clinic-notice")
        for message in failed if not request.erased_at else ():
            known = Task.objects.filter(message=message)
            self.check(known.exists(), f"a failed letter that nobody sees: {message.kind}")

    def nobody_is_forgotten(self, request):
        if not request.is_active:
            return
        now = timezone.now()
        if holding.open_offers(request, Clinic.objects.prefetched(), now):
            is_open_to_patient = booking.patient_can_change_time(request, request.held_visit(), now)
            self.check(is_open_to_patient, f"offered times that {request.pk} cannot take")
        answers = request.tasks.filter(state=TaskState.OPEN, kind__in=(TaskKind.CALL, TaskKind.CONFIRM)).exists()
        is_wish_open = request.wished_at and (request.wished_at > now or not request.phone)
        asked = is_wish_open and request.email and not request.is_set_apart
        self.check(answers or asked or request.state == RequestState.CONFIRMED, f"nobody answers {request.pk}")
