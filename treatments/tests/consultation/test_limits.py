"""No stranger fills the calendar: what is too much is set apart or has to be said twice, and nobody is refused."""

import datetime

import pytest
from bs4 import BeautifulSoup

from treatments.consultation import booking, limits, staff_acts, waves
from treatments.follow_up import outbox
from treatments.models import Act, ConsultationRequest, Message, SeatCell, Task, TaskKind
from treatments.models.private_link import new_secret
from treatments.tests.builders import change, make_form_key
from treatments.tests.meaning import words
from treatments.tests.monday import DAY, HALF_HOUR, HOUR, NOW
from treatments.tests.of_request import visit_of
from treatments.tests.tables import one_in
from treatments.times.holding import TimeGone
from treatments.values import digests
from treatments.values.availability import CELL

#: The first of the 16 places of Wednesday.
NINE = NOW + DAY * 2 + HOUR

pytestmark = pytest.mark.usefixtures("monday_morning")


def ask(start=None, who=0, **options):
    """Ask as the person of this number, by email unless something else is said."""
    answers = {"name": "Aisha", "phone": "", "email": f"{who}@example.org", **options.pop("answers", {})}
    return booking.ask(answers, start=start, form_key=new_secret(), **options)


def fill(number, day=NINE, first=0):
    """So many unknown people who ask for one place after the other."""
    return [ask(day + HALF_HOUR * n, first + n) for n in range(number)]


def crowd(number, day=NINE):
    """So many unknown people who hold one place after the other; quicker than asking."""
    requests = many(number, NOW - DAY, state="confirmed")
    SeatCell.objects.bulk_create(
        SeatCell(request=request, seat=0, starts_at=day + HALF_HOUR * place + CELL * cell)
        for place, request in enumerate(requests)
        for cell in range(6)
    )
    return requests


def above_the_share():
    """The first who wants a place of the last third."""
    crowd(10)
    return ask(NINE + HALF_HOUR * 10)


def kinds(request):
    return sorted(request.messages.filter(state="queued").values_list("kind", flat=True))


def many(number, at, **values):
    """So many requests of unknown people for a time that came in at a moment."""
    return ConsultationRequest.objects.bulk_create(
        ConsultationRequest(
            **{
                "way": "time",
                "name": "Bo",
                "email": f"old{n}@example.org",
                "requested_at": at,
                "heard_at": at,
                **values,
            }
        )
        for n in range(number)
    )


@pytest.mark.usefixtures("clinic")
class TestOneNetworkAddress:
    def test_has_twenty_requests_in_a_day_taken_as_they_are(self):
        many(19, NOW - HOUR, **digests.digests_of_client("203.0.113.9"))

        assert not ask(who=19, client="203.0.113.9").is_set_apart
        assert ask(NINE, 20, client="203.0.113.9").is_set_apart
        assert not ask(NINE, 21, client="203.0.113.10").is_set_apart

    def test_is_never_refused_and_what_is_more_keeps_its_wish(self, monkeypatch):
        monkeypatch.setattr(limits, "MOST_FROM_ADDRESS", 1)

        requests = [ask(NINE, n, client="203.0.113.9") for n in range(5)]

        assert [bool(request.held_visit()) for request in requests] == [True, False, False, False, False]
        assert [request.wished_at for request in requests] == [None, *[NINE] * 4]
        assert {request.messages.count() for request in requests[1:]} == {0}

    @pytest.mark.parametrize(
        ("later", "is_set_apart"),
        one_in(3, [(DAY, False), (DAY + HOUR, False), (DAY - datetime.timedelta(seconds=1), True)]),
    )
    def test_is_forgotten_after_a_day(self, monkeypatch, later, is_set_apart):
        monkeypatch.setattr(limits, "MOST_FROM_ADDRESS", 1)
        ask(client="203.0.113.9")

        assert ask(who=1, client="203.0.113.9", now=NOW + later).is_set_apart is is_set_apart

    def test_limits_no_staff(self, manager, monkeypatch):
        monkeypatch.setattr(limits, "MOST_FROM_ADDRESS", 1)
        ask(client="203.0.113.9")

        assert not ask(NINE, 1, client="203.0.113.9", by=manager).is_set_apart

    def test_is_stored_nowhere_in_clear(self):
        request = ask(client="203.0.113.9")

        values = " ".join(map(str, ConsultationRequest.objects.filter(pk=request.pk).values_list()))
        assert "203.0.113" not in values
        assert len(request.client_digest) == len(request.network_digest) == 64

    @pytest.mark.parametrize(
        ("proxies", "headers"),
        one_in(
            3,
            [
                (0, {"REMOTE_ADDR": "203.0.113.9"}),
                (1, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}),
                (1, {"HTTP_X_FORWARDED_FOR": "?"}),
            ],
        ),
        ids=["direct", "behind a proxy", "unreadable"],
    )
    def test_is_counted_behind_a_form_also_where_it_cannot_be_read(
        self, client, settings, monkeypatch, proxies, headers
    ):
        settings.TRUSTED_PROXIES = proxies
        monkeypatch.setattr(limits, "MOST_FROM_ADDRESS", 1)
        form = {"name": "Aisha", "best_time": "any", "consent": "on"}

        for n in range(3):
            answers = {**form, "phone": f"+6012345678{n}", "form_key": make_form_key()}
            assert client.post("/consultation/details/", answers, **headers).status_code == 302

        found = ConsultationRequest.objects.order_by("pk").values_list("is_set_apart", flat=True)
        assert list(found) == [False, True, True]


@pytest.mark.usefixtures("clinic")
class TestOneNetwork:
    @pytest.mark.parametrize(
        ("address", "neighbour", "stranger"),
        [
            ("203.0.113.9", "203.0.113.250", "203.0.114.9"),
            ("198.51.100.0", "198.51.100.255", "198.51.101.0"),
            ("2001:db8:1:2::", "2001:db8:1:ffff::", "2001:db8:2:2::"),
        ],
    )
    def test_is_a_24_or_a_48(self, address, neighbour, stranger):
        assert digests.network_of(address) == digests.network_of(neighbour) != digests.network_of(stranger)

    @pytest.mark.parametrize(
        ("inside", "outside"), one_in(2, [("203.0.113.{}", "203.0.114.1"), ("2001:db8:1:{}::", "2001:db8:2:1::")])
    )
    def test_has_sixty_requests_in_a_day_taken_as_they_are(self, inside, outside):
        of_client = digests.digests_of_client(inside.format(1))
        many(59, NOW - HOUR, network_digest=of_client["network_digest"], is_heard=True)

        assert not ask(who=1, client=inside.format(2)).is_set_apart
        assert ask(who=2, client=inside.format(3)).is_set_apart
        assert not ask(who=3, client=outside).is_set_apart

    def test_of_an_unreadable_address_is_its_text(self):
        assert digests.network_of("nonsense") == "nonsense"


@pytest.mark.usefixtures("clinic")
class TestTheShareOfADay:
    """Contacts that nobody has heard from hold at most eight of twelve places of a day."""

    @pytest.mark.slow
    def test_is_two_thirds_rounded_down(self):
        assert [bool(request.held_visit()) for request in fill(12)] == [True] * 10 + [False] * 2

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("minutes", "seats", "share", "most"),
        [(30, 1, 8, 10), (120, 2, 8, 5), (240, 1, 8, 1), (480, 1, 8, 1), (60, 1, 6, 4), (60, 1, 1, 1), (60, 2, 1, 1)],
    )
    def test_is_what_the_clinic_says_and_at_least_one(self, clinic, minutes, seats, share, most):
        change(clinic, visit_minutes=minutes, seats=seats, unheard_share=share)
        length, free = datetime.timedelta(minutes=minutes), 480 // minutes * seats

        held = [bool(ask(NINE + length * (n // seats), n).held_visit()) for n in range(min(free, most + 1))]

        assert held == [True] * most + [False] * (len(held) - most)

    def test_of_twelve_holds_all(self, clinic):
        change(clinic, unheard_share=12)

        crowd(15)

        assert ask(NINE + HALF_HOUR * 15).held_visit()

    @pytest.mark.slow
    def test_counts_only_the_hours_that_are_left_by_a_closure(self, clinic):
        clinic.closures.create(starts_at=NINE + HOUR * 2, ends_at=NINE + DAY, reason="Training")

        # Two hours are left: four places.
        assert [bool(request.held_visit()) for request in fill(4)] == [True, True, False, False]

    def test_is_of_each_day_alone(self):
        crowd(11)

        assert ask(NINE + DAY, 99).held_visit()

    def test_above_keeps_the_wish_and_writes_one_letter(self):
        above = above_the_share()

        assert (above.state, above.held_visit(), above.wished_at) == ("requested", None, NINE + HALF_HOUR * 10)
        assert not above.is_set_apart
        assert kinds(above) == ["wished"]
        assert not above.tasks.open().exists()

    def test_above_makes_a_call_where_there_is_no_email(self):
        crowd(10)

        above = ask(NINE + HALF_HOUR * 10, answers={"email": "", "phone": "+60123456789"})

        assert (above.held_visit(), above.wished_at) == (None, NINE + HALF_HOUR * 10)
        assert [(task.kind, task.is_promise) for task in above.tasks.open()] == [(TaskKind.CALL, True)]

    def test_above_refuses_what_is_not_free(self):
        crowd(10)

        with pytest.raises(TimeGone):
            ask(NINE, 99)

    def test_above_is_told_in_words_that_hold_nothing(self, client):
        above = above_the_share()

        page = words(BeautifulSoup(client.get(above.private_path()).content, "html.parser").main)

        assert "It is not held for you yet." in page
        assert "is held" not in page.replace("It is not held for you yet.", "")

    @pytest.mark.parametrize("how", one_in(4, ["pressed", "spoken", "attended", "booked"]))
    def test_leaves_out_whoever_was_heard_from(self, manager, how):
        requests = crowd(10)
        if how == "pressed":
            booking.will_come(requests[0])
        elif how == "spoken":
            staff_acts.called(requests[0], Act.SPOKE, by=manager)
        elif how == "attended":
            staff_acts.attended(requests[0], by=manager, now=NINE)
        else:
            booking.cancel(requests[0])
            ask(NINE, 98, by=manager)

        assert ask(NINE + HALF_HOUR * 10, 99).held_visit()
        assert ask(NINE + HALF_HOUR * 11, 100).held_visit() is None

    @pytest.mark.parametrize(
        "contact",
        one_in(
            3,
            [
                {"email": "OLD@example.org"},
                {"email": "", "phone": "+60123456789"},
                {"email": "new@example.org", "phone": "+60123456789"},
            ],
        ),
    )
    def test_leaves_out_whoever_has_been_here(self, manager, contact):
        known = ask(NOW + HOUR, answers={"email": "old@example.org", "phone": "+60123456789"})
        staff_acts.attended(known, by=manager, now=NOW + HOUR)
        crowd(10)

        request = ask(NINE + HALF_HOUR * 10, answers=contact)

        assert request.is_heard
        assert request.held_visit()

    def test_leaves_out_whoever_has_asked_before_without_coming(self):
        ask(NOW + HOUR, 99)
        crowd(10)

        assert ask(NINE + HALF_HOUR * 10, 99).held_visit() is None

    def test_holds_for_another_time_too(self):
        crowd(10)
        other = ask(NINE + DAY, 99)

        with pytest.raises(booking.NotHeard):
            booking.change_time(other, NINE + HALF_HOUR * 10)

        assert other.held_visit().start == NINE + DAY
        other.refresh_from_db()
        assert not other.is_heard

    @pytest.mark.parametrize("way", one_in(2, ["time", "call"]))
    def test_is_open_to_whoever_comes_by_the_link_of_a_letter(self, client, way):
        crowd(10)
        other = ask(NINE + DAY if way == "time" else None, 99)
        by_letter = "/" + other.letter_link().split("/", 3)[3]

        refused = client.post(other.private_path() + "change/", {"time": "2026-06-03T06:00Z"})
        taken = client.post(by_letter + "change/", {"time": "2026-06-03T06:00Z"})

        assert refused.status_code == 409
        assert "Open the link in our letter" in refused.content.decode()
        assert taken.status_code == 302
        assert ConsultationRequest.objects.get(pk=other.pk).is_heard

    def test_counts_ones_own_visit_of_the_day_as_free(self):
        mine = crowd(10)[0]

        assert visit_of(booking.change_time(mine, NINE + HALF_HOUR * 12)).start == NINE + HALF_HOUR * 12

    def test_binds_no_time_that_staff_offered(self, manager):
        crowd(10)
        request = staff_acts.offer(ask(who=99), [NINE + HALF_HOUR * 10], by=manager)

        assert booking.change_time(request, NINE + HALF_HOUR * 10).held_visit()


@pytest.mark.slow
@pytest.mark.usefixtures("clinic")
class TestWhoeverPressesTheButton:
    WISHED = NINE + HALF_HOUR * 10

    @pytest.fixture
    def above(self):
        return above_the_share()

    def path(self, request):
        return "/" + request.letter_link().split("/", 3)[3]

    def test_of_a_letter_takes_the_time(self, client, above):
        response = client.post(self.path(above) + "will-come/")

        above.refresh_from_db()
        assert response.status_code == 302
        assert (above.held_visit().start, above.state, above.is_heard, above.wished_at) == (
            self.WISHED,
            "confirmed",
            True,
            None,
        )
        assert kinds(above) == ["confirmed", "reminder-1-day"]

    def test_sees_it_behind_the_link_of_a_letter_alone(self, client, above):
        by_letter = client.get(self.path(above)).content.decode()
        by_page = client.get(above.private_path()).content.decode()

        assert "I will come: take this time" in by_letter
        assert "I will come: take this time" not in by_page
        assert "Open its link and press the button there" in by_page

    def test_has_to_come_by_a_letter(self, client, above):
        response = client.post(above.private_path() + "will-come/")

        above.refresh_from_db()
        assert response.status_code == 409
        assert (above.held_visit(), above.is_heard) == (None, False)

    def test_changes_nothing_by_looking(self, client, above):
        for method in (client.get, client.head):
            method(self.path(above) + "will-come/")
            method(self.path(above))

        above.refresh_from_db()
        assert (above.held_visit(), above.is_heard) == (None, False)

    def test_twice_is_the_same_as_once(self, client, above):
        for _time in range(2):
            assert client.post(self.path(above) + "will-come/").status_code == 302

        assert above.events.filter(act=Act.WILL_COME).count() == 1

    def test_too_late_is_offered_the_nearest_times(self, client, above, manager):
        ask(self.WISHED, 99, by=manager)

        response = client.post(self.path(above) + "will-come/")

        above.refresh_from_db()
        assert response.status_code == 409
        assert b'type="radio" name="time"' in response.content
        assert (above.held_visit(), above.is_heard, above.wished_at) == (None, False, self.WISHED)

    def test_by_their_own_page_cannot_choose_the_time_instead(self, above):
        with pytest.raises(booking.NotHeard):
            booking.change_time(above, self.WISHED)

    def test_may_do_so_for_a_time_that_is_held(self, client):
        request = ask(NINE)

        client.post(self.path(request) + "will-come/")

        request.refresh_from_db()
        assert (request.is_heard, request.held_visit().start, request.sequence) == (True, NINE, 0)

    @pytest.mark.parametrize("how", ["cancelled", "begun", "erased"])
    def test_for_what_is_over_is_told_so(self, client, above, time_machine, how):
        path = self.path(above)
        if how == "cancelled":
            booking.cancel(above)
        elif how == "erased":
            booking.erase(above)
        else:
            time_machine.move_to(self.WISHED, tick=False)

        assert client.post(path + "will-come/").status_code == (404 if how == "erased" else 409)
        above.refresh_from_db()
        assert above.held_visit() is None


@pytest.fixture
def busy(clinic, monkeypatch):
    """A clinic with places enough, where three requests in an hour are a wave."""
    monkeypatch.setattr(limits, "WAVE", 3)
    change(clinic, unheard_share=12)
    return clinic


class TestAWave:
    def open_task(self):
        return Task.objects.open().filter(kind=TaskKind.WAVE).first()

    def test_takes_thirty_unusual_requests_in_an_hour(self, clinic):
        change(clinic, unheard_share=12)
        many(29, NOW - HALF_HOUR)

        assert ask(NINE, 1).held_visit()
        assert self.open_task() is None
        assert ask(NINE + HALF_HOUR, 2).held_visit() is None

    def test_keeps_further_wishes_and_tells_the_manager(self, busy):
        many(3, NOW - HALF_HOUR)

        request = ask(NINE)

        assert (request.held_visit(), request.wished_at, kinds(request)) == (None, NINE, ["wished"])
        assert self.open_task().due_at == NOW.replace(hour=9)

    @pytest.mark.parametrize(
        ("came", "values"),
        [
            (NOW - HALF_HOUR, {"is_heard": True}),
            (NOW - HALF_HOUR, {"way": "call"}),
            (NOW - HALF_HOUR, {"is_set_apart": True}),
            (NOW - HOUR, {}),
        ],
    )
    def test_is_of_unknown_people_who_chose_a_time_within_an_hour(self, busy, came, values):
        many(3, came, **values)

        assert ask(NINE).held_visit()

    @pytest.mark.parametrize(("a_day", "is_on"), [(0, True), (1, False)])
    def test_has_to_be_ten_times_what_is_usual_at_that_hour(self, busy, monkeypatch, a_day, is_on):
        monkeypatch.setattr(limits, "WAVE_DAYS", 2)
        for number in (1, 2):
            many(a_day, NOW - DAY * number - HALF_HOUR)
        many(9, NOW - HALF_HOUR)

        assert limits.wave_is_on(NOW, but=ConsultationRequest()) is is_on

    def test_binds_nobody_who_was_heard_from(self, busy, manager):
        many(3, NOW - HALF_HOUR)

        assert ask(NINE, by=manager).held_visit()

    def test_is_one_task_however_many_come(self, busy):
        many(3, NOW - HALF_HOUR)

        for n in range(3):
            ask(NINE + HALF_HOUR * n, n)

        assert Task.objects.filter(kind=TaskKind.WAVE).count() == 1

    def test_is_over_when_few_come(self, busy):
        many(3, NOW - HALF_HOUR)
        ask(NINE)

        assert ask(NINE + HALF_HOUR, 1, now=NOW + HOUR * 2).held_visit()

    def test_keeps_its_beginning_as_it_goes_on(self, busy):
        many(3, NOW - HALF_HOUR)
        ask(NINE, 1)
        since = self.open_task().payload["since"]

        many(3, NOW + HALF_HOUR, email="more@example.org")
        ask(NINE + HALF_HOUR, 2, now=NOW + HOUR)

        since_now = self.open_task().payload["since"]
        assert datetime.datetime.fromisoformat(since_now) == datetime.datetime.fromisoformat(since)


@pytest.mark.slow
class TestReleasingAWave:
    """Its times are given back in one act; whoever left an address keeps the wish, and nothing is lost by an undo."""

    @pytest.fixture
    def wave(self, busy, monkeypatch):
        """Three who hold a time, one of them by phone alone, and one who wishes one."""
        monkeypatch.setattr(limits, "WAVE", 99)
        self.held = [ask(NINE, 1), ask(NINE + HALF_HOUR, 2)]
        self.by_phone = ask(NINE + HOUR, answers={"email": "", "phone": "+60123456789"})
        monkeypatch.setattr(limits, "WAVE", 3)
        self.wishing = ask(NINE + HOUR * 2, 3)
        return Task.objects.get(kind=TaskKind.WAVE)

    def test_shows_first_how_many_and_what_they_would_be_told(self, wave, desk):
        page = words(BeautifulSoup(desk.get(f"/admin/treatments/task/{wave.pk}/change/").content, "html.parser"))

        shown = waves.Wave.of(wave)
        assert (shown.holding, shown.wishing) == (3, 1)
        assert "is not held for you any more" in shown.letters[0][1].body
        assert " ".join(shown.letters[0][1].body.split()[:20]) in page
        assert SeatCell.objects.count() == 18

    def test_gives_every_time_back_and_keeps_it_as_a_wish(self, wave, manager):
        assert waves.release(wave, by=manager) == (3, 1)

        assert not SeatCell.objects.exists()
        for request in (*self.held, self.wishing):
            request.refresh_from_db()
            assert (request.state, request.is_set_apart, kinds(request)) == ("requested", False, ["wished"])
        assert [request.wished_at for request in self.held] == [NINE, NINE + HALF_HOUR]
        wave.refresh_from_db()
        assert wave.state == "done"

    def test_sets_apart_who_left_a_phone_number_alone(self, wave, manager):
        waves.release(wave, by=manager)

        self.by_phone.refresh_from_db()
        assert (self.by_phone.is_set_apart, self.by_phone.wished_at) == (True, NINE + HOUR)
        assert [task.kind for task in self.by_phone.tasks.open()] == [TaskKind.CALL]
        assert self.by_phone.messages.filter(state="queued").count() == 0

    def test_touches_nobody_who_was_heard_from_or_came_before(self, busy, manager):
        earlier = ask(NINE + DAY, 8, now=NOW - HOUR * 3)
        heard = booking.will_come(ask(NINE + DAY + HALF_HOUR, 9))
        many(3, NOW - HALF_HOUR)
        ask(NINE, 10)

        waves.release(Task.objects.get(kind=TaskKind.WAVE), by=manager)

        assert earlier.held_visit()
        assert heard.held_visit()

    def test_can_be_undone_for_two_minutes(self, wave, manager):
        waves.release(wave, by=manager)
        assert {message.state for message in Message.objects.filter(kind="confirmed")} == {"cancelled"}

        assert waves.undo(wave, NOW + outbox.UNDO - datetime.timedelta(seconds=1), by=manager) == (3, 0)

        for request, start in zip(self.held, (NINE, NINE + HALF_HOUR), strict=True):
            request.refresh_from_db()
            assert (request.state, request.held_visit().start, request.wished_at) == ("confirmed", start, None)
            assert kinds(request) == ["confirmed", "reminder-1-day"]
        self.by_phone.refresh_from_db()
        assert (self.by_phone.is_set_apart, self.by_phone.held_visit().start) == (False, NINE + HOUR)
        assert sorted(task.kind for task in self.by_phone.tasks.open()) == ["call-to-confirm", "call-to-remind"]

    def test_cannot_be_undone_afterwards(self, wave, manager):
        waves.release(wave, by=manager)

        assert waves.undo(wave, NOW + outbox.UNDO + datetime.timedelta(seconds=1), by=manager) == (0, 0)
        assert not SeatCell.objects.exists()

    def test_leaves_to_others_what_they_took_meanwhile_when_it_is_undone(self, wave, manager):
        waves.release(wave, by=manager)
        taken = ask(NINE, 99, by=manager)

        assert waves.undo(wave, NOW, by=manager) == (2, 1)
        assert taken.held_visit().start == NINE
        assert self.held[0].held_visit() is None

    def test_lets_who_was_caught_in_it_take_the_time_again(self, wave, manager):
        waves.release(wave, by=manager)

        assert visit_of(booking.will_come(self.held[0])).start == NINE

    def test_and_undoing_are_the_managers_on_the_screen_of_the_task(self, wave, desk):
        address = f"/admin/treatments/task/{wave.pk}/"

        desk.post(f"{address}end/", {"verb": "release"})
        assert not SeatCell.objects.exists()
        assert "undo" in desk.get(f"{address}change/").content.decode()
        desk.post(f"{address}end/", {"verb": "undo"})

        assert SeatCell.objects.count() == 18

    def test_may_be_left_as_no_attack(self, wave, desk):
        desk.post(f"/admin/treatments/task/{wave.pk}/end/", {"verb": "leave"})

        assert SeatCell.objects.count() == 18
        wave.refresh_from_db()
        assert wave.state == "done"
