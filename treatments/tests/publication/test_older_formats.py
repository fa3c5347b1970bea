"""An edition in any format that there ever was is read, shown, compared, brought back, exported and published again.

Each format has its file in the fixtures, an edition's text as that version stored it; a new file is tested by itself.
"""

import json
import tomllib

import pytest
from django.core.management import call_command

from treatments.models import Edition
from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.tests.builders import canonical_document, make_treatment
from treatments.tests.meaning import words
from treatments.tests.source_files import ROOT
from treatments.values import document_format
from treatments.values.document_format import FORMAT

FILES = {path.stem: path for path in (ROOT / "treatments" / "tests" / "fixtures").glob("format-*.json")}


def test_every_format_has_its_file():
    assert FILES.keys() == {f"format-{number}" for number in range(1, FORMAT + 1)}


def test_the_newest_is_written_in_the_very_bytes_of_its_file():
    text = FILES[f"format-{FORMAT}"].read_text(encoding="utf-8").strip()

    assert documents.canonical(canonical_document(json.loads(text))) == text


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.django_db
class TestAnEditionInAFormat:
    @pytest.fixture
    def text(self, name):
        """The text of the edition as that version stored it."""
        return FILES[name].read_text(encoding="utf-8").strip()

    @pytest.fixture
    def document(self, text):
        """What it says, in today's format."""
        return canonical_document(document_format.upgrade(json.loads(text)))

    @pytest.fixture
    def edition(self, text):
        """It is public, and the draft is another by now."""
        treatment = make_treatment(slug=json.loads(text)["slug"], title="Written anew")
        values = {"document": text, "digest": documents.digest(text), "is_sample": True}
        return Edition.objects.create(treatment=treatment, number=1, **values)

    def test_is_read_in_the_newest(self, edition, document, name):
        assert f"format-{json.loads(edition.document)['format']}" == name
        assert edition.content() == document
        assert document["format"] == FORMAT

    def test_is_shown_with_all_its_rows(self, edition, document, read):
        page = read(edition.treatment.get_absolute_url())

        assert words(page.h1) == document["name"]
        rows = [(part, key) for part in ("sections", "benefits", "risks") for key in document[part]]
        shown = words(page)
        assert [key for part, key in rows if key.get("title", key.get("name")) not in shown] == []

    def test_is_compared_with_the_draft(self, edition, document, desk, read):
        page = read(f"/admin/treatments/edition/{edition.pk}/compare/?with=draft")

        assert document["benefits"][0]["title"] in words(page)

    def test_comes_back_whole_into_the_draft(self, edition, document):
        restored = publishing.restore(edition, may_confirm=True)

        assert (restored.document, publishing.draft_of(edition.treatment)) == (document, document)

    def test_is_exported_once_it_came_back(self, edition, document, capsys):
        publishing.restore(edition, may_confirm=True)

        call_command("export_treatment", document["slug"])

        assert canonical_document(tomllib.loads(capsys.readouterr().out)) == document

    def test_is_published_again(self, edition, document, read):
        publishing.publish_sample(edition.treatment)
        publishing.restore(edition, may_confirm=True)

        newest = publishing.publish_sample(edition.treatment)

        assert (newest.number, newest.content()) == (3, document)
        assert json.loads(newest.document)["format"] == FORMAT
        assert words(read(edition.treatment.get_absolute_url()).h1) == document["name"]
