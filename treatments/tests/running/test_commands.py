"""The commands do what they say, refuse with a sentence, and change nothing when they refuse."""

import datetime
import errno
import io
import os
import re
import threading
import tomllib
import unicodedata

import pytest
import tomli_w
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError

from treatments.consultation import links
from treatments.management.commands.work import Command
from treatments.models import PARTS, Clinic, Edition, Notice, OpeningHours, ReviewedStatement, Treatment
from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.running import sample
from treatments.tests.builders import (
    bundled_article,
    canonical_document,
    changed_since_review,
    full_disk,
    full_document,
    make_clinic,
    make_clinician,
    make_full_treatment,
    make_open_clinic,
    make_picture,
    make_request,
    make_treatment,
    picture_bytes,
    plain_document,
)
from treatments.tests.tables import one_in
from treatments.text import pictures


def run(name, *arguments, **options):
    """What the command prints."""
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def write_file(tmp_path):
    """Write plain data as a content file, with pictures beside it; return its path."""

    def write(data, name="peel.toml", **files):
        path = tmp_path / name
        path.write_text(tomli_w.dumps(data), encoding="utf-8")
        for file, content in files.items():
            (tmp_path / f"{file}.png").write_bytes(content)
        return path

    return write


def refusal(*arguments, **options):
    """The message with which an import is refused, after making sure that nothing was stored."""
    before = (list(Treatment.objects.values()), Edition.objects.count())
    with pytest.raises(CommandError) as refused:
        run("import_treatment", *arguments, **options)
    assert (list(Treatment.objects.values()), Edition.objects.count()) == before
    assert not default_storage.exists(pictures.FOLDER)
    return str(refused.value)


@pytest.mark.django_db
class TestImporting:
    def test_makes_a_draft_that_nobody_sees_yet(self, write_file):
        said = run("import_treatment", write_file(full_document()), "--confirmed-by", make_clinician().username)

        assert said == "The draft of “Light peel” is in place.\n"
        assert publishing.draft_of(Treatment.objects.get()) == canonical_document(full_document())
        assert not Edition.objects.exists()

    @pytest.mark.slow
    def test_may_publish_it_as_a_sample(self, write_file, client):
        said = run("import_treatment", write_file(full_document()), "--publish-sample")

        assert said.endswith("Edition 1 is public, as a sample.\n")
        assert Edition.objects.get().is_sample
        assert client.get("/treatments/light-peel/").status_code == 200

    def test_never_replaces_a_draft_unasked(self, write_file):
        make_treatment(name="What staff wrote")

        message = refusal(write_file(full_document()))

        assert message == (
            "There is already a draft of “light-peel”. Nothing was changed. "
            "Add --replace-draft to put the file in its place."
        )

    def test_replaces_a_draft_when_asked_and_keeps_its_editions(self, write_file):
        treatment = make_treatment(name="What staff wrote")
        publishing.publish_sample(treatment)

        clinician = make_clinician().username
        run("import_treatment", write_file(full_document()), "--replace-draft", "--confirmed-by", clinician)

        assert publishing.draft_of(Treatment.objects.get()) == canonical_document(full_document())
        assert Edition.objects.get().content()["name"] == "What staff wrote"

    @pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": False}, {"username": "other"}])
    def test_is_confirmed_by_nobody_but_an_active_clinician(self, write_file, change):
        get_user_model().objects.filter(pk=make_clinician().pk).update(**change)

        said = refusal(write_file(full_document()), "--confirmed-by", "lee")

        assert said == "“lee” is no active account of a clinician. Nothing was changed."

    def test_without_a_clinician_takes_what_only_clinicians_write_as_proposed_and_lists_it(self, write_file):
        review = {"reviewer": "Dr Lee", "review_date": "2026-01-10", "next_review_date": "2027-01-10"}

        said = run("import_treatment", write_file(full_document(**review)))

        document = publishing.draft_of(Treatment.objects.get())
        assert {row["basis"] for part in PARTS for row in document.get(part, []) if "basis" in row} == {
            "evidence",
            "proposed",
        }
        assert not {"reviewer", "review_date", "next_review_date", "waivers"} & set(document)
        assert not ReviewedStatement.objects.exists()
        assert said.splitlines()[1:] == [
            "No clinician stands for these (--confirmed-by):",
            "“Lasting” is not the clinic's own figure but proposed.",
            "“A face” is not the clinic's own figure but proposed.",
            "“What it costs” is not the clinic's own figure but proposed.",
            "“Stop retinoids.” is not the clinic's own figure but proposed.",
            "“Use sunscreen.” is not the clinic's own figure but proposed.",
            "“How long does it take?” is not the clinic's own figure but proposed.",
            "“It is not painless.” may not stand: its waiver is left out.",
            "The review by Dr Lee does not count.",
        ]

    def test_with_a_clinician_counts_as_her_review(self, write_file):
        review = {"reviewer": "Dr Lee", "review_date": "2026-01-10", "next_review_date": "2027-01-10"}

        run("import_treatment", write_file(full_document(**review)), "--confirmed-by", make_clinician().username)

        treatment = Treatment.objects.get()
        assert treatment.reviewer == "Dr Lee"
        assert list(changed_since_review(treatment)) == []

    def test_refuses_a_review_that_is_still_to_come(self, write_file):
        file = write_file(full_document(reviewer="Dr Lee", review_date="2126-01-10"))

        said = refusal(file, "--confirmed-by", make_clinician().username)

        assert said.endswith("review_date: is still to come; give the day on which it was reviewed")

    @pytest.mark.slow
    def test_keeps_what_the_draft_has_confirmed_word_for_word_and_its_review(self, write_file):
        review = {"reviewer": "Dr Lee", "review_date": "2026-01-10"}
        path = write_file(full_document(**review))
        run("import_treatment", path, "--confirmed-by", make_clinician().username)
        data = full_document(reviewer="Dr No", review_date="2026-05-05")
        data["aftercare"][0]["rule"] = "Use a little sunscreen."
        data["questions"][1]["note"] = "For staff."

        said = run("import_treatment", write_file(data), "--replace-draft")

        document = publishing.draft_of(Treatment.objects.get())
        assert [row["basis"] for row in (document["aftercare"][0], document["questions"][1])] == ["proposed", "clinic"]
        assert document["waivers"] == canonical_document(full_document())["waivers"]
        assert document["reviewer"] == "Dr Lee"
        assert said.splitlines()[2:] == [
            "“Use a little sunscreen.” is not the clinic's own figure but proposed.",
            "The review by Dr No does not count.",
        ]
        assert [name for _kind, name, _words in changed_since_review(Treatment.objects.get())] == [
            ("aftercare", "sunscreen")
        ]

    @pytest.mark.slow
    def test_again_makes_no_new_edition(self, write_file):
        path = write_file(full_document())
        run("import_treatment", path, "--publish-sample")

        run("import_treatment", path, "--publish-sample", "--replace-draft")

        assert Edition.objects.count() == 1

    def test_refuses_a_file_that_is_not_there(self, tmp_path):
        path = tmp_path / "missing.toml"

        assert refusal(path) == (
            f"1 problem; nothing was imported.\n{path}: cannot be read (No such file or directory); check the path"
        )

    def test_reads_a_file_of_a_windows_editor(self, write_file):
        path = write_file(full_document())
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

        run("import_treatment", str(path))

        assert Treatment.objects.get().slug == "light-peel"

    def test_refuses_a_folder(self, tmp_path):
        assert "cannot be read (Is a directory); check the path" in refusal(tmp_path)

    @pytest.mark.parametrize("content", ["Überblick".encode("latin-1"), "x = 'é'".encode("utf-16")])
    def test_refuses_what_is_not_utf_8(self, tmp_path, content):
        path = tmp_path / "peel.toml"
        path.write_bytes(content)

        assert refusal(path).endswith("is not UTF-8 text; save it as UTF-8")

    def test_refuses_what_is_not_toml_and_says_where(self, tmp_path):
        path = tmp_path / "peel.toml"
        path.write_text("format = 2\nname = peel\n")

        message = refusal(path)

        assert "peel.toml: is not TOML: " in message
        assert "line 2" in message

    @pytest.mark.parametrize("value", ["9" * 5000, "[" * 3000 + "]" * 3000])
    def test_refuses_a_value_without_measure(self, tmp_path, value):
        path = tmp_path / "peel.toml"
        path.write_text(f"format = 2\nname = {value}\n")

        assert refusal(path).endswith("brackets within brackets; take them out")

    @pytest.mark.parametrize("format", ["", "format = 3\n", 'format = "1"\n', "format = true\n"])
    def test_refuses_a_format_that_it_does_not_read(self, tmp_path, format):
        path = tmp_path / "peel.toml"
        path.write_text(f'{format}name = "Peel"\n')

        assert "write format = 2" in refusal(path)

    def test_lists_every_problem_and_writes_nothing(self, write_file):
        data = full_document(title="", colour="green")
        data["benefits"][0]["sources"] = ["R99"]
        data["photos"] = [{"picture": "missing.png", "alt": ""}]

        first, *problems = refusal(write_file(data), "--publish-sample").splitlines()

        assert first == "5 problems; nothing was imported."
        assert {problem.split(":")[0] for problem in problems} == {
            "colour",
            "title",
            "benefits[0].sources[0]",
            "photos[0].picture",
            "photos[0].alt",
        }

    def test_takes_the_pictures_beside_the_file(self, write_file):
        data = full_document(photos=[{"picture": "skin.png", "alt": "Skin", "width": 1, "height": 1}])

        run("import_treatment", write_file(data, skin=picture_bytes(size=(64, 48))))

        photo = Treatment.objects.get().photo_rows.get()
        assert pictures.is_there(photo.picture)
        assert (photo.width, photo.height) == (64, 48)

    @pytest.mark.parametrize(("typed", "there"), [("NFC", "NFD"), ("NFD", "NFC")])
    def test_takes_a_picture_whose_name_has_its_accents_written_otherwise(self, write_file, typed, there):
        name, file = (unicodedata.normalize(form, "sebelum é") for form in (typed, there))
        data = full_document(photos=[{"picture": f"{name}.png", "alt": "Skin"}])

        run("import_treatment", write_file(data, **{file: picture_bytes(size=(64, 48))}))

        assert pictures.is_there(Treatment.objects.get().photo_rows.get().picture)

    def test_for_whose_pictures_there_is_no_room_says_so(self, write_file, monkeypatch):
        data = full_document(photos=[{"picture": "skin.png", "alt": "Skin", "width": 1, "height": 1}])
        file = write_file(data, skin=picture_bytes(size=(64, 48)))
        monkeypatch.setattr(os, "fsync", full_disk)

        with pytest.raises(
            CommandError, match=r"could not be stored \(No space left on device\); nothing was imported"
        ):
            run("import_treatment", file)

        assert not Treatment.objects.exists()

    @pytest.mark.parametrize(
        "name", one_in(4, ["../skin.png", "folder/skin.png", "/etc/passwd", "..", ".", "skin.png/", ""])
    )
    def test_takes_no_picture_from_elsewhere(self, write_file, tmp_path, name):
        (tmp_path.parent / "skin.png").write_bytes(picture_bytes(size=(64, 48)))
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "skin.png").write_bytes(picture_bytes(size=(64, 48)))
        data = full_document(photos=[{"picture": name, "alt": "Skin"}])

        message = refusal(write_file(data, skin=picture_bytes(size=(64, 48))))

        assert f"photos[0].picture: “{name}” must be the name of a file beside the content file" in message

    @pytest.mark.parametrize("photo", [{"alt": "Skin"}, {"alt": "Skin", "picture": 5}])
    def test_asks_for_a_picture_that_is_not_named(self, write_file, photo):
        assert refusal(write_file(full_document(photos=[photo]))).splitlines()[1:] == [
            'photos[0].picture: Name a file beside the content file, such as picture = "arm.jpg".'
        ]

    def test_refuses_a_picture_that_is_not_there(self, write_file):
        data = full_document(photos=[{"picture": "skin.png", "alt": "Skin"}])

        assert "photos[0].picture: “skin.png” is not beside the content file; put it there." in refusal(
            write_file(data)
        )

    def test_names_a_picture_that_is_there_in_other_letters(self, write_file):
        data = full_document(photos=[{"picture": "Skin.PNG", "alt": "Skin"}])

        message = refusal(write_file(data, skin=picture_bytes(size=(64, 48))))

        assert "“Skin.PNG” is not beside the content file; “skin.png” is, so write its name like that." in message

    def test_names_a_picture_that_cannot_be_read(self, write_file, tmp_path):
        (tmp_path / "skin.png").mkdir()
        path = write_file(full_document(photos=[{"picture": "skin.png", "alt": "Skin"}]))

        assert "“skin.png” beside the content file cannot be read; make it a file that this user may read." in refusal(
            path
        )

    def test_refuses_a_picture_that_is_none(self, write_file):
        data = full_document(photos=[{"picture": "skin.png", "alt": "Skin"}])

        message = refusal(write_file(data, skin=b"%!PS-Adobe"))

        assert "photos[0].picture: This is not a whole JPEG, PNG, WebP or AVIF picture." in message

    def test_refuses_photos_that_are_no_list_of_tables(self, write_file):
        assert "photos: must be a list of tables" in refusal(write_file({**full_document(), "photos": "skin.png"}))


@pytest.mark.slow
@pytest.mark.django_db
class TestExporting:
    def test_prints_the_draft_as_a_content_file(self):
        make_full_treatment()

        data = tomllib.loads(run("export_treatment", "light-peel"))

        assert canonical_document(data) == canonical_document(full_document())

    def test_writes_the_file_and_its_pictures_into_a_folder(self, tmp_path):
        picture = make_picture(size=(64, 48))
        make_full_treatment(photos=[{"picture": picture.name, "width": 64, "height": 48, "alt": "Skin"}])
        folder = tmp_path / "new" / "folder"

        said = run("export_treatment", "light-peel", "--to", str(folder))

        assert said == f"Written: {folder / 'light-peel.toml'}\n"
        assert sorted(path.name for path in folder.iterdir()) == sorted(["light-peel.toml", picture.name])

    def test_of_an_unknown_treatment_names_those_that_there_are(self):
        make_treatment()
        make_treatment(slug="other")

        with pytest.raises(CommandError) as refused:
            run("export_treatment", "peeling")

        assert str(refused.value).startswith("There is no treatment “peeling”. The treatments are: ")
        assert {"light-peel", "other"} == set(str(refused.value).rstrip(".").rpartition(": ")[2].split(", "))

    def test_of_an_unknown_treatment_says_that_there_is_none_yet(self):
        with pytest.raises(CommandError, match="The treatments are: none yet."):
            run("export_treatment", "peeling")

    def test_names_the_picture_that_was_withdrawn_and_writes_nothing(self, tmp_path):
        picture = make_picture(size=(64, 48))
        make_full_treatment(photos=[{"picture": picture.name, "width": 64, "height": 48, "alt": "Skin"}])
        pictures.withdraw(picture.name)
        with pytest.raises(CommandError) as refused:
            call_command("export_treatment", "light-peel", "--to", str(tmp_path / "out"))

        assert picture.name in str(refused.value)
        assert not (tmp_path / "out").exists()

    def test_says_that_a_folder_cannot_be_written(self, tmp_path):
        make_full_treatment()
        (tmp_path / "file").write_text("")

        with pytest.raises(CommandError, match=r"cannot be written \(.+\); choose another folder"):
            run("export_treatment", "light-peel", "--to", str(tmp_path / "file" / "folder"))

    def test_and_importing_and_exporting_again_changes_no_byte(self, tmp_path, write_file):
        data = full_document(photos=[{"picture": "skin.png", "alt": "Skin", "caption": "In June"}])
        run("import_treatment", write_file(data, skin=picture_bytes(size=(64, 48))), "--publish-sample")
        run("export_treatment", "light-peel", "--to", str(tmp_path / "once"))

        said = run("import_treatment", tmp_path / "once" / "light-peel.toml", "--replace-draft", "--publish-sample")
        run("export_treatment", "light-peel", "--to", str(tmp_path / "twice"))

        once, twice = (
            {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in ("once", "twice")
        )
        assert once == twice
        assert len(once) == 2
        assert Edition.objects.count() == 1
        assert "Edition 1 is public" in said

    def test_of_the_bundled_article_gives_the_same_article(self, tmp_path):
        document = bundled_article()
        documents.write(document)

        data = tomllib.loads(run("export_treatment", "pico-laser"))

        assert documents.canonical(canonical_document(data)) == documents.canonical(document)


@pytest.mark.django_db
class TestACommand:
    @pytest.mark.parametrize("error", [OperationalError("database is locked"), OSError(errno.ENOSPC, "No space left")])
    def test_to_which_the_database_is_lost_ends_with_a_sentence(self, monkeypatch, error):
        def fail(*arguments):
            raise error

        monkeypatch.setattr("treatments.management.commands.staff.give_account", fail)

        with pytest.raises(CommandError, match="The database or the disk is away .* Try again."):
            run("staff")

    @pytest.mark.parametrize(
        "arguments", [["export_treatment", "\udcff"], ["import_treatment", "a.toml", "--confirmed-by", "\udcff"]]
    )
    def test_asks_nothing_of_the_database_that_is_not_utf_8(self, arguments):
        with pytest.raises(CommandError, match="is not UTF-8"):
            run(*arguments)


def account(name):
    return get_user_model().objects.get(username=name)


@pytest.mark.django_db
class TestTheStaffCommand:
    def password(self, *arguments):
        said = run("staff", *arguments)
        (password,) = re.findall(r"with the password (\S+)", said)
        assert said.count(password) == 1
        assert "The password is shown only now." in said
        return password

    def test_makes_an_account_that_may_do_everything(self):
        password = self.password("anna")

        anna = account("anna")
        assert (anna.is_staff, anna.is_superuser, anna.is_active) == (True, True, True)
        assert anna.check_password(password)

    def test_calls_it_staff_if_no_name_is_given(self):
        password = self.password()

        assert account("staff").check_password(password)

    def test_gives_an_account_that_is_there_a_new_password(self):
        old = self.password("anna")
        get_user_model().objects.update(is_active=False)

        new = self.password("anna")

        assert new != old
        assert account("anna").check_password(new)
        assert not account("anna").check_password(old)
        assert get_user_model().objects.count() == 1

    def test_gives_an_account_that_is_there_no_more_rights(self):
        self.password("anna")
        get_user_model().objects.update(is_superuser=False)

        self.password("anna")

        assert not account("anna").is_superuser

    def test_stores_no_password_in_clear(self):
        password = self.password("anna")

        row = get_user_model().objects.filter(username="anna").values().get()

        assert password not in str(row)
        assert password.replace("-", "") not in str(row)

    def test_makes_passwords_that_nobody_guesses(self):
        password = self.password("anna")

        assert re.fullmatch(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", password)
        assert not set(password) & set("ilo01")

    @pytest.mark.parametrize("name", ["two words", "", "x" * 151, "a/b"])
    def test_refuses_what_cannot_be_a_name(self, name):
        with pytest.raises(CommandError, match="cannot be a name"):
            run("staff", name)

        assert not get_user_model().objects.exists()


@pytest.fixture
def small_forms(monkeypatch):
    """Make the bundled picture's forms small, because large ones take seconds."""
    monkeypatch.setattr(pictures, "LONGEST", 60)
    monkeypatch.setattr(pictures, "WIDTHS", (60,))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("small_forms")
class TestTheSample:
    def test_shows_a_whole_site(self, client):
        added = sample.bring()

        assert len(added) == 5
        for path in ("/", "/treatments/", "/treatments/pico-laser/", "/privacy/", "/accessibility/", "/consultation/"):
            assert client.get(path).status_code == 200
        assert Edition.objects.get().is_sample
        assert pictures.is_there(Treatment.objects.get().photo_rows.get().picture)

    def test_brings_hours_that_are_marked_as_a_demonstration(self):
        sample.bring()

        assert Clinic.objects.current().shows_demonstration_hours
        assert Clinic.objects.current().opening_hours.by_day() == [("Monday to Friday", "9:00 – 17:00")]

    def test_invents_nothing_about_the_clinic(self):
        sample.bring()

        clinic = Clinic.objects.current()
        assert clinic.name == "Nexus Clinic"
        unknown = ("phone", "out_of_hours_phone", "emergency_number", "email", "address", "access", "device")
        assert {getattr(clinic, name) for name in unknown} == {""}

    def test_brought_again_adds_nothing_and_keeps_what_staff_changed(self):
        sample.bring()
        make_clinic(name="Our clinic")
        OpeningHours.objects.all().delete()
        Treatment.objects.update(title="Our title")
        Notice.objects.create(kind="privacy", text="Our words.")

        assert sample.bring() == []

        assert Clinic.objects.get().name == "Our clinic"
        assert not OpeningHours.objects.exists()
        assert Treatment.objects.get().title == "Our title"
        assert Notice.objects.newest("privacy").text == "Our words."
        assert Notice.objects.count() == 4
        assert Edition.objects.count() == 1

    def test_brings_a_new_wording_of_its_own_notices_as_a_new_row(self):
        old = Notice.objects.create(kind="privacy", text="What we said before.", is_bundled=True)
        make_treatment()

        assert "the privacy notice" in sample.bring()

        assert Notice.objects.newest("privacy").is_bundled
        assert Notice.objects.newest("privacy") != old
        assert Notice.objects.get(pk=old.pk).text == "What we said before."

    def test_adds_only_what_is_missing(self):
        make_clinic(name="Our clinic")
        make_treatment()
        Notice.objects.create(kind="privacy", text="Our words.")

        added = sample.bring()

        assert added == ["the accessibility notice", "the consent notice"]
        assert Treatment.objects.get().slug == "light-peel"
        assert Clinic.objects.get().name == "Our clinic"

    def test_comes_with_the_prepare_command_which_tells_what_it_did(self):
        first = run("prepare")
        second = run("prepare")

        assert "Added the Pico laser article, as a sample." in first
        assert "Added the clinic with demonstration hours." in first
        assert second == ""


@pytest.mark.django_db
class TestTheWorkCommand:
    @pytest.fixture(autouse=True)
    def _monday_morning(self, time_machine):
        time_machine.move_to("2026-06-01T00:00Z", tick=False)
        make_open_clinic(email="desk@example.org")

    def test_sends_what_is_due_and_says_how_much(self):
        make_request()

        assert run("work", once=True) == "Published: 0. Sent: 2\n"
        assert run("work", once=True) == "Published: 0. Sent: 0\n"

    @pytest.mark.parametrize("error", [OperationalError, InterfaceError, OSError(errno.ENOSPC, "No space left")])
    def test_goes_on_when_the_database_or_the_disk_was_away(self, monkeypatch, error):
        command, rounds = Command(stderr=io.StringIO()), []
        command.stopping = threading.Event()

        def work():
            rounds.append(1)
            if len(rounds) == 1:
                raise error
            command.stopping.set()

        monkeypatch.setattr("treatments.management.commands.work.PAUSE", 0)

        command.rounds(work)

        assert len(rounds) == 2
        assert command.stderr.getvalue() != ""

    def test_ends_when_it_finds_a_mistake_of_its_own(self):
        command = Command(stderr=io.StringIO())
        command.stopping = threading.Event()

        def work():
            raise OSError(errno.EBADF, "Bad file descriptor")

        with pytest.raises(OSError, match="Bad file"):
            command.rounds(work)

        assert command.stopping.is_set()

    def test_answers_who_asked_for_a_link_in_the_same_round(self):
        request = make_request()
        run("work", once=True)
        links.ask("aisha@example.org")

        run("work", once=True)

        assert request.letter_link() in mail.outbox[-1].body

    def test_lets_tasks_lapse_whose_reason_is_gone(self, time_machine):
        request = make_request(datetime.datetime(2026, 6, 5, 2, tzinfo=datetime.UTC), email="", phone="+60123456789")
        assert request.tasks.open().count() == 2
        time_machine.move_to("2026-06-05T02:00Z", tick=False)

        run("work", once=True)

        assert not request.tasks.open().exists()


@pytest.mark.django_db
def test_a_content_file_written_by_hand_is_read_with_keys_in_any_order(write_file):
    data = dict(reversed(plain_document().items()))

    run("import_treatment", write_file(data))

    assert publishing.draft_of(Treatment.objects.get()) == canonical_document(plain_document())
