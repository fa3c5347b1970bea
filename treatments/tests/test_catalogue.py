"""A catalogue of another language: what makemessages finds for it, and the guide that leads to it."""

import ast
import re
import sys

import pytest

from treatments.tests import pseudo_language
from treatments.tests.source_files import ROOT, name_of

GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
GUIDE = ROOT / "docs" / "guides" / "another-language.md"
#: As it stands in a new catalogue.
SENTENCE = 'msgid "This page is not here"\nmsgstr ""'


class TestAMessage:
    """What makemessages finds: whole sentences, written out where they are asked for."""

    def test_is_written_out_where_it_is_translated(self):
        assert [place for place, argument in translated() if not isinstance(argument, ast.Constant)] == []

    def test_is_no_piece_to_glue_to_another(self):
        written = [(place, ast.literal_eval(node)) for place, node in translated() if isinstance(node, ast.Constant)]

        # A greeting is a line of its own, which ends so.
        whole = (", ", "Hello,", "Hello %(name)s,")
        assert [place for place, text in written if text not in (*whole, text.strip(" ,;"))] == []
        assert len(written) > 500


def translated():
    """(place, what is translated) of every call of gettext in the site's own code."""
    for path in sorted(path for folder in ("clinic_site", "treatments") for path in (ROOT / folder).rglob("*.py")):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT:
                yield f"{name_of(path)}:{node.lineno}", node.args[0]


@pytest.mark.slow
class TestTheGuide:
    """docs/guides/another-language.md, done in a copy with one sentence translated."""

    def test_brings_a_translated_sentence_onto_the_page(self, tmp_path, clinic, read, settings, monkeypatch):
        source = pseudo_language.copy_of_source(tmp_path)
        make, compile_ = re.findall(r"^ +\.venv/bin/python (manage\.py .+)$", GUIDE.read_text("utf-8"), re.M)
        (variable,) = re.findall(r"^ +make run (\S+)$", GUIDE.read_text("utf-8"), re.M)

        pseudo_language.run(sys.executable, *make.split(), cwd=source)
        path = source / "treatments" / "locale" / "de" / "LC_MESSAGES" / "django.po"
        catalogue = path.read_text("utf-8")
        assert SENTENCE in catalogue
        path.write_text(catalogue.replace(SENTENCE, SENTENCE.replace('""', '"Diese Seite gibt es nicht"')), "utf-8")
        pseudo_language.run(sys.executable, *compile_.split(), cwd=source)
        monkeypatch.setenv(*variable.split("="))
        shown = "from django.utils.translation import gettext; print(gettext('This page is not here'))"
        said = pseudo_language.run(sys.executable, "manage.py", "shell", "-v", "0", "-c", shown, cwd=source)
        assert said.strip() == "Diese Seite gibt es nicht"

        settings.LOCALE_PATHS, settings.LANGUAGE_CODE = [path.parents[2]], "de"
        assert read("/no-such-page/", status=404).h1.text == "Diese Seite gibt es nicht"
