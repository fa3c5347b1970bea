"""Where pictures lie when they lie on a disk."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from clinic_site.private_files import keep


class WholeFiles(FileSystemStorage):
    """Files of which a reader finds the old or the new bytes, never a part, whatever stops the machine meanwhile."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_overwrite=True, **options)

    def _save(self, name: str, content: "File[bytes]") -> str:
        """Write the file beside its place, and put it there once it is on the disk; return its name.

        Raises OSError, and leaves everything as it was, if it cannot be written.
        """
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whoever erases all that begins with a file's name erases what a killed process left of it.
        descriptor, beside = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fchmod(file.fileno(), self.file_permissions_mode or 0o644)
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        keep_with_parent(path.parent)
        return name

    def delete(self, name: str) -> None:
        super().delete(name)
        # Otherwise a power cut would bring back what was erased.
        keep_with_parent(Path(self.path(name)).parent)


def keep_with_parent(folder: Path) -> None:
    """Bring onto the disk which files a folder holds, and that the folder itself is there."""
    keep(folder)
    keep(folder.parent)
