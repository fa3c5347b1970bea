"""The files of this repository, and the sentences that stand in them."""

import re

from django.conf import settings
from django.utils.html import strip_tags

from treatments.text.prose import html

ROOT = settings.BASE_DIR


def name_of(path):
    return str(path.relative_to(ROOT))


def lines_with(pattern, paths):
    """Where the pattern stands, as file and line."""
    return [
        f"{name_of(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]


def sentences(text):
    """The sentences of a text in Markdown; an item of a list is at least one."""
    for block in re.split(r"</(?:p|li)>", html(text)):
        yield from re.split(r"(?<=[.!?…])[”’\"')]*\s+", strip_tags(block).strip())
