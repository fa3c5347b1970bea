"""A published page becomes a file that is never old: written before a change and taken away by it, or not at all."""

import datetime
import gzip
import shutil
import stat

import brotli
import pytest
from django.db import OperationalError, transaction

from clinic_site.page_files import QUARTER, PageFiles, modified_at, page_files, quarter_of
from treatments.models import Clinic
from treatments.models.clinic import ClinicQuerySet
from treatments.publication import publishing
from treatments.tests.builders import make_clinic, make_edition_of, plain_document
from treatments.web import build as builds
from treatments.web import pages
from treatments.web.filling import Filling

PATH = "/treatments/light-peel/"
PATHS = ["/", "/treatments/", PATH, f"{PATH}care/", f"{PATH}sources/"]
#: A quarter of an hour before midnight in Kuala Lumpur.
EVENING = datetime.datetime(2026, 7, 10, 15, 45, tzinfo=datetime.UTC)
MIDNIGHT = EVENING + QUARTER


@pytest.fixture
def treatment(written, time_machine):
    time_machine.move_to(EVENING)
    make_clinic()
    return make_edition_of(plain_document())


def broken(error):
    """A function that fails with this error."""

    def fail(*arguments):
        raise error

    return fail


def key_of(client, path=PATH):
    return client.get(path).headers["ETag"].removeprefix('W/"').rstrip('"')


def everything_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("treatment")
class TestAPageThatWasRead:
    @pytest.mark.parametrize("path", PATHS)
    def test_becomes_a_file_in_every_encoding(self, client, written, path):
        page = client.get(path).content

        assert written(path) == page
        assert brotli.decompress(written(path, "index.html.br")) == page
        assert gzip.decompress(written(path, "index.html.gz")) == page

    def test_becomes_a_file_of_the_smallest_that_brotli_can(self, client, written):
        client.get(PATH)

        _headers, body = pages.store.get(key_of(client))["br"]
        assert written(PATH, "index.html.br") == body

    def test_can_be_read_by_the_proxy_whatever_the_mask_of_the_process(self, client):
        client.get(PATH)

        rights = {stat.S_IMODE(path.stat().st_mode) for path in [page_files().live, *page_files().live.rglob("*")]}
        assert rights == {0o755, 0o644}

    def test_has_a_time_that_belongs_to_its_state(self, client):
        client.get(PATH)

        times = {path.stat().st_mtime for path in page_files().live.rglob("index.html*")}
        assert times == {modified_at(key_of(client))}

    def test_leaves_nothing_else_behind(self, client):
        client.get(PATH)

        names = [name.rpartition("/")[2] for name in everything_in(page_files().folder)]
        assert names == ["build", "index.html", "index.html.br", "index.html.gz"]

    def test_becomes_none_with_every_fold_open(self, client, written):
        assert client.get(f"{PATH}?open=all").status_code == 200
        assert written(PATH) is None

        page = client.get(f"{PATH}?from=elsewhere").content
        assert written(PATH) == page

    @pytest.mark.parametrize("path", ["/consultation/", f"{PATH}comments/", "/sitemap.xml", "/treatments/no-such/"])
    def test_becomes_none_if_it_is_not_published(self, client, written, path):
        client.get(path)

        assert not page_files().live.exists()

    def test_is_written_again_if_only_browsers_ask_that_know_it(self, client, written, time_machine):
        tag = client.get(PATH).headers["ETag"]
        time_machine.shift(QUARTER)

        assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
        assert written(PATH)

    def test_becomes_none_where_the_site_has_no_folder(self, client, settings):
        settings.PAGES_DIR = None

        assert client.get(PATH).status_code == 200
        assert Clinic.objects.touch() == 1

    @pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OperationalError("database is locked")])
    def test_is_answered_if_it_cannot_be_written_which_is_said_once(self, client, monkeypatch, caplog, error):
        monkeypatch.setattr(PageFiles, "move_in", broken(error))

        assert [client.get(path).status_code for path in PATHS] == [200] * len(PATHS)
        assert len(caplog.records) == 1
        assert not list(page_files().folder.glob("new-*"))


class TestAPageThatChanges:
    def test_has_no_file_as_soon_as_the_change_is_done(self, client, written, treatment):
        client.get(PATH)
        client.get("/")

        publishing.publish_sample(treatment, note="Nothing is new.")
        assert written(PATH)
        treatment.__class__.objects.update(title="After")
        publishing.publish_sample(treatment)

        assert [written(path) for path in PATHS] == [None] * len(PATHS)

    def test_is_not_written_as_it_was_before(self, client, written, treatment, monkeypatch):
        waiting = []
        monkeypatch.setattr(pages.store, "later", lambda *call: waiting.append(call))
        client.get(PATH)
        publishing.withdraw(treatment)

        for call, *arguments in waiting:
            call(*arguments)

        assert waiting
        assert written(PATH) is None

    def test_has_another_time_although_both_are_of_one_second(self, client, treatment, time_machine):
        time_machine.move_to(EVENING, tick=False)
        times = set()
        for title in ("One", "Two", "Three"):
            treatment.__class__.objects.update(title=title)
            publishing.publish_sample(treatment)
            client.get(PATH)
            times |= {path.stat().st_mtime for path in page_files().live.rglob("index.html")}

        assert len(times) == 3

    def test_does_not_change_if_its_file_cannot_be_taken_away(self, client, written, treatment, monkeypatch):
        page, before = client.get(PATH).content, treatment.editions.count()
        treatment.__class__.objects.update(title="After")
        with monkeypatch.context() as patch:
            patch.setattr(PageFiles, "take_away", broken(PermissionError(13, "denied")))
            with pytest.raises(PermissionError):
                publishing.publish_sample(treatment)

        assert treatment.editions.count() == before
        assert written(PATH) == client.get(PATH).content == page

    def test_does_not_change_if_the_folder_is_not_the_one_of_the_start(self, treatment):
        before = treatment.editions.count()
        page_files().builds.unlink()
        treatment.__class__.objects.update(title="After")

        with pytest.raises(FileNotFoundError):
            publishing.publish_sample(treatment)

        assert treatment.editions.count() == before

    def test_changes_where_no_site_was_started_yet(self, treatment):
        """As when a backup is restored on a machine of its own."""
        shutil.rmtree(page_files().folder)

        publishing.withdraw(treatment)

        assert not page_files().folder.exists()

    def test_takes_with_it_what_a_process_writes_that_stood_still(self, client, written, treatment, monkeypatch):
        is_current = Filling.is_current

        def then_it_stands_still(*arguments):
            """As if it had lost the row's lock meanwhile, because PostgreSQL ended its transaction."""
            answer = is_current(*arguments)
            monkeypatch.setattr(Filling, "is_current", is_current)
            treatment.__class__.objects.update(title="After")
            publishing.publish_sample(treatment)
            others.append(client.get(PATH).content)
            return answer

        others: list[bytes] = []
        monkeypatch.setattr(Filling, "is_current", then_it_stands_still)
        before = client.get(PATH).content

        assert written(PATH) == others[0] != before

    def test_is_written_again_if_the_change_was_broken_off(self, client, written, treatment, time_machine):
        page = client.get(PATH).content
        with transaction.atomic():
            publishing.withdraw(treatment)
            transaction.set_rollback(True)
        assert written(PATH) is None

        time_machine.shift(datetime.timedelta(minutes=1))
        client.get(PATH)

        assert written(PATH) == page

    @pytest.mark.usefixtures("treatment")
    def test_leaves_nothing_behind(self, client, django_capture_on_commit_callbacks):
        client.get(PATH)

        with django_capture_on_commit_callbacks(execute=True):
            Clinic.objects.touch()

        assert everything_in(page_files().folder) == ["build"]


class TestMidnightAtTheClinic:
    @pytest.fixture(autouse=True)
    def _review_of_today(self, written, time_machine):
        time_machine.move_to(MIDNIGHT - datetime.timedelta(seconds=1), tick=False)
        make_clinic()
        review = {"reviewer": "Dr Lee", "review_date": "2026-01-10", "next_review_date": "2026-07-10"}
        make_edition_of(plain_document(**review))

    def test_ends_the_file_of_a_page_whose_review_runs_out(self, client, written, time_machine):
        before = client.get(PATH).content
        assert written(PATH) == before

        time_machine.move_to(MIDNIGHT, tick=False)

        assert written(PATH) is None
        after = client.get(PATH).content
        assert written(PATH) == after != before

    def test_lets_no_page_of_before_into_a_file_of_after(self, client, written, time_machine, monkeypatch):
        locked = ClinicQuerySet.locked

        def locked_after_midnight(rows):
            time_machine.move_to(MIDNIGHT, tick=False)
            return locked(rows)

        monkeypatch.setattr(ClinicQuerySet, "locked", locked_after_midnight)
        client.get(PATH)

        assert not list(page_files().live.rglob("index.html"))

    def test_leaves_no_file_of_a_quarter_that_is_over(self, client, time_machine):
        client.get(PATH)
        time_machine.shift(QUARTER)
        client.get(PATH)

        assert len(list(page_files().live.rglob("index.html"))) == 1

    @pytest.mark.parametrize("zone", ["Asia/Kuala_Lumpur", "Asia/Kathmandu", "Australia/Eucla", "America/St_Johns"])
    def test_begins_a_quarter_of_an_hour_in_every_zone(self, zone):
        clinic = Clinic(time_zone=zone)
        midnight = datetime.datetime(2026, 7, 11, tzinfo=clinic.zone)

        assert quarter_of(midnight) != quarter_of(midnight - datetime.timedelta(microseconds=1))


class TestASiteThatIsNotOpen:
    def test_has_no_files_until_it_is_opened_and_none_when_it_is_closed(self, client, written, treatment, settings):
        settings.IS_DEMONSTRATION = False
        for path in PATHS:
            client.get(path)
        assert not page_files().live.exists()

        Clinic.objects.open_since(EVENING)
        read = {path: client.get(path).content for path in PATHS}
        assert {path: written(path) for path in PATHS} == read

        Clinic.objects.open_since(None)
        for path in PATHS:
            client.get(path)
        assert not page_files().live.exists()


class TestAnotherBuild:
    @pytest.mark.usefixtures("treatment")
    def test_writes_no_file_beside_the_one_that_was_started_last(self, client, written):
        page_files().claim("the next")

        client.get(PATH)

        assert written(PATH) is None

    @pytest.mark.usefixtures("treatment")
    def test_begins_without_files(self, client, written):
        client.get(PATH)
        (page_files().folder / "new-broken-off").mkdir()
        (page_files().folder / "old-broken-off").mkdir()

        page_files().claim(builds.build())

        assert everything_in(page_files().folder) == ["build"]
        assert [path.name for path in page_files().folder.iterdir()] == ["build"]

    @pytest.mark.parametrize("name", ["SITE_URL", "LANGUAGE_CODE", "HSTS_INCLUDE_SUBDOMAINS", "HSTS_PRELOAD"])
    def test_is_what_another_setting_makes(self, settings, name):
        before = builds.build.__wrapped__()
        setattr(settings, name, "another")

        assert builds.build.__wrapped__() != before
