"""The key that signs sessions and private links, as a file beside the database."""

import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

#: In characters: a shorter key was cut off. Django's check security.W009 draws the same line.
SHORTEST = 50


def kept_key(file: Path) -> str:
    """The key in this file; empty if there is no such file yet.

    Raises ImproperlyConfigured for a file that cannot be read or does not hold a whole key.
    """
    try:
        key = file.read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ImproperlyConfigured(
            f"The key {file} cannot be read ({error.strerror}); give this user the right to read it, "
            "or set DATA_DIR to another folder."
        ) from error
    if not re.fullmatch(rf"[!-~]{{{SHORTEST},}}", key):
        raise ImproperlyConfigured(
            f"The key {file} is empty or damaged. Put the one from your backup in its place. If it is lost for good, "
            "delete the file and start again; it says then what a new key ends."
        )
    return key
