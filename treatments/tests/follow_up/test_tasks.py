"""What people at the clinic have to do: always due while it is open, always with an end, never hidden."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.utils import timezone

from treatments.consultation import booking, staff_acts, undelivered, worklist
from treatments.follow_up import held, sending, settling, tasks
from treatments.models import Act, Clinic, ConsultationRequest, Message, SeatCell, Task, TaskKind
from treatments.models.private_link import new_secret
from treatments.running import retention
from treatments.tests.builders import make_clinic, make_open_clinic, make_request
from treatments.tests.meaning import words
from treatments.tests.monday import DAY, FRIDAY, HOUR, MINUTE, NINE, NOW, TEN
from treatments.tests.tables import one_in
from treatments.times import clashes, opening
from treatments.values import availability

PHONE = {"email": "", "phone": "+60123456789"}
REQUESTS = "/admin/treatments/consultationrequest/"


@pytest.fixture(autouse=True)
def clinic(time_machine, db):
    time_machine.move_to(NOW, tick=False)
    return make_open_clinic()


@pytest.fixture
def rosa(client):
    """The owner, signed in at the desk."""
    user = get_user_model().objects.create_superuser("rosa", password="x")
    client.force_login(user)
    return user


def kinds(request):
    return [task.kind for task in request.tasks.open()]


def promised(due_at, **answers):
    """A call that was promised until a moment."""
    request = make_request(**{"phone": "+60123456789", **answers})
    request.tasks.update(due_at=due_at)
    return request


# One of each kind


def call(rosa):
    return make_request(**PHONE).tasks.get()


def confirm(rosa):
    make_clinic(confirms_by_hand=True)
    return make_request(FRIDAY).tasks.get()


def call_to_confirm(rosa):
    return make_request(FRIDAY, **PHONE).tasks.get(kind=TaskKind.CALL_TO_CONFIRM)


def call_to_remind(rosa):
    return make_request(FRIDAY, **PHONE).tasks.get(kind=TaskKind.CALL_TO_REMIND)


def call_to_tell(rosa):
    return booking.cancel(make_request(FRIDAY, **PHONE), by=rosa).tasks.open().get()


def look_again(rosa):
    """A visit with which a closure collides."""
    request = make_request(FRIDAY)
    clinic = Clinic.objects.prefetched()
    clinic.closures.create(starts_at=FRIDAY - HOUR, ends_at=FRIDAY + HOUR, reason="Training")
    list_clashes()
    return request.tasks.get(kind=TaskKind.LOOK_AGAIN)


def look_again_at_erased(rosa):
    return booking.erase(make_request(FRIDAY)).tasks.open().get()


def health_answer(rosa):
    return make_request(FRIDAY, needs_clinician=True, precautions="new-spot").tasks.get()


def not_delivered(rosa):
    request = make_request(FRIDAY, phone="+60123456789")
    lose(request, "confirmed")
    return request.tasks.get()


def mail_fails(rosa):
    message = make_request(FRIDAY).messages.get(kind="confirmed")
    Message.objects.filter(pk=message.pk).update(is_of_our_account=True)
    return tasks.raise_for_clinic(TaskKind.MAIL_FAILS, reason="account")


def wave(rosa):
    make_request(FRIDAY)
    return tasks.raise_for_clinic(TaskKind.WAVE, since=(NOW - HOUR).isoformat())


def erasing_waits(rosa):
    retention.wait_for_somebody(timezone.now())
    return Task.objects.get()


def letters_held(rosa):
    make_request(FRIDAY)
    held.hold(NOW, timezone.now())
    return Task.objects.get(kind=TaskKind.LETTERS_HELD)


EVERY_KIND = [
    *(call, confirm, call_to_confirm, call_to_remind, call_to_tell, look_again, look_again_at_erased),
    *(health_answer, not_delivered, mail_fails, wave, erasing_waits, letters_held),
]


def lose(request, kind):
    """Let a letter not be delivered."""
    request.messages.filter(kind=kind).update(state="failed", error="refused")
    tasks.not_delivered(request.messages.get(kind=kind))


def list_clashes():
    """As the clinic's screen does when it is saved."""
    clinic, now = Clinic.objects.prefetched(), timezone.now()
    clashes.take_off_the_list(clinic, now)
    clashes.put_on_the_list(clashes.find(clinic, now), clinic, now)


def test_every_kind_is_tried_here(rosa):
    found = set()
    for make in EVERY_KIND:
        Task.objects.all().delete()
        ConsultationRequest.objects.all().delete()
        found.add(make(rosa).kind)
        Clinic.objects.update(confirms_by_hand=False)
        Clinic.objects.current().closures.all().delete()

    assert found == set(TaskKind)


@pytest.mark.slow
class TestEveryTask:
    """Pressed as a person would: the task's own screen, the first thing on it that ends it, and a list without it."""

    @pytest.mark.parametrize("make", EVERY_KIND)
    def test_is_on_the_list_when_it_is_due_and_leads_to_its_screen(self, client, rosa, time_machine, make):
        task = make(rosa)
        time_machine.move_to(task.due_at, tick=False)

        client.force_login(rosa)
        page = BeautifulSoup(client.get("/admin/?list=due").content, "html.parser")

        addresses = [str(link["href"]) for link in page.select(".task a")]
        screen = f"{REQUESTS}{task.request_id}/change/" if task.request else f"/admin/treatments/task/{task.pk}/"
        assert any(address.startswith(screen) for address in addresses)
        with timezone.override(Clinic.objects.current().zone):
            assert str(worklist.said_of(task)) in words(page)

    @pytest.mark.parametrize("make", EVERY_KIND)
    def test_has_a_verb_on_its_screen_that_ends_it(self, client, rosa, time_machine, make):
        task = make(rosa)
        if task.kind == TaskKind.CALL_TO_REMIND:
            # Whom staff speak to before has still to be reminded.
            time_machine.move_to(task.due_at, tick=False)
            client.force_login(rosa)
        response = client.get(f"/admin/treatments/task/{task.pk}/change/", follow=True)
        page = BeautifulSoup(response.content, "html.parser")
        where = page.select_one(f"#task-{task.pk}") or page.select_one("#content")

        self.press(client, where)

        task.refresh_from_db()
        assert task.state == "done"
        assert task.ended_at == timezone.now()
        assert (task.ended_by is None) == (task.request is None)

    def press(self, client, where):
        """The first button that ends a task where it stands, or else the first link to the act that does."""
        form = where.select_one("form[action$='/end/']")
        if form:
            button = form.select_one("button[name]") or {}
            values = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
            values |= {button["name"]: button["value"]} if button else {}
            assert client.post(form["action"], values).status_code == 302
            return
        act = where.select_one("a[href*='/act/']")["href"]
        assert client.get(act).status_code == 200
        page = BeautifulSoup(client.get(act, {"outcome": "spoke"}).content, "html.parser")
        seen = page.select_one("input[name=seen]")["value"]
        assert client.post(act, {"seen": seen, "outcome": "spoke"}).status_code == 302

    @pytest.mark.parametrize("make", EVERY_KIND)
    def test_that_was_ended_says_so_to_whoever_presses_again(self, client, rosa, make):
        task = make(rosa)
        Task.objects.filter(pk=task.pk).end()

        response = client.post(f"/admin/treatments/task/{task.pk}/end/", {"verb": "retry", "seen": "x"}, follow=True)

        assert response.status_code in (200, 404)
        assert Task.objects.get(pk=task.pk).state == "done"


@pytest.mark.slow
class TestATaskIsDue:
    #: A Saturday noon, a Sunday, a holiday on a Monday, a night and an evening.
    CLOSED = [
        NOW + 5 * DAY + 4 * HOUR,
        NOW + 6 * DAY,
        NOW + 7 * DAY + 3 * HOUR,
        NOW + DAY - 5 * HOUR,
        NOW + 2 * DAY + 11 * HOUR,
    ]

    @pytest.mark.parametrize("moment", CLOSED)
    @pytest.mark.parametrize("make", EVERY_KIND)
    def test_while_the_clinic_is_open_whenever_it_is_raised(
        self, rosa, clinic, time_machine, monkeypatch, make, moment
    ):
        holiday = NOW + 7 * DAY - 8 * HOUR
        clinic.closures.create(starts_at=holiday, ends_at=holiday + DAY, reason="Holiday")
        time_machine.move_to(moment, tick=False)
        # Friday of the week after.
        monkeypatch.setitem(globals(), "FRIDAY", TEN + 11 * DAY)

        task = make(rosa)

        clinic = Clinic.objects.prefetched()
        assert task.due_at >= moment
        rules = clinic.rules(task.due_at - DAY, task.due_at + DAY)
        # A promise may end with the day.
        assert any(availability.is_open(rules, at, at) for at in (task.due_at, task.due_at - MINUTE))
        assert opening.next_open(clinic, task.due_at - MINUTE) <= task.due_at

    @pytest.mark.parametrize(("monday", "due"), [(False, NINE + 4 * DAY), (True, NINE + 3 * DAY)])
    def test_to_remind_on_the_last_open_day_before_the_visits_own(self, clinic, monday, due):
        """Of a visit on the Monday after, on Friday; on Thursday if Friday is a holiday."""
        if monday:
            clinic.closures.create(starts_at=NOW + 4 * DAY - HOUR, ends_at=NOW + 5 * DAY, reason="Holiday")

        request = make_request(TEN + 7 * DAY, **PHONE)

        assert request.tasks.get(kind="call-to-remind").due_at == due

    @pytest.mark.parametrize(
        ("asked", "visit", "due"),
        [
            # On Saturday evening for Monday morning: before it begins, not after.
            (NOW + 5 * DAY + 12 * HOUR, TEN + 7 * DAY + HOUR, NINE + 7 * DAY),
            (NOW + 5 * DAY + 12 * HOUR, TEN + 7 * DAY + 5 * HOUR, NINE + 7 * DAY + 4 * HOUR),
            (NOW + 5 * DAY + 12 * HOUR, TEN + 7 * DAY + 6 * HOUR, NINE + 7 * DAY + 4 * HOUR),
            (NINE, NINE + 3 * HOUR, NINE + HOUR),
            (NINE, TEN + DAY, NINE + 4 * HOUR),
            (NINE + 7 * HOUR, TEN + DAY + HOUR, NINE + DAY),
        ],
    )
    def test_to_confirm_as_promised_or_two_opening_hours_before_the_visit(
        self, clinic, time_machine, asked, visit, due
    ):
        make_clinic(confirms_by_hand=True, notice_hours=0)
        time_machine.move_to(asked, tick=False)

        request = make_request(visit)

        (task,) = request.tasks.open()
        assert (task.kind, task.due_at, request.open_promise()) == ("confirm", due, due)

    @pytest.mark.parametrize(
        ("best_time", "due"),
        [("any", NOW + 5 * HOUR), ("morning", NOW + DAY + 2 * HOUR), ("afternoon", NOW + 5 * HOUR)],
    )
    def test_to_call_in_the_wished_part_of_the_day(self, best_time, due):
        assert make_request(best_time=best_time, **PHONE).open_promise() == due

    def test_as_soon_as_it_is_raised_where_the_clinic_has_no_hours_and_promises_nothing(self, clinic):
        clinic.opening_hours.all().delete()

        (task,) = make_request(**PHONE).tasks.open()

        assert (task.kind, task.due_at, task.is_promise) == ("call", NOW, False)


class TestATaskBeforeAVisit:
    """Of a visit on the Monday after, which is closed on the evening before."""

    @pytest.fixture
    def start(self, clinic, time_machine):
        time_machine.move_to(NOW + 6 * DAY + 12 * HOUR, tick=False)
        return NOW + 7 * DAY + 6 * HOUR

    def close_monday(self):
        Clinic.objects.get().closures.create(starts_at=NOW + 7 * DAY, ends_at=NOW + 8 * DAY, reason="Holiday")
        return Clinic.objects.prefetched(), timezone.now()

    @pytest.mark.parametrize("answers", one_in(2, [PHONE, {**PHONE, "needs_clinician": True}]))
    def test_is_due_at_once_when_that_day_is_closed_then(self, start, answers):
        request = make_request(start, **answers)
        due_before = set(request.tasks.values_list("due_at", flat=True))

        clinic, now = self.close_monday()
        tasks.keep_in_opening_time(clinic, now)

        assert due_before == {start - 5 * HOUR}
        assert set(request.tasks.values_list("due_at", flat=True)) == {now}

    def test_is_due_on_the_friday_when_that_day_is_closed_on_thursday(self, start, time_machine):
        request = make_request(start, **PHONE)
        time_machine.move_to(NOW + 3 * DAY, tick=False)

        tasks.keep_in_opening_time(*self.close_monday())

        assert request.tasks.get(kind="call-to-confirm").due_at == NOW + 4 * DAY + 9 * HOUR

    @pytest.mark.parametrize("what", one_in(3, ["cancel", "erase", "lose"]))
    def test_is_due_at_once_when_it_is_raised_then(self, rosa, start, what):
        request = make_request(start, email="a@example.org", phone="+60123456789")
        self.close_monday()

        if what == "lose":
            lose(request, "confirmed")
        elif what == "cancel":
            request.email = ""
            request.save()
            booking.cancel(request, by=rosa)
        else:
            booking.erase(request)

        assert request.tasks.open().get().due_at == (NOW + 8 * DAY + HOUR if what == "erase" else timezone.now())


@pytest.mark.slow
class TestATaskLapses:
    """By itself, in the act that takes its reason away, or in the worker's next round."""

    @pytest.mark.parametrize(
        "make", [call_to_confirm, call_to_remind, confirm, health_answer, look_again, not_delivered]
    )
    def test_when_the_visit_is_over(self, rosa, time_machine, make):
        task = make(rosa)
        time_machine.move_to(FRIDAY + HOUR, tick=False)

        settling.sweep(timezone.now())

        task.refresh_from_db()
        assert task.state == "lapsed"

    def test_when_the_visit_that_was_cancelled_would_be_over(self, rosa, time_machine):
        task = call_to_tell(rosa)
        time_machine.move_to(FRIDAY + DAY, tick=False)

        settling.sweep(timezone.now())

        task.refresh_from_db()
        assert task.state == "lapsed"

    def test_to_confirm_leaves_a_call_so_that_nobody_is_forgotten(self, rosa, time_machine):
        request = confirm(rosa).request
        time_machine.move_to(FRIDAY, tick=False)

        settling.sweep(timezone.now())

        assert kinds(request) == ["call"]

    @pytest.mark.parametrize(
        "make", [call, confirm, call_to_confirm, call_to_remind, health_answer, look_again, not_delivered]
    )
    @pytest.mark.parametrize("act", ["cancelled", "erased", "removed from the list"])
    def test_when_the_request_has_ended(self, rosa, make, act):
        task = make(rosa)

        if act == "cancelled":
            booking.cancel(task.request)
        elif act == "erased":
            booking.erase(task.request)
        else:
            booking.cancel(task.request, by=rosa)

        task.refresh_from_db()
        assert task.state == "lapsed"

    def test_when_the_closure_is_taken_back_and_is_not_raised_again_after_it_was_dealt_with(self, rosa, clinic):
        task = look_again(rosa)
        clinic.closures.all().delete()
        list_clashes()
        task.refresh_from_db()
        assert task.state == "lapsed"

        again = look_again_of(task.request, clinic)
        staff_acts.end_task(again, Act.KEPT, by=rosa)
        list_clashes()

        assert kinds(task.request) == []

    @pytest.mark.parametrize("how", ["seats", "another cancels", "it moves"])
    def test_when_there_is_room_again(self, rosa, how):
        Clinic.objects.update(seats=2)
        first, last = make_request(FRIDAY), make_request(FRIDAY, email="b@example.org")
        Clinic.objects.update(seats=1)
        list_clashes()
        assert (kinds(first), kinds(last)) == ([], ["look-again"])

        if how == "seats":
            Clinic.objects.update(seats=2)
            list_clashes()
        elif how == "another cancels":
            booking.cancel(first)
        else:
            booking.change_time(last, FRIDAY + HOUR)

        assert kinds(last) == []

    def test_when_staff_and_patient_have_spoken(self, rosa):
        request = make_request(FRIDAY, **PHONE)

        staff_acts.called(request, Act.SPOKE, by=rosa)

        assert kinds(request) == ["call-to-remind"]
        assert request.tasks.get(kind="call-to-confirm").state == "done"

    def test_when_they_have_spoken_on_the_day_of_the_reminder(self, rosa, time_machine):
        request = make_request(FRIDAY, **PHONE)
        time_machine.move_to(request.tasks.get(kind="call-to-remind").due_at, tick=False)

        staff_acts.called(request, Act.SPOKE, by=rosa)

        assert kinds(request) == []

    def test_to_look_at_a_health_answer_only_after_a_clinician_has_or_the_request_is_over(self, rosa):
        request = make_request(needs_clinician=True, precautions="new-spot", **PHONE)

        staff_acts.called(request, Act.SPOKE, by=rosa)
        settling.sweep(timezone.now())

        assert kinds(request) == ["health-answer"]
        staff_acts.end_task(request.tasks.open().get(), Act.LOOKED_AT, by=rosa)
        assert kinds(request) == []

    def test_of_a_letter_that_was_sent_again(self, rosa):
        task = not_delivered(rosa)

        undelivered.send_again(task.message)

        task.refresh_from_db()
        assert task.state == "lapsed"

    def test_of_our_mail_account_when_no_letter_waits_for_it_any_more(self, rosa):
        task = mail_fails(rosa)
        sending.try_again_now()

        settling.sweep(timezone.now())

        task.refresh_from_db()
        assert task.state == "lapsed"

    @pytest.mark.parametrize("make", EVERY_KIND)
    def test_never_while_there_is_a_reason(self, rosa, time_machine, make):
        task = make(rosa)
        time_machine.shift(10 * MINUTE)

        settling.sweep(timezone.now())

        task.refresh_from_db()
        assert task.state == "open"


def look_again_of(request, clinic):
    clinic.closures.create(starts_at=FRIDAY - HOUR, ends_at=FRIDAY + HOUR, reason="Training")
    list_clashes()
    return request.tasks.open().get(kind=TaskKind.LOOK_AGAIN)


class TestNobodyIsForgotten:
    def waits(self, request):
        """Whether it is on a list: with a task that answers, or with those who have to choose."""
        return kinds(request) or ConsultationRequest.objects.waiting_for_patient().filter(pk=request.pk).exists()

    @pytest.mark.parametrize("by_hand", [True, False])
    def test_who_was_called_about_a_time_that_waits(self, rosa, by_hand):
        make_clinic(confirms_by_hand=by_hand)
        request = make_request(FRIDAY, **PHONE)

        staff_acts.called(request, Act.SPOKE, by=rosa)

        request.refresh_from_db()
        assert (request.state, kinds(request)) == (
            ("requested", ["confirm"]) if by_hand else ("confirmed", ["call-to-remind"])
        )

    def test_whose_offered_times_are_over(self, rosa, time_machine):
        request = staff_acts.offer(make_request(), [TEN, FRIDAY], by=rosa)
        time_machine.move_to(FRIDAY + MINUTE, tick=False)

        settling.sweep(timezone.now())

        assert kinds(request) == ["call"]
        assert request.tasks.open().get().due_at <= timezone.now()

    @pytest.mark.parametrize(
        ("answers", "calls"),
        one_in(
            2,
            [
                ({"email": "w@example.org"}, []),
                ({"email": "w@example.org", "phone": "+60123456789"}, ["call"]),
                (PHONE, ["call"]),
            ],
        ),
    )
    def test_whose_wished_time_is_over(self, time_machine, answers, calls):
        make_clinic(unheard_share=1)
        make_request(FRIDAY + HOUR, email="first@example.org")
        request = make_request(FRIDAY, **answers)
        assert request.held_visit() is None
        assert self.waits(request)

        time_machine.move_to(FRIDAY + MINUTE, tick=False)
        settling.sweep(timezone.now())

        assert kinds(request) == calls
        assert self.waits(request)

    @pytest.mark.parametrize("start", [None, FRIDAY])
    def test_who_was_taken_for_a_machine(self, start):
        answers = {"name": "Aisha", "email": "", "phone": "+60123456789"}
        request = booking.ask(answers, start=start, form_key=new_secret(), looks_like_spam=True)

        assert kinds(request) == ["call"]
        assert worklist.to_check() == (1, request.open_promise())

    def test_whose_letter_failed_while_the_worker_was_killed(self):
        """Its row says that it failed, and no task was written."""
        request = make_request(FRIDAY)
        request.messages.filter(kind="confirmed").update(state="failed")

        settling.sweep(timezone.now())

        assert kinds(request) == ["not-delivered"]

    def test_twice_for_one_letter(self):
        request = make_request(FRIDAY)
        lose(request, "confirmed")
        for _round in range(3):
            tasks.not_delivered(request.messages.get(kind="confirmed"))
            settling.sweep(timezone.now())

        assert kinds(request) == ["not-delivered"]


class TestAHealthAnswer:
    def test_is_looked_at_with_a_note_and_is_not_asked_about_again(self, rosa):
        task = health_answer(rosa)

        staff_acts.end_task(task, Act.LOOKED_AT, note="Seen, harmless.", by=rosa)
        booking.change_time(task.request, FRIDAY + HOUR)

        request = ConsultationRequest.objects.get()
        assert (request.note, kinds(request)) == ("Seen, harmless.", [])

    def test_of_a_call_back_is_looked_at_too(self):
        request = make_request(needs_clinician=True, precautions="new-spot", **PHONE)

        assert sorted(kinds(request)) == ["call", "health-answer"]

    def test_of_somebody_without_one_makes_nothing(self):
        assert kinds(make_request(FRIDAY)) == []


class TestTheWorklist:
    def due(self, *, may_manage=False):
        return worklist.due_now(timezone.now(), Clinic.objects.prefetched(), may_manage=may_manage)

    def many(self, kind, due_at, number=120):
        """So many older tasks of another kind."""
        requests = ConsultationRequest.objects.bulk_create(
            ConsultationRequest(way="call", name=f"Old {place}", phone="+60123456789") for place in range(number)
        )
        Task.objects.bulk_create(Task(request=request, kind=kind, due_at=due_at) for request in requests)

    @pytest.mark.parametrize("kind", one_in(3, [TaskKind.CALL_TO_REMIND, TaskKind.LOOK_AGAIN, TaskKind.HEALTH_ANSWER]))
    def test_never_hides_a_promise_behind_older_things_of_another_kind(self, time_machine, kind):
        request = promised(NINE)
        payload = {"reason": clashes.SEATS, "start": FRIDAY.isoformat()} if kind == TaskKind.LOOK_AGAIN else {}
        self.many(kind, NOW - 20 * DAY)
        Task.objects.filter(kind=kind).update(payload=payload)
        time_machine.move_to(TEN, tick=False)

        found = self.due()

        assert request in [item.consultation for item in found]
        assert len(found) == worklist.MOST

    @pytest.mark.parametrize("kind", one_in(2, [TaskKind.CALL_TO_REMIND, TaskKind.HEALTH_ANSWER]))
    def test_of_today_never_hides_a_promise_either(self, kind):
        request = promised(NOW + 5 * HOUR)
        self.many(kind, NINE)

        found = worklist.today(NOW, Clinic.objects.prefetched())

        assert request in [item.consultation for item in found]

    def test_has_the_first_due_first(self, time_machine):
        late, later = promised(NINE, name="Later"), promised(NINE - DAY, name="Late")
        time_machine.move_to(TEN, tick=False)

        assert [item.consultation for item in self.due()] == [later, late]

    @pytest.mark.parametrize(
        ("due", "seen", "late"),
        one_in(
            4,
            [
                (NINE, NINE + 20 * MINUTE, 20 * MINUTE),
                # At night, and over a weekend, nobody could call.
                (NINE + 7.5 * HOUR, NOW + 17 * HOUR, 30 * MINUTE),
                (NINE + 7.5 * HOUR, NOW + DAY, 30 * MINUTE),
                (NINE + 4 * DAY + 7 * HOUR, NINE + 7 * DAY + HOUR, 2 * HOUR),
                (NINE + 4 * DAY + 8 * HOUR, NOW + 6 * DAY, 0 * HOUR),
            ],
        ),
    )
    def test_counts_opening_time_alone_for_what_is_late(self, time_machine, due, seen, late):
        promised(due)
        time_machine.move_to(seen, tick=False)

        (item,) = self.due()

        assert item.late_by == late

    def test_counts_no_holiday_for_what_is_late(self, clinic, time_machine):
        clinic.closures.create(starts_at=NOW + DAY, ends_at=NOW + 2 * DAY, reason="Holiday")
        promised(NINE + 7 * HOUR)
        time_machine.move_to(NINE + 2 * DAY, tick=False)

        (item,) = self.due()

        assert item.late_by == HOUR

    def test_counts_every_hour_where_the_clinic_has_none(self, clinic, time_machine):
        clinic.opening_hours.all().delete()
        promised(NOW)
        time_machine.move_to(NOW + 5 * HOUR, tick=False)

        (item,) = self.due()

        assert item.late_by == 5 * HOUR

    @pytest.mark.parametrize(("best_time", "wish"), [("afternoon", "In the afternoon"), ("any", "")])
    def test_says_when_a_patient_wants_to_be_called(self, time_machine, best_time, wish):
        make_request(best_time=best_time, **PHONE)
        time_machine.move_to(NOW + 5 * HOUR, tick=False)

        (item,) = self.due()

        assert str(item.wish) == wish

    @pytest.mark.parametrize(
        ("reason", "says"),
        one_in(
            3,
            [
                (clashes.HOURS, "Look again: the visit of Fri 5 Jun, 10:00 is outside the opening hours now"),
                (clashes.SEATS, "Look again: more visits than places on Fri 5 Jun, 10:00"),
                (clashes.ERASED, "A visit on Fri 5 Jun, 10:00 was erased with its request"),
            ],
        ),
    )
    def test_names_the_date_of_what_is_to_be_looked_at_again(self, clinic, reason, says):
        request = make_request(FRIDAY)
        task = tasks.raise_for(request, TaskKind.LOOK_AGAIN, NOW, reason=reason, start=FRIDAY.isoformat())

        with timezone.override(clinic.zone):
            assert worklist.said_of(task) == says

    def test_leaves_out_what_was_set_apart_and_the_clinics_own_for_whoever_does_not_manage(self, rosa):
        booking.ask({"name": "Bot", "phone": "+60123456789"}, form_key="k" * 22, looks_like_spam=True)
        Task.objects.update(due_at=NOW)
        erasing_task = tasks.raise_for_clinic(TaskKind.ERASING_WAITS, date="2026-06-01", number=1)
        Task.objects.filter(pk=erasing_task.pk).update(due_at=NOW)

        assert self.due() == []
        assert [item.task for item in self.due(may_manage=True)] == [erasing_task]


@pytest.mark.slow
class TestErasingThatWaits:
    def kept_too_long(self, number, of=0):
        """So many requests whose time is over, and others."""
        ConsultationRequest.objects.bulk_create(
            ConsultationRequest(way="call", name=f"Old {place}", phone="+60123456789", heard_at=NOW - 200 * DAY)
            for place in range(number)
        )
        ConsultationRequest.objects.bulk_create(
            ConsultationRequest(way="call", name=f"New {place}", phone="+60123456788", heard_at=NOW)
            for place in range(of)
        )

    @pytest.mark.parametrize("away", [3 * DAY + MINUTE, 30 * DAY, -MINUTE, -400 * DAY])
    def test_for_a_clock_that_has_jumped_is_a_managers_task_until_somebody_has_looked(self, away):
        self.kept_too_long(1)
        retention.heartbeat(NOW - away)
        retention.heartbeat(NOW)

        assert retention.erase_if_right(NOW) == 0
        (task,) = Task.objects.open()
        assert (task.kind, task.payload) == ("erasing-waits", {"date": "2026-06-01", "number": 1})

        Task.objects.filter(pk=task.pk).end()
        assert retention.erase_if_right(NOW) == 1

    @pytest.mark.parametrize("away", [MINUTE, DAY, 3 * DAY])
    def test_for_a_worker_that_was_away_for_less_is_not_needed(self, away):
        self.kept_too_long(1)
        retention.heartbeat(NOW - away)
        retention.heartbeat(NOW)

        assert retention.erase_if_right(NOW) == 1
        assert not Task.objects.exists()

    @pytest.mark.parametrize(("number", "of", "waits"), [(21, 100, True), (20, 0, False), (21, 200, False)])
    def test_for_unusually_much_in_one_night(self, number, of, waits):
        self.kept_too_long(number, of)

        assert retention.erase_if_right(NOW) == (0 if waits else number)
        assert Task.objects.filter(kind="erasing-waits").exists() == waits

    def test_goes_on_when_a_manager_says_that_the_date_is_right(self, client, rosa):
        self.kept_too_long(30)
        retention.erase_if_right(NOW)
        task = Task.objects.get()
        page = words(BeautifulSoup(client.get(f"/admin/treatments/task/{task.pk}/change/").content, "html.parser"))
        assert "30" in page
        assert "2026" in page

        client.post(f"/admin/treatments/task/{task.pk}/end/", {"verb": "go-on"})

        assert not ConsultationRequest.objects.not_erased().exists()


class TestAWave:
    def ask(self, number, *, first=0):
        """So many requests for a time from as many people; how many of all that came hold one."""
        for place in range(first, first + number):
            make_request(NINE + place % 15 * 30 * MINUTE + place // 15 * DAY, email=f"p{place}@example.org")
        return SeatCell.objects.values("request").distinct().count()

    @pytest.mark.slow
    def test_is_a_managers_task_and_holds_no_more_for_unknown_people(self):
        make_clinic(unheard_share=12, seats=3)
        assert self.ask(29) == 29
        assert not Task.objects.filter(kind="wave").exists()

        assert self.ask(5, first=29) <= 30

        (task,) = Task.objects.filter(kind="wave")
        assert task.due_at == NINE

    @pytest.mark.slow
    def test_holds_for_whoever_is_known(self, rosa):
        make_clinic(unheard_share=12, seats=3)
        self.ask(30)
        known = make_request(FRIDAY + 14 * DAY, email="known@example.org")
        assert known.held_visit() is None

        booking.will_come(known)

        assert ConsultationRequest.objects.get(pk=known.pk).held_visit().start == FRIDAY + 14 * DAY

    @pytest.mark.slow
    def test_that_a_manager_leaves_is_over_after_an_hour(self, client, rosa, time_machine):
        make_clinic(unheard_share=12, seats=3)
        self.ask(31)
        task = Task.objects.get(kind="wave")

        client.post(f"/admin/treatments/task/{task.pk}/end/", {"verb": "leave"})
        time_machine.shift(61 * MINUTE)

        assert make_request(FRIDAY + 14 * DAY, email="late@example.org").held_visit() is not None
