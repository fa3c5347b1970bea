"""Style sheets joined into one file when static files are collected."""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'@import "([\w.-]+)";\n?')
COMMENT = re.compile(r"/\*.*?\*/", re.S)


class JoinedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Puts the style sheets that css/site.css imports in the place of the imports, without comments."""

    def post_process(self, paths, dry_run=False, **options):
        if not dry_run:
            paths = self.joined(paths, "css/site.css")
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def joined(self, paths, name):
        """Put the joined sheet in the collected one's place; the sheets that went into it are no longer served."""
        folder = name.rpartition("/")[0]
        parts = []

        def imported(match):
            parts.append(f"{folder}/{match[1]}")
            return self.text(parts[-1])

        text = COMMENT.sub("", IMPORT.sub(imported, self.text(name)))
        lines = (line.strip() for line in text.splitlines())
        for collected in (name, *parts):
            self.delete(collected)
        self._save(name, ContentFile("\n".join(line for line in lines if line).encode()))
        return {path: origin for path, origin in paths.items() if path not in parts} | {name: (self, name)}

    def text(self, name):
        with self.open(name) as file:
            return file.read().decode()
