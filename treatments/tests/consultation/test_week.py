"""A week of a clinic in fast motion, and a flood of made-up requests: nobody is forgotten, and no day is emptied."""

import datetime
import random

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from treatments.admin.task import ENDS
from treatments.consultation import booking, limits, set_apart, staff_acts, waves, worklist
from treatments.follow_up import sending, settling
from treatments.models import Act, Clinic, ConsultationRequest, Message, RequestState, SeatCell, Task, TaskKind
from treatments.models.private_link import new_secret
from treatments.models.task import CALLS
from treatments.tests.builders import make_open_clinic
from treatments.tests.monday import DAY, HOUR, NOW
from treatments.tests.walks import MAIL, REFUSED, MailServer
from treatments.times import clashes, holding
from treatments.values import availability

TWENTY_MINUTES = datetime.timedelta(minutes=20)


class Week:
    """Patients come, staff work through their list every twenty minutes in opening time, and the worker goes round.

    When the clinic is closed the worker goes round every hour, because nobody does anything meanwhile.
    """

    def __init__(self, clock, monkeypatch, *, patients):
        self.random, self.clock = random.Random(5), clock
        self.clock.move_to(NOW, tick=False)
        make_open_clinic(seats=3, confirms_by_hand=True, email="desk@clinic.example", call_back_hours=2)
        users = get_user_model().objects
        self.staff = [users.create_user(name, is_staff=True) for name in ("ana", "ben", "cho", "dev")]
        self.to_come, self.number = patients, 0
        self.done = []
        self.server = MailServer(self)
        monkeypatch.setattr(sending, "get_connection", self.server)

    def check(self, holds, says):
        assert holds, says

    def read(self, letter):
        assert letter.body.strip()

    def run(self, days):
        end = NOW + DAY * days
        while timezone.now() < end:
            now = timezone.now()
            self.server.mode = "away" if is_down(now) else "well"
            if is_open(now):
                self.patients_come()
                self.staff_work()
            sending.send_due("worker")
            settling.sweep(now)
            self.change_hours(now)
            self.clock.shift(TWENTY_MINUTES if is_open(now) else HOUR)

    def patients_come(self):
        for _patient in range(self.random.choice([1, 2, 3])):
            if self.number == self.to_come:
                return
            self.number += 1
            has_email = self.random.random() < 0.7
            answers = {
                "name": f"Person {self.number}",
                "email": f"p{self.number}@example.org" if has_email else "",
                "phone": "" if has_email and self.random.random() < 0.5 else f"+60123{self.number:06d}",
            }
            start = self.a_free_time() if self.random.random() < 0.8 or not answers["phone"] else None
            try:
                booking.ask(answers, start=start, form_key=new_secret(), client=f"10.0.{self.number}.1")
            except REFUSED:
                continue

    def a_free_time(self):
        clinic = Clinic.objects.prefetched()
        first = timezone.now().astimezone(clinic.zone).date() + DAY * self.random.randrange(0, 9)
        rules, taken = holding.rules_and_taken(clinic, first, first)
        times = availability.day(rules, first, timezone.now(), taken).times
        return self.random.choice(times) if times else timezone.now() + DAY * 20

    def staff_work(self):
        clinic = Clinic.objects.prefetched()
        for item in worklist.due_now(timezone.now(), clinic, may_manage=True)[:12]:
            try:
                self.deal_with(item.task, self.random.choice(self.staff))
            except REFUSED:
                continue
        for visit in worklist.visits(timezone.now() - HOUR, timezone.now()):
            if visit.state == RequestState.CONFIRMED:
                came = staff_acts.attended if self.random.random() < 0.8 else staff_acts.missed
                came(visit, by=self.staff[0])

    def deal_with(self, task, by):
        request = task.request
        if task.kind == TaskKind.CONFIRM:
            staff_acts.confirm(request, by=by)
        elif task.kind == TaskKind.CALL and request.email and self.random.random() < 0.3:
            staff_acts.offer(request, [self.a_free_time()], by=by)
        elif task.kind in CALLS:
            outcome = Act.SPOKE if self.random.random() < 0.7 else Act.NO_ANSWER
            staff_acts.called(request, outcome, by=by)
        elif task.kind in ENDS:
            staff_acts.end_task(task, ENDS[task.kind][0], by=by)
        elif task.kind == TaskKind.MAIL_FAILS:
            sending.try_again_now()

    def change_hours(self, now):
        """Wednesday afternoon closes on Tuesday noon, and opens again on Wednesday morning."""
        clinic = Clinic.objects.prefetched()
        if now == NOW + DAY + 4 * HOUR:
            afternoon = NOW + 2 * DAY + 5 * HOUR
            clinic.closures.create(starts_at=afternoon, ends_at=afternoon + 6 * HOUR, reason="Training")
        elif now == NOW + 2 * DAY + 2 * HOUR:
            clinic.closures.all().delete()
        else:
            return
        clashes.take_off_the_list(clinic, now)
        clashes.put_on_the_list(clashes.find(clinic, now), clinic, now)


def is_open(now):
    local = now.astimezone(NOW.tzinfo)
    return local.isoweekday() < 6 and 9 <= local.hour < 17


def is_down(now):
    """Tuesday from ten to two, and Thursday from eleven over night."""
    since = now - NOW
    tuesday, thursday = DAY + 2 * HOUR, 3 * DAY + 3 * HOUR
    return tuesday <= since < tuesday + 4 * HOUR or thursday <= since < thursday + 20 * HOUR


@pytest.mark.slow
@pytest.mark.django_db
class TestAWeek:
    def test_ends_with_every_request_in_a_state_that_somebody_chose(self, time_machine, monkeypatch):
        week = Week(time_machine, monkeypatch, patients=300)

        week.run(days=15)

        now = timezone.now()
        assert week.number == 300
        assert "away" in MAIL
        for request in ConsultationRequest.objects.filter(is_set_apart=False):
            visit = request.held_visit()
            waits = request.state == RequestState.REQUESTED or request.state == RequestState.OFFERED
            is_known = request.tasks.filter(state="open").exists()
            asked = request.wished_at and request.wished_at > now and request.email
            assert not waits or is_known or asked, (request.pk, request.state)
            is_near = visit is not None and visit.end > now - HOUR
            assert request.state != RequestState.CONFIRMED or is_near, (request.pk, "was never marked")
        due = worklist.due_now(now, Clinic.objects.prefetched())
        late = [item.task for item in due if item.late_by > 9 * HOUR]
        assert late == []
        unsent = Message.objects.filter(state="queued", not_before__lt=now - HOUR)
        assert not unsent.exists()


def flood(number, addresses, *, horizon):
    """Made-up people choose free times, some of them the same ones; how many places each day of the horizon has."""
    make_open_clinic(seats=2, horizon_days=horizon, notice_hours=0)
    rng = random.Random(1)
    clinic = Clinic.objects.prefetched()
    first = timezone.now().astimezone(clinic.zone).date()
    rules = clinic.rules(timezone.now(), timezone.now() + DAY * (horizon + 2))
    dates = [first + DAY * away for away in range(horizon)]
    starts = [start for date in dates for start in availability.starts(rules, date) if start > timezone.now()]
    for count in range(number):
        contact = {"phone": f"+6011{count:08d}", "email": f"m{count}@mail{count}.example" if count % 2 else ""}
        place = count % addresses
        client = f"10.{place // 65536}.{place // 256 % 256}.{place % 256}"
        try:
            booking.ask(
                {"name": f"Made Up {count}", **contact}, start=rng.choice(starts), form_key=new_secret(), client=client
            )
        except REFUSED:
            continue
    return {date: 2 * len(availability.starts(rules, date)) for date in dates}


def look_at_places(places):
    zone = Clinic.objects.current().zone
    for date, number in places.items():
        begins = datetime.datetime.combine(date, datetime.time(), zone)
        cells = SeatCell.objects.filter(starts_at__gte=begins, starts_at__lt=begins + DAY)
        held = cells.values("request").distinct().count()
        assert held * 3 <= number * 2, (date, held, number)


def look_at_the_desk(staff):
    """A few presses: the wave's task and its release, the list to check and its removal."""
    for task in Task.objects.open().filter(kind=TaskKind.WAVE):
        waves.release(task, by=staff)
    presses = 3
    while ConsultationRequest.objects.set_apart().exists():
        set_apart.remove_all(ConsultationRequest.objects.set_apart()[:1000], by=staff)
        presses += 2
    return presses


@pytest.mark.django_db
class TestAFlood:
    @pytest.mark.slow
    def test_of_made_up_requests_leaves_a_third_of_every_day(self, time_machine):
        time_machine.move_to(NOW, tick=False)

        places = flood(400, 200, horizon=5)

        look_at_places(places)
        assert Task.objects.open().filter(kind=TaskKind.WAVE).count() == 1

    @pytest.mark.slow
    def test_is_cleared_from_the_desk_in_ten_presses(self, time_machine):
        time_machine.move_to(NOW, tick=False)
        staff = get_user_model().objects.create_superuser("owner", password="x")
        flood(400, 200, horizon=5)

        presses = look_at_the_desk(staff)

        assert presses <= 10
        assert worklist.due_now(timezone.now() + 20 * DAY, Clinic.objects.prefetched(), may_manage=True) == []

    @pytest.mark.prove
    def test_of_ten_thousand_from_five_thousand_addresses_leaves_a_third_too(self, time_machine):
        time_machine.move_to(NOW, tick=False)

        places = flood(10_000, 5_000, horizon=60)

        look_at_places(places)
        assert limits.unheard_between(timezone.now() - HOUR, timezone.now()).count() >= limits.WAVE
