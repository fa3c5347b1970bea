"""Static files: how they are made, how long they stay, and how they are served.

Each is named by its content, so a build adds its files beside those of the build before: whoever has a page of one
build finds the sheet that belongs to it while the other is already served.
"""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.files.base import ContentFile
from django.core.management import call_command
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'@import "([\w.-]+)";\n?')
#: The sheets that pages link; each is a list of imports, maybe with rules of its own.
SHEETS = ("css/site.css", "css/desk.css")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
#: A file's name with the digest of its content, as Django writes it.
HASHED = re.compile(r"(?P<stem>.+)\.[0-9a-f]{12}(?P<suffix>\.[^./]+)")
COMPRESSED = ("", ".gz", ".br")


class JoinedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Puts the style sheets that others import in the place of the imports, without comments."""

    #: No file is there under a name that another build could give to another content.
    keep_only_hashed_files = True

    def post_process(self, paths, dry_run=False, **options):
        if not dry_run:
            paths = self.joined(paths)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def joined(self, paths):
        """Put joined sheets in the place of the collected ones; the sheets that went into them are no longer served."""
        sheets = {name: self.text(name) for name in SHEETS}
        parts = set()

        def imported(match):
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

    def text(self, name):
        with self.open(name) as file:
            return file.read().decode()


def collect(root):
    """Make the static files in this folder. Those of the build before stay, what is older goes.

    The new ones are made beside and moved in, the list of their names (the manifest) last: a process that starts
    meanwhile finds the files of the one build or of the other, all of them.
    """
    with tempfile.TemporaryDirectory(prefix=".making-", dir=root) as folder:
        command = CollectStatic()
        command.storage = JoinedStaticFilesStorage(location=folder)
        call_command(command, verbosity=0, interactive=False)
        manifest = JoinedStaticFilesStorage.manifest_name
        new, before = names_in(Path(folder, manifest)), names_in(root / manifest)
        # A name vouches for its content, also after a power cut.
        os.sync()
        for name in new - before:
            move(Path(folder, name), root / name)
        move(Path(folder, manifest), root / manifest)
    if before != new:
        remove_all_but(root, {manifest, *new, *before})


def names_in(manifest):
    """The files that a manifest lists, compressed forms included; none if there is no manifest."""
    if not manifest.is_file():
        return set()
    paths = json.loads(manifest.read_text(encoding="utf-8"))["paths"].values()
    files = {path + suffix for path in paths for suffix in COMPRESSED}
    return {name for name in files if (manifest.parent / name).is_file()}


def move(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def remove_all_but(root, names):
    """Remove every file and folder under `root` that none of the names needs."""
    needed = {root / name for name in names}
    needed |= {folder for file in needed for folder in file.parents}
    for path in [path for path in root.rglob("*") if path not in needed and path.parent in needed]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


class StaticFiles(WhiteNoiseMiddleware):
    """Serves the files that are there at the start, and as far as it can those that pages of another build name.

    While a new version is put on one machine after the other, a page of one may ask another for its sheet. What was
    made in this folder since the start is served as well. For a file of a build that this machine does not have, the
    present one is sent, not to be stored: an older or newer sheet is better than none.
    """

    def __call__(self, request):
        if self.autorefresh or not request.path_info.startswith(self.static_prefix):
            return super().__call__(request)
        file = self.files.get(request.path_info) or self.made_since(request.path_info)
        try:
            if file:
                return self.serve(file, request)
            return self.present_form(request) or self.get_response(request)
        except FileNotFoundError:
            # Two builds were made since this process started.
            return self.get_response(request)

    def made_since(self, url):
        """The file of a build that was made in this folder since the start, or None."""
        path = Path(self.static_root, url.removeprefix(self.static_prefix))
        if not HASHED.fullmatch(url) or not self.url_is_canonical(url) or not path.is_file():
            return None
        self.files[url] = self.get_static_file(str(path), url)
        return self.files[url]

    def present_form(self, request):
        """The file that this process has for one of an unknown build, or None."""
        hashed = HASHED.fullmatch(request.path_info.removeprefix(self.static_prefix))
        file = hashed and self.files.get(self.get_static_url(hashed["stem"] + hashed["suffix"]))
        if not file:
            return None
        response = self.serve(file, request)
        response.headers["Cache-Control"] = "no-store"
        return response
