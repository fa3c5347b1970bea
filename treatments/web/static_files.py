"""Static files: how they are made, how long they stay, and how they are served.

Each file has a digest of its content in its name, so the files of a new build can stand beside those of the build
before. A page of the old build still finds its style sheet while the new build is already served.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.core.management import call_command
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from treatments.web.requests import GetResponse

IMPORT = re.compile(r'@import "([\w.-]+)";\n?')
#: The sheets that pages link; each is a list of imports, maybe with rules of its own.
SHEETS = ("css/site.css", "css/pages.css", "css/desk.css")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
#: A file's name with the digest of its content, as Django writes it.
HASHED = re.compile(r"(?P<stem>.+)\.[0-9a-f]{12}(?P<suffix>\.[^./]+)")
COMPRESSED = ("", ".gz", ".br")

#: The files to be made, as Django hands them on: by their names, where each one lies: the storage, and its name there.
Paths = dict[str, tuple[Storage, str]]


class JoinedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Joins style sheets: what a sheet imports is put in the place of its @import, and comments are left out."""

    #: Files without a digest are not made: another build could give such a name to another content.
    keep_only_hashed_files = True

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """As Django calls it after the files were copied; gives what Django gives, for each file."""
        if not dry_run:
            paths = self.joined(paths)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def joined(self, paths: Paths) -> Paths:
        """Write the joined sheets over the collected ones, delete the sheets they import, and return the new paths."""
        sheets = {name: self.text(name) for name in SHEETS}
        parts: set[str] = set()

        def imported(match: re.Match[str]) -> str:
            parts.add(f"css/{match[1]}")
            return self.text(f"css/{match[1]}")

        joined = {name: IMPORT.sub(imported, text) for name, text in sheets.items()}
        for name in {*sheets, *parts}:
            self.delete(name)
        for name, text in joined.items():
            lines = (line.strip() for line in COMMENT.sub("", text).splitlines())
            self._save(name, ContentFile("\n".join(line for line in lines if line).encode()))
        kept = {path: origin for path, origin in paths.items() if path not in parts}
        return kept | {name: (self, name) for name in sheets}

    def text(self, name: str) -> str:
        """The text of a collected file."""
        with self.open(name) as file:
            content: bytes = file.read()
        return content.decode()


def collect(root: Path) -> None:
    """Make the static files in this folder. Files of the build before stay; older ones are removed.

    The new files are made in a folder beside and moved in; their manifest, the list of their names, is moved last. So a
    process that starts meanwhile finds either build complete.
    """
    with tempfile.TemporaryDirectory(prefix=".making-", dir=root) as folder:
        command = CollectStatic()
        command.storage = JoinedStaticFilesStorage(location=folder)
        call_command(command, verbosity=0, interactive=False)
        manifest = JoinedStaticFilesStorage.manifest_name
        new, before = names_in(Path(folder, manifest)), names_in(root / manifest)
        # Before a file gets its name: after a power cut, a name must not stand for half the content.
        os.sync()
        for name in new - before:
            move(Path(folder, name), root / name)
        move(Path(folder, manifest), root / manifest)
    if before != new:
        remove_all_but(root, {manifest, *new, *before})


def names_in(manifest: Path) -> set[str]:
    """The files that a manifest lists and that are there, compressed ones included; none if there is no manifest."""
    if not manifest.is_file():
        return set()
    paths = json.loads(manifest.read_text(encoding="utf-8"))["paths"].values()
    files = {path + suffix for path in paths for suffix in COMPRESSED}
    return {name for name in files if (manifest.parent / name).is_file()}


def move(source: Path, target: Path) -> None:
    """Move a file, in one step for whoever reads, in place of any that stands there; folders are made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def remove_all_but(root: Path, names: Iterable[str]) -> None:
    """Remove every file under `root` but those of these names, and every folder that then has none."""
    needed = {root / name for name in names}
    needed |= {folder for file in needed for folder in file.parents}
    for path in [path for path in root.rglob("*") if path not in needed and path.parent in needed]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise has no types
    """Serves the static files of this build, and where it can those of other builds.

    While a new version is put on one machine after the other, a page from one machine may ask another for its sheet.
    Files that were made in this folder after the start are served too. Instead of a file of a build that this machine
    does not have, its own file of that name is sent, with no-store: an older or newer sheet is better than none.
    """

    get_response: GetResponse

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase | None
        if self.autorefresh or not request.path_info.startswith(self.static_prefix):
            response = super().__call__(request)
            return response
        file = self.files.get(request.path_info) or self.made_since(request.path_info)
        try:
            response = self.serve(file, request) if file else self.of_this_build(request)
            return response or self.get_response(request)
        except FileNotFoundError:
            # Two builds were made since this process started.
            return self.get_response(request)

    def made_since(self, url: str) -> StaticFile | None:
        """The file at this URL if a build has made it in this folder since the start, else None."""
        path = Path(self.static_root, url.removeprefix(self.static_prefix))
        if not HASHED.fullmatch(url) or not self.url_is_canonical(url) or not path.is_file():
            return None
        self.files[url] = self.get_static_file(str(path), url)
        return self.files[url]

    def of_this_build(self, request: HttpRequest) -> HttpResponseBase | None:
        """A response with this build's file for one of an unknown build; None if this build has no such file."""
        hashed = HASHED.fullmatch(request.path_info.removeprefix(self.static_prefix))
        file = hashed and self.files.get(self.get_static_url(hashed["stem"] + hashed["suffix"]))
        if not file:
            return None
        response: HttpResponseBase = self.serve(file, request)
        response.headers["Cache-Control"] = "no-store"
        return response
