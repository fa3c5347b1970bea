"""Content files: a treatment's document as TOML, with its pictures beside it."""

import datetime
import os
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w
from django.utils.translation import gettext as _

from treatments.models import PARTS, Photo
from treatments.publication import document as documents
from treatments.publication.checking import check
from treatments.publication.problem import Place, Problem
from treatments.text import pictures
from treatments.values import document_format
from treatments.values.row_types import Document


def read(path: str | Path) -> tuple[Document, list[pictures.Picture]]:
    """Read a content file and the pictures beside it.

    Returns the document in canonical shape and the decoded pictures, not yet stored.
    Raises document_format.Refused with every problem at once.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        says = _("%(path)s: cannot be read (%(error)s); check the path") % {"path": path, "error": error.strerror}
        raise document_format.Refused([says]) from error
    except UnicodeDecodeError as error:
        says = _("%(path)s: is not UTF-8 text; save it as UTF-8") % {"path": path}
        raise document_format.Refused([says]) from error
    except tomllib.TOMLDecodeError as error:
        says = _(
            "%(name)s: is not TOML: %(error)s. Texts stand between straight quotes, numbers have a decimal "
            "point, dates look like 2026-12-03, yes and no are true and false, a key stands once, and each row of "
            "a part begins with its name in double brackets, such as [[benefits]]."
        )
        raise document_format.Refused([says % {"name": path.name, "error": error}]) from error
    except (ValueError, RecursionError) as error:
        says = _("%(name)s: holds a number of thousands of digits, or brackets within brackets; take them out")
        raise document_format.Refused([says % {"name": path.name}]) from error
    data = document_format.upgrade(data)
    found, problems = take_pictures(data, path.parent)
    checked = check(data)
    if problems or checked.problems:
        raise document_format.Refused([*problems, *checked.problems])
    return checked.document, found


def take_pictures(data: dict[str, Any], folder: Path) -> tuple[list[pictures.Picture], list[Problem]]:
    """Decode each photo's file in the folder and put its lasting name and its size in pixels into `data` itself.

    Returns the pictures, not yet stored, and the problems.
    """
    found: list[pictures.Picture] = []
    problems: list[Problem] = []
    photos = data.get(Photo.part)
    for number, photo in enumerate(photos if isinstance(photos, list) else []):
        if not isinstance(photo, dict):
            continue
        try:
            picture = pictures.read(beside(folder, photo.get("picture")))
        except pictures.PictureRefused as error:
            problems.append(Problem(Place(Photo.part, number, "picture"), str(error)))
            # A stand-in, so that the rest of the row is still checked.
            photo.update(picture="0" * 64 + ".webp", width=1, height=1)
            continue
        photo.update(picture=picture.name, width=picture.size[0], height=picture.size[1])
        found.append(picture)
    return found, problems


def beside(folder: Path, name: object) -> bytes:
    """The bytes of a file in this very folder; `name` is whatever a content file gives.

    Raises pictures.PictureRefused for no name, another folder or a file that cannot be read.
    """
    if not isinstance(name, str):
        raise pictures.PictureRefused(_('Name a file beside the content file, such as picture = "arm.jpg".'))
    if Path(name).name != name or name in ("", ".", ".."):
        says = _("“%(name)s” must be the name of a file beside the content file, without a path.")
        raise pictures.PictureRefused(says % {"name": name})
    try:
        return (folder / name_there(folder, name)).read_bytes()
    except (OSError, ValueError) as error:
        raise pictures.PictureRefused(why_unread(folder, name)) from error


def name_there(folder: Path, name: str) -> str:
    """What a file of this name is called in the folder: some systems write accents as signs of their own.

    The name itself if there is none.
    """
    if (folder / name).exists():
        return name
    alike = (other for other in os.listdir(folder) if composed(other) == composed(name))
    return next(alike, name)


def composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def why_unread(folder: Path, name: str) -> str:
    """Why a file of this name could not be read, and what to do."""
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    others = [other for other in names if other.lower() == name.lower()]
    if name in others:
        says = _("“%(name)s” beside the content file cannot be read; make it a file that this user may read.")
    elif others:
        says = _("“%(name)s” is not beside the content file; “%(other)s” is, so write its name like that.")
    else:
        says = _("“%(name)s” is not beside the content file; put it there.")
    return says % {"name": name, "other": others[0] if others else ""}


def write(document: Mapping[str, Any], path: str | Path) -> None:
    """Write the document as a content file at `path`, and its pictures beside it.

    Raises document_format.Refused, and writes nothing, if a picture of it was withdrawn.
    """
    path = Path(path)
    withdrawn = [name for name in documents.pictures_of(document) if not pictures.is_there(name)]
    if withdrawn:
        says = _("The picture %(name)s was withdrawn; take it out of the draft first.")
        raise document_format.Refused([says % {"name": name} for name in withdrawn])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(document), encoding="utf-8")
    for name in documents.pictures_of(document):
        with pictures.open_file(name) as file:
            (path.parent / name).write_bytes(file.read())


def text_of(document: Mapping[str, Any]) -> str:
    """The document as TOML, its keys in the order of docs/content-format.md."""
    head = {"format": document["format"], **dated(document, documents.HEAD)}
    pieces = [tomli_w.dumps(head, multiline_strings=True)]
    for part in PARTS:
        for row in document.get(part, []):
            # Each by itself: short rows would come in brackets, to which nobody could add another.
            values = dated(row, documents.keys_of(part))
            pieces.append(f"[[{part}]]\n" + tomli_w.dumps(values, multiline_strings=True))
    return "\n".join(pieces)


def dated(row: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The row's values in the order of `keys`, dates as TOML dates."""
    values = {key: row[key] for key in keys if key in row}
    for key, value in values.items():
        if key.endswith("_date"):
            values[key] = datetime.date.fromisoformat(value)
    return values
