"""A language that is English in marks, ⟦so⟧: whatever is shown without marks does not come from the catalogue."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bs4.element import CData, Comment, Declaration, Doctype, NavigableString, ProcessingInstruction
from django.conf import settings
from django.test import override_settings

#: No language has this code.
CODE = "xx"
OPEN, CLOSE = "⟦", "⟧"
#: A translation as catalogues write it, on one line or more.
TRANSLATION = re.compile(r'^(msgstr(?:\[\d\])? ")((?:.*"\n")*.*?)((?:\\n)?"\n)', re.M)
IN_MARKS = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
WORD = re.compile(r"[^\W\d_]{2,}")
#: What is no text of a language: addresses, paths and keys, dates and moments as machines write them, references.
NO_TEXT = re.compile(
    r"https?://\S+|[\w.+-]+@[\w.-]+|(?<![\w/])/[\w/.-]+|\d{4}-\d\d-\d\d(T[\d:.+]+Z?)?|\b[A-Z2-9]{6}\b|\b[0-9a-f]{40,}\b"
)
#: Packages whose own texts the site shows, each with a language in which it has a catalogue.
PACKAGES = {
    "django/conf": "en",
    "django/contrib/admin": "en",
    "django/contrib/auth": "en",
    "django/contrib/contenttypes": "en",
    "django/contrib/sessions": "en",
    "phonenumber_field": "de",
    "django_otp": "de",
    "axes": "de",
}
#: The attributes that are read out or shown.
SHOWN = ("title", "alt", "aria-label", "aria-description", "placeholder", "label", "summary", "data-filter-title")
INLINE = {"a", "abbr", "b", "br", "bdi", "cite", "code", "del", "em", "i", "ins", "label", "small", "span", "strong"}
INLINE |= {"sub", "sup", "time"}
#: Scripts, and what machines made and people copy: recovery codes, keys.
NOT_SHOWN = ("script", "style", "template", "code")
NOT_TEXT = (CData, Comment, Declaration, Doctype, ProcessingInstruction)


def run(*command, cwd=None, given=None):
    """What a program prints, given some text to read."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "clinic_site.settings"}
    done = subprocess.run(
        command, cwd=cwd, input=given, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def copy_of_source(folder):
    """The site's code and templates in a folder, without tests: makemessages writes beside what it reads."""
    for name in ("clinic_site", "templates", "treatments"):
        shutil.copytree(settings.BASE_DIR / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    shutil.copy(settings.BASE_DIR / "manage.py", folder)
    return folder


def messages_of(folder, code):
    """The path of the catalogue that makemessages writes for a language in such a copy."""
    run(sys.executable, "manage.py", "makemessages", "-l", code, "-v", "0", cwd=folder)
    return folder / "treatments" / "locale" / code / "LC_MESSAGES" / "django.po"


def catalogues_of_packages():
    for name, language in PACKAGES.items():
        package = Path(importlib.util.find_spec(name.split("/")[0]).origin).parents[1]
        yield package / name / "locale" / language / "LC_MESSAGES" / "django.po"


def make_catalogues(folder):
    """Compile every text of the site, and of the packages, in marks; the folders for LOCALE_PATHS. Takes seconds."""
    source = copy_of_source(folder / "source")
    found = [messages_of(source, CODE), *catalogues_of_packages()]
    return [compiled_in_marks(path, folder / f"locale-{number}") for number, path in enumerate(found)]


def compiled_in_marks(path, folder):
    """The folder with a compiled catalogue of our language, in which each message is the original in marks."""
    english = run("msgen", path)
    header, messages = english.split("\n\n", 1)
    in_marks = header + "\n\n" + TRANSLATION.sub(rf"\1{OPEN}\2{CLOSE}\3", messages)
    target = folder / CODE / "LC_MESSAGES"
    target.mkdir(parents=True)
    # What makemessages writes for a language that it does not know.
    complete = in_marks.replace("nplurals=INTEGER; plural=EXPRESSION", "nplurals=2; plural=(n != 1)")
    run("msgfmt", "-o", target / "django.mo", "-", given=complete)
    return folder


def spoken(locale_paths):
    """Settings under which the site speaks the language of these folders."""
    return override_settings(LANGUAGE_CODE=CODE, LANGUAGES=[(CODE, "")], LOCALE_PATHS=locale_paths)


def marked(text):
    return f"{OPEN}{text}{CLOSE}"


def unmarked(text):
    """The words of a text that stand outside marks; empty if there are none."""
    before = None
    while before != text:
        before, text = text, IN_MARKS.sub(" ", text)
    text = NO_TEXT.sub(" ", text)
    return " ".join(text.split()) if WORD.search(text) else ""


def texts_of(page):
    """Every text that a parsed page shows or has read out, a paragraph, cell or line at a time."""
    yield from paragraphs_of(page)
    for element in page.find_all(True):
        yield from (element[name] for name in SHOWN if element.get(name))
        if element.name == "input" and element.get("type") in ("submit", "button", "reset"):
            yield element.get("value", "")
        if element.name == "meta" and (
            element.get("name") == "description" or element.get("property", "") in ("og:title", "og:description")
        ):
            yield element["content"]


def paragraphs_of(element):
    """The text of each run of inline elements."""
    pieces: list[str] = []
    for piece in flat(element):
        if piece is None:
            yield "".join(pieces)
            pieces = []
        else:
            pieces.append(piece)
    yield "".join(pieces)


def flat(element):
    """The pieces of text below an element, with None where a block begins or ends."""
    for child in element.children:
        if isinstance(child, NOT_TEXT) or child.name in NOT_SHOWN:
            continue
        if isinstance(child, NavigableString):
            yield str(child)
        elif child.name in INLINE:
            yield from flat(child)
        else:
            yield None
            yield from flat(child)
            yield None
