"""The site opens when everything that a clinic needs is really there, and not before."""

import datetime
import smtplib

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from treatments.follow_up import sending
from treatments.models import Approval, Clinic, Notice
from treatments.publication import publishing
from treatments.running import checklist
from treatments.running.backups import nightly
from treatments.tests.builders import make_clinic, make_fit_treatment, make_open_clinic, prove_second_factor
from treatments.tests.meaning import words
from treatments.tests.signing import make_staff

pytestmark = pytest.mark.slow

ADDRESS = "/admin/treatments/clinic/checklist/"
KNOWN = {
    "phone": "+60 3 1234 5678",
    "emergency_number": "999",
    "email": "desk@example.org",
    "address": "No. 1, First Street",
    "device": "A laser",
}


@pytest.fixture
def ready(db, settings, tmp_path):
    """A clinic with all that it needs, on a public address."""
    settings.BACKUP_FOLDER = tmp_path
    (tmp_path / f"nightly-{timezone.now().strftime(nightly.MOMENT)}.backup").touch()
    settings.SITE_URL = "https://clinic.example"
    settings.IS_DEMONSTRATION = False
    now = timezone.now()
    clinic = make_open_clinic(worker_seen_at=now, mail_tested_at=now, proxies_checked=settings.TRUSTED_PROXIES, **KNOWN)
    for kind in ("privacy", "consent"):
        Notice.objects.create(kind=kind, text="Our own words.")
    edition = publishing.publish(make_fit_treatment())
    Approval.objects.create(edition=edition, number="Example 1", expires_on=now.date() + datetime.timedelta(days=90))
    return clinic


@pytest.fixture
def manager(client, db):
    user = make_staff("manager", "Manager", email="m@example.org")
    client.force_login(user)
    prove_second_factor(client, user)
    return user


def missing(clinic):
    return [str(line.says) for line in checklist.lines(clinic) if not line.is_right]


class TestTheChecklist:
    def test_is_all_right_for_a_clinic_that_is_ready(self, ready):
        assert missing(ready) == []
        assert checklist.may_open(checklist.lines(ready))

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            *(({name: ""}, text) for name, text in [("phone", "phone number"), ("email", "hears of new requests")]),
            *(({name: ""}, text) for name, text in [("emergency_number", "emergency"), ("address", "come to")]),
            ({"shows_demonstration_hours": True}, "hours are your own"),
            ({"mail_tested_at": None}, "test letter"),
            ({"worker_seen_at": None}, "worker"),
            ({"proxies_checked": None}, "network address"),
            ({"proxies_checked": 5}, "network address"),
            ({"worker_seen_at": timezone.now() - datetime.timedelta(minutes=2)}, "worker"),
        ],
    )
    def test_names_what_is_missing_and_lets_nobody_open(self, ready, change, says):
        clinic = make_clinic(**change)

        (line,) = missing(clinic)

        assert says in line
        assert not checklist.may_open(checklist.lines(clinic))

    def test_wants_https_own_notices_and_no_sample(self, ready, settings):
        settings.SITE_URL = "http://clinic.example"
        Notice.objects.create(kind="privacy", text="Bundled.", is_bundled=True)
        publishing.publish_sample(make_fit_treatment(slug="other", name="Other"))

        found = " ".join(missing(ready))

        for says in ("https", "privacy notice", "“Other” was published through the gate"):
            assert says in found

    def test_asks_for_an_email_of_everyone_who_can_sign_in(self, ready):
        rosa = get_user_model().objects.create_user("rosa", is_staff=True)
        assert missing(ready) == ["Every staff account has an email address."]
        assert not checklist.may_open(checklist.lines(ready))

        rosa.is_active = False
        rosa.save()

        assert missing(ready) == []

    def test_does_not_insist_on_the_device(self, ready):
        clinic = make_clinic(device="")

        assert len(missing(clinic)) == 1
        assert checklist.may_open(checklist.lines(clinic))

    def test_takes_a_folder_for_no_mail_server(self, ready, settings):
        settings.EMAIL_BACKEND = "treatments.follow_up.mail.FolderBackend"

        assert "mail server" in missing(ready)[0]


class TestOpening:
    def test_takes_not_open_yet_from_every_page(self, ready, client, manager):
        assert client.get("/").headers["X-Robots-Tag"] == "noindex"

        client.post(f"{ADDRESS}open/")

        response = client.get("/")
        assert "X-Robots-Tag" not in response.headers
        assert b"not open yet" not in response.content

    def test_is_taken_back_after_a_question_that_says_what_it_does(self, ready, client, manager):
        client.post(f"{ADDRESS}open/")

        page = BeautifulSoup(client.post(f"{ADDRESS}open/", {"close": "1"}).content, "html.parser")
        assert Clinic.objects.current().opened_at
        assert "search engines" in words(page)
        client.post(f"{ADDRESS}open/", {"close": "1", "sure": "1"})

        assert client.get("/").headers["X-Robots-Tag"] == "noindex"

    def test_is_refused_while_something_is_missing(self, ready, client, manager):
        make_clinic(phone="")

        response = client.post(f"{ADDRESS}open/", follow=True)

        assert Clinic.objects.current().opened_at is None
        assert "mend the red lines first" in response.content.decode()

    def test_is_not_done_by_following_a_link(self, ready, client, manager):
        client.get(f"{ADDRESS}open/")

        assert Clinic.objects.current().opened_at is None

    @pytest.mark.parametrize("path", ["open/", "letter/", "address/"])
    def test_is_for_managers_alone(self, ready, client, manager, path):
        manager.groups.set(Group.objects.filter(name="Front desk"))

        assert client.post(ADDRESS + path, {"to": "a@example.org"}).status_code == 403
        assert b"Open the site" not in client.get(ADDRESS).content


class TestItsScreen:
    def test_leads_to_where_each_line_is_mended(self, ready, client, manager):
        make_clinic(phone="")

        page = BeautifulSoup(client.get(ADDRESS).content, "html.parser")

        (line,) = [line for line in page.select(".checklist__line") if "Still to do" in words(line)]
        assert "phone number" in words(line)
        assert line.a["href"] == "/admin/treatments/clinic/1/change/"

    def test_shows_the_address_that_it_read_and_remembers_that_it_is_right(self, ready, client, manager, settings):
        settings.TRUSTED_PROXIES = 1
        make_clinic(proxies_checked=0)
        from_home = {"X-Forwarded-For": "203.0.113.5:44321"}
        assert "203.0.113.5," in words(BeautifulSoup(client.get(ADDRESS, headers=from_home).content, "html.parser"))

        client.post(f"{ADDRESS}address/", {"yes": "1"}, headers=from_home)

        assert Clinic.objects.current().proxies_checked == 1

    def test_says_what_to_set_when_the_address_is_that_of_a_proxy(self, ready, client, manager):
        headers = {"X-Forwarded-For": "203.0.113.5, 10.0.0.7"}

        response = client.post(f"{ADDRESS}address/", {"no": "1"}, headers=headers, follow=True)

        assert Clinic.objects.current().proxies_checked is None
        assert "X-Forwarded-For was “203.0.113.5, 10.0.0.7”" in response.content.decode()

    def test_sends_a_letter_and_remembers_that_it_went(self, ready, client, manager):
        make_clinic(mail_tested_at=None)

        client.post(f"{ADDRESS}letter/", {"to": "boss@example.org"})

        assert mail.outbox[0].to == ["boss@example.org"]
        assert Clinic.objects.current().mail_tested_at

    @pytest.mark.parametrize(
        ("error", "says"),
        [
            (ConnectionRefusedError(111, "no"), "The mail server could not be reached"),
            (TimeoutError("slow"), "The mail server could not be reached"),
            (
                smtplib.SMTPRecipientsRefused({"boss@example.org": (550, b"no")}),
                "does not take letters for this address",
            ),
            (smtplib.SMTPAuthenticationError(535, b"no"), "Our own mail account was refused (535)"),
            (
                smtplib.SMTPRecipientsRefused({"b@example.org": (554, b"Relay denied")}),
                "Our own mail account was refused",
            ),
        ],
    )
    def test_says_why_a_letter_did_not_go(self, ready, client, manager, monkeypatch, error, says):
        class Refusing:
            def send_messages(self, letters):
                raise error

        make_clinic(mail_tested_at=None)
        monkeypatch.setattr(sending, "get_connection", Refusing)

        response = client.post(f"{ADDRESS}letter/", {"to": "boss@example.org"}, follow=True)

        assert says in response.content.decode()
        assert Clinic.objects.current().mail_tested_at is None

    @pytest.mark.parametrize("to", ["", "x", "a@example.org\nBcc: b@example.org"])
    def test_sends_nothing_to_what_is_no_address(self, ready, client, manager, to):
        client.post(f"{ADDRESS}letter/", {"to": to})

        assert mail.outbox == []
