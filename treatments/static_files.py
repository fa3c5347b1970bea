"""Style sheets joined into one file when static files are collected."""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'@import "([\w.-]+)";\n?')
#: The sheets that pages link; each is a list of imports, maybe with rules of its own.
SHEETS = ("css/site.css", "css/desk.css")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


class JoinedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Puts the style sheets that others import in the place of the imports, without comments."""

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
