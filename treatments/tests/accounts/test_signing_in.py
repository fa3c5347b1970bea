"""Staff sign in with a password and a second factor; whoever guesses is slowed down and learns nothing."""

import re

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from treatments.accounts import sign_in as sign_in_limits
from treatments.running import retention
from treatments.tests.meaning import parsed, words
from treatments.tests.screens import screen
from treatments.tests.signing import MINUTE, PASSWORD, SECOND_FACTOR, SIGN_IN, code_now, confirm, enrol, sign_in
from treatments.values.availability import DAY

pytestmark = pytest.mark.slow


@pytest.fixture
def rosa(db):
    return get_user_model().objects.create_superuser("rosa", password=PASSWORD)


@pytest.fixture
def on_the_internet(settings):
    settings.IS_DEMONSTRATION = False


def is_in(client):
    return client.get("/admin/").status_code == 200


class TestStayingSignedIn:
    def test_ends_two_hours_after_the_last_click(self, client, rosa):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            sign_in(client)
            for _click in range(3):
                clock.shift(119 * MINUTE)
                assert is_in(client)

            clock.shift(121 * MINUTE)
            assert not is_in(client)

    @pytest.mark.parametrize("path", ["/consultation/", "/nowhere/", "/sitemap.xml"])
    def test_begins_with_no_invented_cookie(self, client, db, path):
        client.cookies["sessionid"] = "abcdefgh0"

        response = client.get(path)

        assert "sessionid" not in response.cookies
        assert not Session.objects.exists()

    def test_ends_after_twelve_hours_however_busy_it_is(self, client, rosa):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            sign_in(client)
            for _hour in range(12):
                clock.shift(60 * MINUTE)
                assert is_in(client)

            clock.shift(MINUTE)
            assert not is_in(client)

            sign_in(client)
            assert is_in(client)

    def test_that_ended_after_twelve_hours_asks_for_the_code_again(self, client, rosa, on_the_internet):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            sign_in(client)
            enrol(client)
            for _hour in range(13):
                clock.shift(60 * MINUTE)
                client.get("/admin/")

            sign_in(client)

            assert client.get("/admin/").headers["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize(
        "wanted",
        ["", "https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "/\\elsewhere.example"],
    )
    def test_begins_at_the_desk_for_whoever_wants_another_site(self, client, rosa, wanted):
        values = {"username": "rosa", "password": PASSWORD, "next": wanted}

        response = client.post(f"{SIGN_IN}?next={wanted}", values)

        assert response.headers["Location"] == "/admin/"

    @pytest.mark.parametrize("typed", ["Rosa", "ROSA", " rosa ", "ｒｏｓａ"])
    def test_takes_the_name_whatever_its_capitals_and_width(self, client, rosa, typed):
        assert sign_in(client, typed).status_code == 302
        assert is_in(client)

    def test_takes_a_name_exactly_where_two_differ_in_capitals_alone(self, client, rosa):
        other = get_user_model().objects.create_superuser("Rosa", password="another password")

        assert sign_in(client, "Rosa", "another password").status_code == 302
        assert client.session["_auth_user_id"] == str(other.pk)
        assert sign_in(Client(), "ROSA").status_code == 200


class TestGuessing:
    def test_is_stopped_after_six_tries_for_a_quarter_of_an_hour(self, client, rosa):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            answers = [sign_in(client, password="wrong").status_code for _try in range(6)]
            assert answers == [200] * 5 + [429]

            response = sign_in(client)
            assert response.status_code == 429
            assert "quarter of an hour" in words(parsed(response.content))
            clock.shift(16 * MINUTE)
            assert sign_in(client).status_code == 302

    def test_says_the_same_of_accounts_that_do_not_exist(self, rosa):
        said = {
            name: [without_tokens(sign_in(Client(), name, "wrong"), name) for _try in range(7)]
            for name in ("rosa", "nobody")
        }

        assert said["rosa"] == said["nobody"]

    def test_locks_nobody_else_out(self, client, rosa):
        get_user_model().objects.create_superuser("lee", password=PASSWORD)
        for _try in range(7):
            sign_in(client, password="wrong")

        assert sign_in(Client(), "lee").status_code == 302
        assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302

    @pytest.mark.parametrize("name", ["rosa", "nobody"])
    def test_counts_every_spelling_of_a_name_together(self, client, rosa, name):
        spellings = [name, name.title(), name.upper(), f" {name}", name, name.swapcase()]

        answers = [sign_in(client, spelling, "wrong").status_code for spelling in spellings]

        assert answers == [200] * 5 + [429]
        assert sign_in(client).status_code == (429 if name == "rosa" else 302)

    @pytest.mark.parametrize("name", ["rosa", "nobody"])
    def test_from_many_places_is_slowed_down_for_the_account_as_a_whole(self, rosa, name):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            answers = [guess_from(place, name) for place in range(53)]
            assert answers == [200] * 50 + [429] * 3

            clock.shift(MINUTE)
            assert guess_from(200, name) == 429
            assert guess_from(201, name, PASSWORD) == 429
            clock.shift(MINUTE)
            assert guess_from(201, name, PASSWORD) == (302 if name == "rosa" else 429)

    def test_from_many_places_leaves_the_place_of_the_last_sign_in_alone(self, rosa):
        home = Client(REMOTE_ADDR="192.0.2.7")
        sign_in(home)

        for place in range(60):
            guess_from(place, "rosa")

        assert guess_from(100, "rosa", PASSWORD) == 429
        assert sign_in(home).status_code == 302

    def test_from_many_places_is_forgotten_after_an_hour(self, rosa):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for place in range(60):
                guess_from(place, "rosa")
            clock.shift(61 * MINUTE)

            assert [guess_from(place, "rosa") for place in range(3)] == [200] * 3

    def test_says_when_to_try_again(self, client, rosa):
        responses = [sign_in(client, password="wrong") for _try in range(7)]

        assert 880 <= int(responses[-1].headers["Retry-After"]) <= 900

    def test_leaves_no_name_or_address_in_clear(self, client, rosa):
        sign_in(client, password="wrong", **{"user-agent": "Browser/1"})
        sign_in(client)
        sign_in(client, "my secret password", "typed in the wrong field")

        kept = [*AccessFailureLog.objects.values(), *AccessLog.objects.values(), *AccessAttempt.objects.values()]
        assert len(kept) == 2
        assert not re.search("rosa|secret|127.0.0.1|Browser|csrf", str(kept))

    def test_starts_counting_anew_after_the_right_password(self, client, rosa):
        for _round in range(3):
            for _try in range(4):
                sign_in(client, password="wrong")
            assert sign_in(client).status_code == 302
            client.logout()

    def test_is_counted_for_addresses_that_cannot_be_read(self, client, rosa, settings):
        settings.TRUSTED_PROXIES = 1

        answers = [sign_in(client, password="x", **{"X-Forwarded-For": f"odd {n}"}).status_code for n in range(7)]

        assert answers == [200] * 5 + [429] * 2


def guess_from(place, name, password="wrong"):
    return sign_in(Client(REMOTE_ADDR=f"198.51.100.{place}"), name, password).status_code


def without_tokens(response, name):
    text = re.sub(r'value="[A-Za-z0-9]{64}"', "", response.content.decode())
    return response.status_code, text.replace(f'value="{name}"', "")


class TestTheFirstSignIn:
    def test_leads_to_the_second_factor_and_nowhere_else(self, client, rosa, on_the_internet):
        sign_in(client)

        for address in ("/admin/", "/admin/auth/user/", "/admin/password_change/"):
            response = client.get(address, follow=True)
            assert response.redirect_chain[-1][0].startswith(SECOND_FACTOR)

    def test_takes_the_app_that_shows_the_right_code(self, client, rosa, on_the_internet):
        sign_in(client)

        codes = enrol(client)

        assert len(set(codes)) == 10
        assert is_in(client)
        assert not any(code in client.get(SECOND_FACTOR).content.decode() for code in codes)

    def test_takes_no_wrong_code(self, client, rosa, on_the_internet):
        sign_in(client)
        client.get(SECOND_FACTOR)

        for code in ("000000", "12345", "٣٣٣٣٣٣", "", "abcdefgh"):
            assert client.post(SECOND_FACTOR, {"code": code}).status_code == 422
        assert not TOTPDevice.objects.exists()

    def test_shows_the_same_secret_until_it_is_in_use(self, client, rosa):
        sign_in(client)

        first, second = (screen(client, SECOND_FACTOR).select_one(".qr__secret").text for _look in range(2))

        assert first == second
        assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", first)


class TestADemonstration:
    def test_offers_and_does_not_insist(self, client, rosa):
        sign_in(client)

        assert screen(client, "/admin/").select_one(f".worklist__offer a[href='{SECOND_FACTOR}']")

    def test_asks_whoever_has_set_one_up(self, client, rosa):
        sign_in(client)
        enrol(client)
        client.logout()

        sign_in(client)

        assert not is_in(client)


@pytest.mark.usefixtures("on_the_internet")
class TestTheSecondFactor:
    @pytest.fixture
    def codes(self, client, rosa):
        """The recovery codes of an account that has signed out again."""
        sign_in(client)
        with time_machine.travel(timezone.now() - 2 * MINUTE):
            codes = enrol(client)
        client.logout()
        sign_in(client)
        return codes

    def test_lets_in_with_the_code_of_now_however_spaced(self, client, rosa, codes):
        code = code_now(rosa)

        response = client.post(f"{SECOND_FACTOR}?next=/admin/auth/user/", {"code": f" {code[:3]} {code[3:]}"})

        assert response.headers["Location"] == "/admin/auth/user/"
        assert is_in(client)

    @pytest.mark.parametrize(
        "wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "foo", "?x"]
    )
    def test_leads_to_no_other_site(self, client, rosa, codes, wanted):
        response = client.post(f"{SECOND_FACTOR}?next={wanted}", {"code": code_now(rosa)})

        assert response.headers["Location"] == "/admin/"

    def test_takes_no_code_twice(self, client, rosa, codes):
        code = code_now(rosa)
        client.post(SECOND_FACTOR, {"code": code})
        client.logout()
        sign_in(client)

        response = client.post(SECOND_FACTOR, {"code": code})

        assert response.status_code == 422
        assert "has been used. Wait until your app shows the next one" in response.content.decode()
        assert not is_in(client)

    def test_takes_each_recovery_code_once(self, client, rosa, codes):
        client.post(SECOND_FACTOR, {"code": codes[0].upper()})
        assert is_in(client)
        client.logout()
        sign_in(client)

        response = client.post(SECOND_FACTOR, {"code": codes[0]})

        assert response.status_code == 422
        assert "each recovery code is taken once" in response.content.decode()
        assert not is_in(client)

    def test_of_somebody_else_opens_nothing(self, client, rosa, codes):
        get_user_model().objects.create_superuser("lee", password=PASSWORD)
        other = Client()
        sign_in(other, "lee")
        with time_machine.travel(timezone.now() - 2 * MINUTE):
            enrol(other)
        other.logout()
        sign_in(other, "lee")

        for code in (code_now(rosa), codes[0]):
            assert other.post(SECOND_FACTOR, {"code": code}).status_code == 422
        assert not is_in(other)

    def test_makes_whoever_guesses_wait_longer_and_longer(self, client, rosa, codes):
        with time_machine.travel(timezone.now(), tick=False):
            said = [client.post(SECOND_FACTOR, {"code": "000000"}).content.decode() for _try in range(2)]
            right = client.post(SECOND_FACTOR, {"code": code_now(rosa)})

        assert right.status_code == 422
        assert "This code is not right" in said[0]
        with time_machine.travel(timezone.now() + 3 * MINUTE):
            assert client.post(SECOND_FACTOR, {"code": code_now(rosa)}).status_code == 302

    def test_is_asked_of_every_session(self, client, rosa, codes):
        client.post(SECOND_FACTOR, {"code": code_now(rosa)})
        another = Client()

        sign_in(another)

        assert is_in(client)
        assert not is_in(another)

    def test_gives_new_recovery_codes_to_who_is_in_alone(self, client, rosa, codes):
        client.post(SECOND_FACTOR, {"renew": "1"})
        assert set(StaticToken.objects.values_list("token", flat=True)) == set(codes)
        client.post(SECOND_FACTOR, {"code": code_now(rosa)})
        confirm(client)

        client.post(SECOND_FACTOR, {"renew": "1"})

        assert not set(StaticToken.objects.values_list("token", flat=True)) & set(codes)

    def test_lets_whoever_came_in_by_a_recovery_code_stay(self, client, codes):
        client.post(SECOND_FACTOR, {"code": codes[0]})
        confirm(client)

        client.post(SECOND_FACTOR, {"renew": "1"})

        assert is_in(client)

    def test_is_not_taken_away_by_who_is_not_in(self, client, rosa, codes):
        client.post(SECOND_FACTOR, {"forget": "1"})

        assert TOTPDevice.objects.filter(user=rosa).exists()

    def test_begins_anew_with_another_phone(self, client, rosa, codes):
        client.post(SECOND_FACTOR, {"code": code_now(rosa)})
        confirm(client)

        client.post(SECOND_FACTOR, {"forget": "1"})

        assert not is_in(client)
        assert enrol(client)
        assert is_in(client)

    def test_can_be_left_for_another_account(self, client, rosa, codes):
        client.post("/admin/logout/")

        assert "_auth_user_id" not in client.session

    def test_is_forgotten_by_a_manager_after_a_question(self, client, rosa, codes):
        lee = get_user_model().objects.create_user("lee", password=PASSWORD, is_staff=True)
        TOTPDevice.objects.create(user=lee, name="app")
        address = f"/admin/auth/user/{lee.pk}/second-factor/"
        client.post(SECOND_FACTOR, {"code": code_now(rosa)})
        confirm(client)

        client.get(address)
        assert TOTPDevice.objects.filter(user=lee).exists()
        client.post(address)

        assert not TOTPDevice.objects.filter(user=lee).exists()

    def test_is_forgotten_on_the_server(self, client, rosa, codes, capsys):
        call_command("staff", "rosa")

        assert not TOTPDevice.objects.filter(user=rosa).exists()
        assert StaticToken.objects.count() == 0


class TestTheNightlyRound:
    def test_forgets_sessions_and_guesses_that_are_over_whoever_signs_in(self, client, rosa):
        guess_from(1, "rosa")
        sign_in(client)
        AccessAttempt.objects.create(username="rosa", ip_address="192.0.2.1", failures_since_start=1)
        now = timezone.now()

        sign_in_limits.forget_sign_ins(now)
        assert (Session.objects.count(), AccessFailureLog.objects.count(), AccessLog.objects.count()) == (1, 1, 1)
        assert not AccessAttempt.objects.exists()
        retention.erase_expired(now + DAY)
        assert (Session.objects.count(), AccessFailureLog.objects.count(), AccessLog.objects.count()) == (0, 0, 1)
        sign_in_limits.forget_sign_ins(now + 91 * DAY)
        assert not AccessLog.objects.exists()


def test_nobody_reads_the_secrets_of_others_at_the_desk(client, rosa):
    sign_in(client)

    for model in ("otp_totp/totpdevice", "otp_static/staticdevice", "axes/accessattempt"):
        assert client.get(f"/admin/{model}/").status_code == 404
