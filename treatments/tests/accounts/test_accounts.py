"""Whoever changes an account says first who it is; the account hears of it; and nobody gives more than is theirs."""

import re

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from treatments.accounts import second_factor
from treatments.tests.screens import page_of, screen, typed
from treatments.tests.signing import MINUTE, PASSWORD, SECOND_FACTOR, code_now, confirm, enrol, make_staff, sign_in

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

OWN = "/admin/password_change/"
NEW = "another long password"


@pytest.fixture
def real_commits():
    """For a test that commits."""


@pytest.fixture(autouse=True)
def _committed_at_once(request, monkeypatch):
    """Tests are rolled back, so what waits for the commit is done at once."""
    if "real_commits" not in request.fixturenames:
        monkeypatch.setattr(transaction, "on_commit", lambda act, **options: act())


@pytest.fixture
def owner(client):
    """Signed in for a while, so that the password of the sign-in is good for nothing any more."""
    user = get_user_model().objects.create_superuser("rosa", email="rosa@example.org", password=PASSWORD)
    with time_machine.travel(timezone.now() - 30 * MINUTE):
        sign_in(client)
    return user


@pytest.fixture
def manager():
    client = Client()
    user = make_staff("mona", "Manager", password=PASSWORD)
    client.force_login(user)
    confirm(client)
    client.user = user  # type: ignore[attr-defined]  # Who it is, for the tests that ask.
    return client


def change(user):
    return reverse("admin:auth_user_change", args=[user.pk])


def opened(client, user):
    """The fields of an account's screen, as they are sent back without a choice of roles."""
    values = typed(screen(client, change(user)))
    return {name: value for name, value in values.items() if name not in ("groups", "user_permissions")}


def give(client, user, *names):
    """Open an account's screen, choose exactly these roles, and save."""
    chosen = Group.objects.filter(name__in=names).values_list("pk", flat=True)
    return client.post(change(user), {**opened(client, user), "groups": chosen})


def names_of(user):
    return sorted(user.groups.values_list("name", flat=True))


def again(response, **answers):
    """What the page that asks who it is sends, filled in."""
    fields = page_of(response).select_one("#content form").select("input[type=hidden]")
    kept = {field["name"]: field["value"] for field in fields}
    return kept | {f"again-{name}": value for name, value in answers.items()}


def asks(response):
    return bool(page_of(response).select("input[name=again-password]"))


class TestWhoeverChangesAnAccount:
    def test_types_the_password_again_and_then_it_is_done(self, client, owner):
        lee = make_staff("lee")

        response = give(client, lee, "Editor")
        assert asks(response)
        assert names_of(lee) == []
        client.post(change(lee), again(response, password=PASSWORD))

        assert names_of(lee) == ["Editor"]

    def test_does_nothing_with_a_wrong_password(self, client, owner):
        lee = make_staff("lee")
        response = give(client, lee, "Editor")

        response = client.post(change(lee), again(response, password="wrong"))

        assert response.status_code == 422
        assert "This password is not right" in response.content.decode()
        assert names_of(lee) == []
        client.post(change(lee), again(response, password=PASSWORD))
        assert names_of(lee) == ["Editor"]

    def test_guesses_no_better_than_at_the_sign_in(self, client, owner):
        lee = make_staff("lee")
        response = give(client, lee, "Editor")

        answers = [client.post(change(lee), again(response, password="wrong")).status_code for _try in range(6)]

        assert answers == [422] * 5 + [429]
        assert client.post(change(lee), again(response, password=PASSWORD)).status_code == 429
        assert names_of(lee) == []

    def test_types_a_code_too_where_there_is_an_app(self, client, owner):
        sign_in(client)
        with time_machine.travel(timezone.now() - 2 * MINUTE):
            enrol(client)
        lee = make_staff("lee")
        response = give(client, lee, "Editor")

        for answers in (
            {"password": PASSWORD},
            {"password": PASSWORD, "code": "000000"},
            {"password": "", "code": code_now(owner)},
        ):
            assert client.post(change(lee), again(response, **answers)).status_code == 422
        assert names_of(lee) == []
        with time_machine.travel(timezone.now() + 2 * MINUTE):
            client.post(change(lee), again(response, password=PASSWORD, code=code_now(owner)))

        assert names_of(lee) == ["Editor"]

    def test_is_believed_for_five_minutes(self, client, owner):
        lee = make_staff("lee")
        with time_machine.travel(timezone.now(), tick=False) as clock:
            confirm(client)
            clock.shift(5 * MINUTE)
            assert not asks(give(client, lee, "Editor"))
            clock.shift(MINUTE)

            assert asks(give(client, lee))

        assert names_of(lee) == ["Editor"]

    def test_is_asked_again_though_just_signed_in(self, client, owner):
        client.logout()
        sign_in(client)

        assert asks(give(client, make_staff("lee"), "Editor"))

    @pytest.mark.parametrize("name", ["auth_user_delete", "auth_user_second_factor"])
    def test_is_asked_before_an_account_loses_something(self, client, owner, name):
        lee = make_staff("lee")
        TOTPDevice.objects.create(user=lee, name="app")

        response = client.post(reverse(f"admin:{name}", args=[lee.pk]), {"post": "yes"})

        assert asks(response)
        assert TOTPDevice.objects.filter(user=lee).exists()

    def test_is_asked_before_roles_and_new_accounts(self, client, owner):
        group = Group.objects.get(name="Editor")
        made = {
            "username": "new",
            "email": "n@example.org",
            "usable_password": "true",
            "password1": NEW,
            "password2": NEW,
        }

        for name, arguments, values in (
            ("auth_group_change", [group.pk], {"name": "Writer"}),
            ("auth_group_add", [], {"name": "Writer"}),
            ("auth_user_add", [], made),
        ):
            assert asks(client.post(reverse(f"admin:{name}", args=arguments), values)), name
        assert not Group.objects.filter(name="Writer").exists()
        assert not get_user_model().objects.filter(username="new").exists()

    def test_never_finds_a_password_in_a_page(self, client, owner):
        lee = make_staff("lee")
        address = reverse("admin:auth_user_password_change", args=[lee.pk])

        response = client.post(address, {"password1": NEW, "password2": NEW, "usable_password": "true"})

        assert asks(response)
        assert NEW not in response.content.decode()

    def test_sets_another_password_after_the_own(self, client, owner):
        lee = make_staff("lee")
        address = reverse("admin:auth_user_password_change", args=[lee.pk])
        response = client.get(address)
        assert asks(response)

        response = client.post(address, again(response, password=PASSWORD))
        assert response.headers["Location"] == address
        client.post(address, {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"})

        lee.refresh_from_db()
        assert lee.check_password(NEW)
        assert mail.outbox[0].to == ["lee@example.org"]
        assert "Its password was changed. rosa did it" in mail.outbox[0].body

    def test_cannot_go_round_the_screens_from_the_list(self, client, owner):
        make_staff("lee")

        page = screen(client, reverse("admin:auth_user_changelist"))

        assert not page.select("select[name=action]")


class TestTheOwnPassword:
    def test_is_changed_after_it_was_typed_once(self, client, owner):
        response = client.get(OWN)
        assert asks(response)
        client.post(OWN, again(response, password=PASSWORD))

        assert client.post(OWN, {"new_password1": NEW, "new_password2": "other"}).status_code == 422
        response = client.post(OWN, {"new_password1": NEW, "new_password2": NEW}, follow=True)

        owner.refresh_from_db()
        assert owner.check_password(NEW)
        assert "Your password is changed" in response.content.decode()
        assert [letter.to for letter in mail.outbox] == [["rosa@example.org"]]


class TestTheOwnSecondFactor:
    def test_is_set_up_with_the_password_alone(self, client, owner):
        response = client.get(SECOND_FACTOR)
        assert asks(response)
        assert not page_of(response).select("input[name=again-code]")

        client.post(SECOND_FACTOR, again(response, password=PASSWORD))

        assert enrol(client)
        assert "A second factor was set up" in mail.outbox[0].body

    @pytest.mark.parametrize("act", ["renew", "forget"])
    def test_stays_until_password_and_code_were_typed_again(self, client, owner, act):
        sign_in(client)
        with time_machine.travel(timezone.now() - 2 * MINUTE):
            codes = enrol(client)
        mail.outbox.clear()

        response = client.post(SECOND_FACTOR, {act: "1"})
        assert asks(response)
        assert set(StaticToken.objects.values_list("token", flat=True)) == set(codes)
        client.post(SECOND_FACTOR, again(response, password=PASSWORD, code=code_now(owner)))

        assert set(StaticToken.objects.values_list("token", flat=True)) != set(codes)
        assert second_factor.app_of(owner) is None if act == "forget" else second_factor.app_of(owner)
        assert len(mail.outbox) == 1


class TestAnAccount:
    def test_hears_what_was_changed_and_by_whom(self, client, owner):
        lee = make_staff("lee")
        confirm(client)

        give(client, lee, "Editor")

        (letter,) = mail.outbox
        assert letter.to == ["lee@example.org"]
        assert "Its roles were changed. rosa did it at the desk." in letter.body

    def test_hears_of_another_address_at_both(self, client, owner):
        lee = make_staff("lee")
        confirm(client)

        client.post(change(lee), {**opened(client, lee), "email": "elsewhere@example.org"})

        assert {letter.to[0] for letter in mail.outbox} == {"lee@example.org", "elsewhere@example.org"}

    def test_hears_nothing_of_what_changes_no_right(self, client, owner):
        lee = make_staff("lee")
        confirm(client)

        client.post(change(lee), {**opened(client, lee), "first_name": "Lee"})

        assert get_user_model().objects.get(pk=lee.pk).first_name == "Lee"
        assert mail.outbox == []

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.usefixtures("real_commits")
    def test_is_changed_though_the_mail_server_fails(self, client, owner, settings, caplog):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        lee = make_staff("lee")
        confirm(client)

        assert give(client, lee, "Editor").status_code == 302

        assert names_of(lee) == ["Editor"]
        assert "Error calling" in caplog.text

    def test_hears_of_a_password_made_on_the_server(self, owner):
        call_command("staff", "Rosa")

        assert [letter.to for letter in mail.outbox] == [["rosa@example.org"]]
        assert get_user_model().objects.count() == 1

    def test_of_staff_has_an_email(self, client, owner):
        lee = make_staff("lee")
        confirm(client)

        response = client.post(change(lee), {**opened(client, lee), "email": ""})

        assert "the account is written to" in page_of(response).text
        assert get_user_model().objects.get(pk=lee.pk).email

    def test_takes_no_name_that_another_has_in_other_capitals(self, client, owner):
        lee = make_staff("lee")
        confirm(client)

        response = client.post(change(lee), {**opened(client, lee), "username": "ROSA"})

        assert "differs in more than capitals" in page_of(response).text
        assert get_user_model().objects.get(pk=lee.pk).username == "lee"

    def test_is_changed_beside_one_of_before_that_differs_in_capitals_alone(self, client, owner):
        lee = make_staff("lee")
        make_staff("Lee")
        confirm(client)

        assert client.post(change(lee), {**opened(client, lee), "first_name": "Lee Min"}).status_code == 302
        assert get_user_model().objects.get(pk=lee.pk).first_name == "Lee Min"

    def test_keeps_when_it_signed_in_last(self, client, owner):
        lee = make_staff("lee")
        confirm(client)
        assert not screen(client, change(lee)).select("[name^=last_login], [name^=date_joined]")

        client.post(change(lee), {**opened(client, lee), "last_login_0": "2026-01-01", "last_login_1": "9:00"})

        assert get_user_model().objects.get(pk=lee.pk).last_login is None


class TestAManager:
    @pytest.mark.parametrize("role", ["Clinician", "Manager", "Nurse"])
    def test_gives_nobody_a_role_of_the_owner(self, manager, role):
        Group.objects.get_or_create(name="Nurse")
        lee = make_staff("lee", "Front desk")

        response = give(manager, lee, "Front desk", role)

        assert response.status_code == 200
        assert names_of(lee) == ["Front desk"]

    @pytest.mark.parametrize("role", ["Front desk", "Editor"])
    def test_gives_and_takes_the_others(self, manager, role):
        lee = make_staff("lee")

        give(manager, lee, role)
        assert names_of(lee) == [role]
        give(manager, lee)

        assert names_of(lee) == []

    @pytest.mark.parametrize("role", ["Clinician", "Manager", "Nurse"])
    @pytest.mark.parametrize("name", ["auth_user_change", "auth_user_password_change", "auth_user_second_factor"])
    def test_touches_no_account_of_such_a_role(self, manager, role, name):
        Group.objects.get_or_create(name="Nurse")
        above = make_staff("above", role, password="x")
        TOTPDevice.objects.create(user=above, name="app")
        values = {"password1": NEW, "password2": NEW, "set-password": "1", "is_active": "", "username": "taken"}

        assert manager.post(reverse(f"admin:{name}", args=[above.pk]), values).status_code == 403

        above.refresh_from_db()
        assert (above.username, above.is_active, above.check_password("x")) == ("above", True, True)
        assert TOTPDevice.objects.filter(user=above).exists()

    @pytest.mark.parametrize("pk", ["9" * 30, "-1", "x"])
    def test_is_told_of_a_role_that_there_cannot_be(self, manager, pk):
        below = make_staff("below")

        response = manager.post(change(below), {**opened(manager, below), "groups": [pk]})

        assert "is not a valid value" in response.content.decode()
        assert names_of(below) == []

    def test_touches_no_account_with_rights_of_its_own(self, manager):
        above = make_staff("above")
        above.user_permissions.set(Permission.objects.filter(codename="confirm_treatment"))

        assert manager.post(change(above), {"username": "taken"}).status_code == 403

    def test_adds_no_role_to_the_own_account(self, manager):
        assert (
            manager.post(change(manager.user), {"groups": [Group.objects.get(name="Clinician").pk]}).status_code == 403
        )
        assert names_of(manager.user) == ["Manager"]

    def test_changes_no_role_itself(self, manager):
        group = Group.objects.get(name="Editor")

        assert manager.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "x"}).status_code == 403


class TestAnOwner:
    @pytest.mark.parametrize("role", ["Clinician", "Manager"])
    def test_gives_and_takes_every_role(self, client, owner, role):
        lee = make_staff("lee")
        confirm(client)

        give(client, lee, role)
        assert names_of(lee) == [role]
        give(client, lee)

        assert names_of(lee) == []

    def test_is_the_first_account(self, db):
        call_command("staff")

        assert get_user_model().objects.get().is_superuser


class TestTheLastOwner:
    @pytest.fixture(autouse=True)
    def _confirmed(self, client, owner):
        confirm(client)

    @pytest.mark.parametrize("name", ["is_superuser", "is_staff", "is_active"])
    def test_keeps_what_makes_one(self, client, owner, name):
        values = {field: value for field, value in opened(client, owner).items() if field != name}

        page = page_of(client.post(change(owner), values))

        assert page.select_one(f".field-{name} .errorlist").text.startswith("This is the last owner.")
        owner.refresh_from_db()
        assert getattr(owner, name)

    def test_keeps_a_password(self, client, owner):
        path = reverse("admin:auth_user_password_change", args=[owner.pk])

        page = page_of(client.post(path, {"usable_password": "false", "password1": "", "password2": ""}))

        assert "This is the last owner." in page.select_one(".errorlist").text
        owner.refresh_from_db()
        assert owner.check_password(PASSWORD)

    def test_is_not_deleted(self, client, owner):
        path = reverse("admin:auth_user_delete", args=[owner.pk])

        page = page_of(client.post(path, {"post": "yes"}, follow=True))

        assert "This is the last owner." in page.select_one(".messagelist").text
        assert get_user_model().objects.filter(pk=owner.pk).exists()

    @pytest.mark.parametrize("less", [{"is_active": False}, {"is_superuser": False}, {"password": None}])
    def test_is_one_though_another_account_lacks_but_one_thing(self, client, owner, less):
        make_staff("lee", **{"is_superuser": True, "password": PASSWORD, **less})

        client.post(reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"})

        assert get_user_model().objects.filter(pk=owner.pk).exists()

    def test_may_go_when_there_is_another(self, client, owner):
        make_staff("lee", is_superuser=True, password=PASSWORD)

        client.post(reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"})

        assert not get_user_model().objects.filter(pk=owner.pk).exists()


def test_a_letter_of_this_kind_holds_no_link(client, owner):
    confirm(client)
    give(client, make_staff("lee"), "Editor")

    assert not re.search(r"https?:|www\.", str(mail.outbox[0].body))
