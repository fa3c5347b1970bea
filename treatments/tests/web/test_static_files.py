"""A page finds the files of its build while another build takes its place."""

import os

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse

from treatments.tests.tables import one_in
from treatments.web.static_files import StaticFiles, collect


class Machine:
    """Where static files are made and served: its sources, which change from build to build, and its root."""

    def __init__(self, folder):
        self.sources, self.root = folder / "sources", folder / "root"
        (self.sources / "css").mkdir(parents=True)
        for other in ("pages", "desk"):
            (self.sources / "css" / f"{other}.css").write_text("p { margin: 0 }")
        self.root.mkdir()

    def build(self, colour):
        """Make the files with a sheet of this colour, and return the sheet's address."""
        (self.sources / "css" / "site.css").write_text(f"p {{ color: {colour} }}\n" * 40)
        before = set(self.sheets())
        collect(self.root)
        (new,) = set(self.sheets()) - before
        return f"/static/{new}"

    def sheets(self):
        return [str(path.relative_to(self.root)) for path in self.root.rglob("site.*.css")]

    def files(self):
        return {path.relative_to(self.root): path.stat().st_mtime_ns for path in self.root.rglob("*")}

    def start(self):
        """A process that serves them from now on."""
        staticfiles_storage._setup()  # type: ignore[attr-defined]  # A lazy object, which is made anew.
        return StaticFiles(lambda request: HttpResponse("Not found", status=404))


@pytest.fixture
def machine(tmp_path, settings):
    machine = Machine(tmp_path)
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [machine.sources]
    settings.STATIC_ROOT = machine.root
    settings.STORAGES = {"staticfiles": {"BACKEND": "treatments.web.static_files.JoinedStaticFilesStorage"}}
    settings.WHITENOISE_AUTOREFRESH = False
    return machine


@pytest.fixture
def get(rf):
    """Ask a process for an address; gives the answer, its body as text."""

    def ask(process, address, **headers):
        response = process(rf.get(address, headers=headers))
        response.text_sent = b"".join(response).decode()
        if response.streaming:
            response.file_to_stream.close()
        return response

    return ask


class TestABuild:
    def test_names_every_file_by_its_content(self, machine):
        machine.build("red")

        assert {path.name for path in (machine.root / "css").iterdir()}.isdisjoint({"site.css", "desk.css"})
        assert len(machine.sheets()) == 1

    def test_leaves_the_files_of_the_one_before_and_none_that_are_older(self, machine):
        built = [machine.build(colour).removeprefix("/static/") for colour in ("red", "green", "blue")]

        assert sorted(machine.sheets()) == sorted(built[1:])
        assert not list(machine.root.rglob("*" + built[0].split(".")[1] + "*"))

    def test_of_the_same_sources_changes_nothing(self, machine):
        machine.build("red")
        machine.build("green")
        before = set(machine.files())

        collect(machine.root)

        assert set(machine.files()) == before

    def test_that_fails_leaves_everything_as_it_was(self, machine, monkeypatch):
        machine.build("red")
        machine.build("green")
        before = {path: time for path, time in machine.files().items() if path.suffix}
        monkeypatch.setattr(os, "sync", lambda: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            machine.build("blue")

        assert {path: time for path, time in machine.files().items() if path.suffix} == before

    def test_clears_away_what_a_killed_one_left(self, machine):
        (machine.root / ".making-x" / "css").mkdir(parents=True)
        (machine.root / ".making-x" / "css" / "site.css").write_text("p {")

        machine.build("red")

        assert not (machine.root / ".making-x").exists()


class TestAServer:
    def test_sends_files_to_keep_for_good_and_to_no_other_site(self, machine, get):
        sheet = machine.build("red")

        response = get(machine.start(), sheet, origin="https://elsewhere.example")

        assert "color: red" in response.text_sent
        assert "immutable" in response.headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in response.headers

    def test_goes_on_with_its_own_files_while_others_are_made(self, machine, get):
        old = machine.build("red")
        process = machine.start()
        machine.build("green")

        assert staticfiles_storage.url("css/site.css") == old
        assert "color: red" in get(process, old).text_sent

    def test_sends_what_was_made_since_its_start(self, machine, get):
        machine.build("red")
        process = machine.start()
        new = machine.build("green")

        assert "color: green" in get(process, new).text_sent

    def test_sends_what_the_build_before_its_own_left(self, machine, get):
        old = machine.build("red")
        machine.build("green")

        assert "color: red" in get(machine.start(), old).text_sent

    def test_sends_its_own_sheet_to_a_page_of_an_unknown_build_for_this_once(self, machine, get):
        machine.build("red")

        response = get(machine.start(), "/static/css/site.0123456789ab.css")

        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
        assert "color: red" in response.text_sent

    def test_says_404_for_its_own_sheet_once_two_builds_were_made(self, machine, get):
        old = machine.build("red")
        process = machine.start()
        machine.build("green")
        machine.build("blue")

        assert get(process, old).status_code == 404

    @pytest.mark.parametrize(
        "path",
        one_in(
            4,
            [
                *("css", "css/", "css/site.css", "css/no-such.0123456789ab.css", ""),
                *("../secret.0123456789ab.txt", "css/../../secret.0123456789ab.txt", "css//site.0123456789ab.css"),
                *("/etc/passwd.0123456789ab.x", "css/\\site.0123456789ab.css", "css/site.0123456789ab.css\0"),
            ],
        ),
    )
    def test_has_nothing_else(self, machine, get, path):
        machine.build("red")
        (machine.root.parent / "secret.0123456789ab.txt").write_text("secret")

        assert get(machine.start(), f"/static/{path}").status_code == 404
