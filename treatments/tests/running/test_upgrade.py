"""An upgrade loses nothing: a data folder that an earlier release left comes up with this one, and all of it is there.

fixtures/release-0006/facts.json says what was there, earlier_release.py how it is brought up.
"""

import contextlib
import datetime
import hashlib
import sqlite3
from dataclasses import astuple

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from treatments.consultation.undoing import TooLate, undo
from treatments.follow_up.settling import sweep
from treatments.models import (
    Benefit,
    Clinic,
    Comment,
    ConsultationRequest,
    Edition,
    Message,
    Notice,
    Task,
    Treatment,
)
from treatments.tests import earlier_release
from treatments.tests.earlier_release import FACTS, LAST_MIGRATION, NOW, lost
from treatments.text import cleaning
from treatments.times import opening

pytestmark = pytest.mark.slow

#: Messages that are calls to make and visits to look at again, and no letters.
BY_HAND = "kind IN ('call-to-confirm', 'call-to-remind', 'look-again')"
#: Rows that an upgrade may make anew under another key, by table: "" for all of it, or which. Whatever stands here has
#: a test of its own below, that says what of it is kept.
MADE_ANEW = {
    "django_migrations": "",
    "auth_group_permissions": "",
    "treatments_message": BY_HAND,
    # Of two for one sentence one stays.
    "treatments_waiver": "id NOT IN (SELECT MIN(id) FROM treatments_waiver GROUP BY treatment_id, claim, sentence)",
}


def keys(site):
    """The primary keys of the rows that an upgrade keeps, in the SQLite file of the folder."""
    return earlier_release.keys_of(site.file, but_for=MADE_ANEW)


def as_kept(rows):
    """The rows with their names as they are kept: without signs that turn a line around."""
    return [{**row, "name": cleaning.name(row["name"])} for row in rows]


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder as the earlier release left it."""
    return earlier_release.unpacked(tmp_path_factory.mktemp("earlier"))


@pytest.fixture(scope="module")
def before(left):
    """The keys of its rows, read before anything was done to it."""
    return keys(left)


@pytest.fixture(scope="module")
def promised(left):
    """Until when each patient was promised to hear from the clinic, by the reference of the request."""
    with contextlib.closing(sqlite3.connect(left.file)) as database:
        rows = database.execute(
            "SELECT reference, promised_at FROM treatments_consultationrequest"
            " WHERE promised_at IS NOT NULL AND state IN ('requested', 'offered')"
        ).fetchall()
    return {reference: datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC) for reference, text in rows}


@pytest.fixture(scope="module")
def site(left, before, promised, django_db_blocker):
    """The same folder after the first start of this release."""
    with django_db_blocker.unblock(), earlier_release.on_database_of_the_tests(left) as started:
        started.manage("prepare")
        yield started


@pytest.fixture
def opened(site, settings, django_db_blocker):
    """Inside, this process is the site at the moment at which its folder was left; what is done to it is undone."""
    settings.SECRET_KEY = (site.folder / "secret_key").read_text()
    settings.MEDIA_ROOT, settings.MAIL_FOLDER = site.folder / "media", site.folder / "mail"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with django_db_blocker.unblock(), site.connected(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            yield site
        transaction.set_rollback(True)


def text_of(moment):
    return moment and moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def facts(name, *columns):
    """Rows of the facts, reduced to these columns."""
    return [{column: row[column] for column in columns} for row in FACTS[name]]


def requests_now():
    """Every request as the facts say it."""
    columns = ("reference", "state", "way", "name", "phone", "email", "message", "best_time", "precautions")
    return [
        {
            **{column: getattr(request, column) for column in columns},
            "treatment": request.treatment and request.treatment.slug,
            "visit": request.held_visit() and [text_of(moment) for moment in astuple(request.held_visit())],
            "offered_times": request.offered_times.split(),
        }
        for request in ConsultationRequest.objects.order_by("pk")
    ]


def page_of(address, status=200, client=None):
    response = (client or Client()).get(address)
    assert response.status_code == status, address
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.usefixtures("opened")
class TestAnUpgradeKeeps:
    def test_every_row(self, before):
        assert len(before) > 50
        assert lost(before) == {}

    def test_every_request_with_its_state_its_times_and_what_the_patient_wrote(self):
        found = requests_now()

        assert as_kept(found) == as_kept(facts("requests", *found[0]))

    def test_which_requests_were_set_apart(self):
        found = ConsultationRequest.objects.filter(is_set_apart=True).values_list("reference", flat=True)

        assert set(found) == {row["reference"] for row in FACTS["requests"] if row["set_apart"]}

    def test_who_did_what_to_a_request(self):
        for row in FACTS["requests"]:
            events = ConsultationRequest.objects.get(reference=row["reference"]).events.select_related("by")
            done = [[event.act, event.by and event.by.username] for event in events]
            # What the upgrade itself does to a request may follow.
            assert done[: len(row["acts"])] == row["acts"], row["about"]

    def test_every_private_link_that_was_sent(self):
        for row in FACTS["requests"]:
            is_erased = not row["name"]
            page = page_of(row["link"], status=404 if is_erased else 200)
            assert (row["reference"] in page.text) != is_erased, row["about"]

    def test_what_was_sent_and_what_was_taken_back(self):
        ended = {row["key"]: row for row in FACTS["letters"] if row["state"] in ("sent", "cancelled")}
        found = Message.objects.filter(key__in=ended)

        assert {message.key: (message.state, text_of(message.sent_at)) for message in found} == {
            key: (row["state"], row["sent_at"]) for key, row in ended.items()
        }

    def test_letters_that_wait_or_failed_and_are_still_true(self):
        true = {row["key"]: row["state"] for row in FACTS["letters"] if row.get("still_true") is True}

        assert dict(Message.objects.filter(key__in=true).values_list("key", "state")) == true
        assert set(true.values()) == {"queued", "failed"}

    def test_or_takes_back_letters_that_are_not_true_any_more(self):
        untrue = {row["key"]: row["state"] for row in FACTS["letters"] if row.get("still_true") is False}
        found = dict(Message.objects.filter(key__in=untrue).values_list("key", "state"))

        assert found.keys() == untrue.keys()
        assert {key for key, state in found.items() if state not in (untrue[key], "cancelled")} == set()

    def test_letters_and_pictures_as_files(self, site):
        folders = (site.folder / "mail", site.folder / "media")
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        digests = {str(path.relative_to(site.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

        assert digests.items() >= FACTS["files"].items()

    def test_editions_to_the_byte(self):
        found = [
            {
                "treatment": edition.treatment.slug,
                "number": edition.number,
                "sha256": hashlib.sha256(edition.document.encode()).hexdigest(),
                "is_sample": edition.is_sample,
                "note": edition.note,
                "published_by": edition.published_by and edition.published_by.username,
            }
            for edition in Edition.objects.order_by("pk")
        ]

        assert found == facts("editions", *found[0])
        digests = Edition.objects.order_by("pk").values_list("digest", flat=True)
        assert list(digests) == [row["sha256"] for row in FACTS["editions"]]

    def test_drafts_and_what_is_planned_for_them(self):
        found = [
            {
                "slug": treatment.slug,
                "name": treatment.name,
                "language": treatment.language,
                "publish_at": text_of(treatment.publish_at),
                "publish_by": treatment.publish_by and treatment.publish_by.username,
                "publish_note": treatment.publish_note,
                "withdrawn_at": text_of(treatment.withdrawn_at),
            }
            for treatment in Treatment.objects.order_by("pk")
        ]

        assert found == facts("treatments", *found[0])
        assert Benefit.objects.get(treatment__slug="light-peel").title == "A smoother feel, for weeks"

    def test_comments_and_their_answers(self):
        columns = ("name", "text", "email", "state", "answer")
        found = [
            {**{column: getattr(comment, column) for column in columns}, "treatment": comment.treatment.slug}
            for comment in Comment.objects.order_by("pk")
        ]

        told = facts("comments", *columns, "treatment")
        assert as_kept(found) == as_kept(told)
        for row in FACTS["comments"]:
            assert cleaning.name(row["name"]) in page_of(row["link"]).text
        page_of(FACTS["link_of_an_erased_comment"], status=404)

    def test_the_clinic_its_hours_its_closures_and_its_notices(self):
        clinic = Clinic.objects.current()
        columns = [column for column in FACTS["clinic"] if column != "opened_at"]
        hours = [[row.weekday, f"{row.opens:%H:%M}", f"{row.closes:%H:%M}"] for row in clinic.opening_hours.all()]
        closures = [[text_of(row.starts_at), text_of(row.ends_at), row.reason] for row in clinic.closures.all()]
        notices = [[row.kind, row.text[:60], text_of(row.added_at)] for row in Notice.objects.order_by("pk")]

        assert {column: getattr(clinic, column) for column in columns} == {
            column: FACTS["clinic"][column] for column in columns
        }
        assert text_of(clinic.opened_at) == FACTS["clinic"]["opened_at"]
        assert (hours, closures, notices) == (FACTS["opening_hours"], FACTS["closures"], FACTS["notices"])


@pytest.mark.usefixtures("opened")
class TestAfterAnUpgradeThePublic:
    def test_reads_the_newest_editions(self):
        newest = {row["treatment"]: row for row in FACTS["editions"] if row["treatment"] != "clay-mask"}
        assert newest.keys() == {"pico-laser", "light-peel"}

        for slug, row in newest.items():
            assert page_of(f"/treatments/{slug}/").title.get_text(" ", strip=True) == row["title"]
        page = page_of("/treatments/light-peel/").text
        assert "Some people see no change." in page
        assert "A smoother feel, for weeks" not in page

    def test_is_told_what_is_withdrawn_and_sees_no_draft(self):
        page_of("/treatments/clay-mask/", status=410)
        page_of("/treatments/krim-muka/", status=404)

    def test_sees_the_pictures(self):
        names = [name.removeprefix("media/pictures/") for name in FACTS["files"] if name.startswith("media/")]
        assert len(names) == 8

        for name in names:
            response = Client().get(f"/pictures/{name}")
            served = hashlib.sha256(response.getvalue()).hexdigest()
            assert served == FACTS["files"][f"media/pictures/{name}"]
        assert Client().get(f"/pictures/{FACTS['withdrawn_picture']}").status_code == 404

    def test_reads_the_comments_that_were_shown_and_no_others(self):
        page = page_of("/treatments/light-peel/comments/").text

        for row in FACTS["comments"]:
            if row["treatment"] == "light-peel":
                assert (row["text"].splitlines()[-1] in page) == (row["state"] == "shown"), row
        assert "A few hours for most people." in page


@pytest.mark.usefixtures("opened")
class TestAfterAnUpgradeStaff:
    """What people had to do stands under `by_hand` in the facts, also where the visit is over or was cancelled."""

    def test_have_their_accounts_roles_and_passwords(self):
        found = [
            {
                "name": account.username,
                "email": account.email,
                "is_owner": account.is_superuser,
                "role": account.groups.first() and account.groups.first().name,
            }
            for account in User.objects.filter(is_active=True, is_staff=True).order_by("pk")
        ]

        assert found == facts("accounts", *found[0])
        (aini,) = [row for row in FACTS["accounts"] if row["name"] == "aini"]
        assert User.objects.get(username="aini").check_password(aini["password"])

    def test_have_their_second_factors(self):
        for row in FACTS["accounts"]:
            apps = TOTPDevice.objects.filter(user__username=row["name"], confirmed=True)
            codes = StaticToken.objects.filter(device__user__username=row["name"]).order_by("pk")
            assert list(codes.values_list("token", flat=True)) == row["recovery_codes"]
            assert [app.key for app in apps] == ([row["app_key"]] if row["app_key"] else [])
            for app in apps:
                assert app.verify_token(str(TOTP(bytes.fromhex(row["app_key"])).token()))

    def test_who_were_signed_in_still_are(self):
        for name, key in FACTS["sessions"].items():
            client = Client()
            client.cookies[settings.SESSION_COOKIE_NAME] = key
            assert name in page_of("/admin/", client=client).find(id="user-tools").text

    def test_find_on_their_lists_whoever_waits_for_them(self):
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = FACTS["sessions"]["aini"]
        lists = " ".join(page_of(f"/admin/?list={name}", client=client).text for name in ("due", "today", "waiting"))
        waiting = [row["reference"] for row in FACTS["requests"] if row["on_a_list_of_the_desk"]]

        assert len(waiting) > 10
        assert [reference for reference in waiting if reference not in lists] == []


def moment_of(text):
    return text and datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def tasks_of(reference):
    return Task.objects.filter(request__reference=reference)


@pytest.mark.usefixtures("opened")
class TestAnUpgradeMakesTasks:
    """Of calls and looks that stood among the letters, of promises, and of letters that were not delivered."""

    def test_of_every_call_and_look_one(self):
        for row in FACTS["by_hand"]:
            number = sum(
                (other["reference"], other["kind"]) == (row["reference"], row["kind"]) for other in FACTS["by_hand"]
            )
            assert tasks_of(row["reference"]).filter(kind=row["kind"]).count() == number, row
        assert not Message.objects.filter(kind__in={row["kind"] for row in FACTS["by_hand"]}).exists()

    def test_that_are_to_do_done_or_needed_no_longer(self):
        states = {row["key"]: self.state_of(row) for row in FACTS["by_hand"]}

        assert set(states.values()) == {"open", "done", "lapsed"}
        for row in FACTS["by_hand"]:
            found = tasks_of(row["reference"]).filter(kind=row["kind"]).values_list("state", flat=True)
            assert states[row["key"]] in found, row

    def state_of(self, row):
        """What becomes of one: what is over or cancelled is needed no longer."""
        if row["state"] == "sent":
            return "done"
        is_ahead = row["visit_starts_at"] is not None and moment_of(row["visit_starts_at"]) > NOW
        return "open" if row["state"] == "queued" and is_ahead else "lapsed"

    def test_that_are_due_in_opening_time_and_not_after_the_visit(self):
        clinic = Clinic.objects.prefetched()
        found = list(Task.objects.open().select_related("request"))

        assert len(found) > 20
        for task in found:
            assert opening.next_open(clinic, task.due_at) == task.due_at, task.request.reference
            visit = task.request and task.request.held_visit()
            if visit and visit.start > NOW:
                assert task.due_at <= visit.start, task.request.reference

    @pytest.mark.parametrize(
        ("reference", "due"),
        [
            # Was due on the Sunday before a Monday at nine; the clinic is open on Saturdays.
            ("XGKU33", "2026-11-21T01:00:00Z"),
            ("WFARQ3", "2026-11-21T01:00:00Z"),
            # Was due in opening time on the day before, and stays.
            ("NEGTCK", "2026-11-23T01:30:00Z"),
        ],
    )
    def test_to_remind_that_fall_due_before_the_visit_on_an_open_day(self, reference, due):
        task = tasks_of(reference).get(kind="call-to-remind")

        visit = task.request.held_visit().start
        assert task.state == "open"
        assert task.due_at < visit
        assert task.due_at == moment_of(due)

    def test_of_a_visit_to_look_at_again_that_says_which(self):
        task = tasks_of("7DQXWV").get(kind="look-again")

        assert (task.state, task.payload["reason"]) == ("open", "hours")
        assert moment_of(task.payload["start"]) == task.request.held_visit().start
        assert tasks_of("UNQNQL").get(kind="look-again").state == "lapsed"

    def test_of_every_promise_at_the_same_moment(self, promised):
        clinic = Clinic.objects.prefetched()

        assert len(promised) > 5
        for reference, moment in promised.items():
            request = ConsultationRequest.objects.get(reference=reference)
            visit = request.held_visit()
            latest = visit.start if visit and visit.start > NOW else None
            due = opening.next_open(clinic, moment)
            assert request.open_promise() == (min(due, latest) if latest else due), reference

    def test_for_everyone_who_waits_for_an_answer(self):
        waiting = ConsultationRequest.objects.filter(state__in=("requested", "offered"), erased_at__isnull=True)

        assert len(waiting) > 8
        for request in waiting:
            assert request.tasks.open().filter(kind__in=("call", "confirm")).count() == 1, request.reference

    @pytest.mark.parametrize(("reference", "kind"), [("KUV4XX", "confirm"), ("PHATPL", "confirm"), ("A3LLUH", "call")])
    def test_of_a_time_to_confirm_what_can_still_be_done(self, reference, kind):
        assert [task.kind for task in tasks_of(reference).filter(state="open", kind__in=("call", "confirm"))] == [kind]

    def test_of_a_health_answer_that_nobody_has_looked_at(self):
        assert tasks_of("4G9Q7U").get(kind="health-answer").state == "open"

    def test_of_every_letter_that_was_not_delivered_and_is_still_true(self):
        failed = [row for row in FACTS["letters"] if row["state"] == "failed" and row.get("still_true")]

        assert len(failed) >= 2
        for row in failed:
            (task,) = Message.objects.get(key=row["key"]).tasks.all()
            assert (task.kind, task.state) == ("not-delivered", "open"), row

    def test_that_go_with_the_workers_first_round_where_there_is_no_reason_any_more(self):
        sweep(NOW)

        for row in FACTS["letters"]:
            if row["state"] == "failed" and row.get("still_true") is False:
                message = Message.objects.get(key=row["key"])
                assert not message.tasks.open().exists(), row

    def test_and_asks_nobody_again_whether_they_will_come(self):
        assert not ConsultationRequest.objects.active().filter(is_heard=False).exists()

    def test_and_lets_no_act_of_before_be_undone(self):
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = FACTS["sessions"]["aini"]
        moved = ConsultationRequest.objects.get(reference="XTRUE7")
        address = f"/admin/treatments/consultationrequest/{moved.pk}/"

        assert not moved.events.filter(before__isnull=False).exists()
        page_of(f"{address}change/", client=client)
        with pytest.raises(TooLate):
            undo(moved.events.last(), by=User.objects.get(username="aini"))

    def test_and_says_of_what_was_set_apart_that_its_time_was_not_kept(self):
        request = ConsultationRequest.objects.get(reference="ADVUWW")

        assert (request.wished_at, request.held_visit()) == (None, None)
        assert request.tasks.open().filter(kind="call").exists()


class TestAnUpgradedDatabase:
    def test_is_as_a_new_one(self, site, tmp_path, django_db_blocker):
        with django_db_blocker.unblock(), earlier_release.new_site(tmp_path) as new:
            new.manage("migrate --verbosity 0")
            with new.connected():
                schema, rights = earlier_release.schema(), earlier_release.rights()

            with site.connected():
                assert earlier_release.schema() == schema
                assert earlier_release.rights() == rights


@pytest.mark.prove
class TestGoingBackToTheEarlierRelease:
    def test_and_forth_again_loses_nothing(self, tmp_path, django_db_blocker):
        left = earlier_release.unpacked(tmp_path)
        before = keys(left)
        with django_db_blocker.unblock(), earlier_release.on_database_of_the_tests(left) as site:
            site.manage("prepare", f"migrate treatments {LAST_MIGRATION} --verbosity 0")
            with site.connected():
                assert lost(before) == {}
            site.manage("prepare")
            with site.connected():
                assert lost(before) == {}
                found = requests_now()
                assert as_kept(found) == as_kept(facts("requests", *found[0]))
