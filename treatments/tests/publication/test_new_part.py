"""A new part of the article is what docs/guides/new-part.md says, and no more: the guide is followed in a copy."""

import pytest

from treatments.tests.guides import USE, copy_with, run

pytestmark = pytest.mark.slow

#: What somebody does with the new part, as tests that run in the copy, where it exists.
TESTS = """
import io
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from treatments.accounts import roles
from treatments.models import PARTS, Treatment
from treatments.publication import comparison, content_file, publishing
from treatments.tests.builders import full_document, make_fit_treatment
from treatments.tests.screens import part_address, screen, typed

pytestmark = pytest.mark.django_db
DEVICE = {"name": "Peeler", "text": "It **peels**.", "maker": "Peel and Sons", "spot_mm": 2.5, "sources": ["R1"]}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "peel.toml"
    path.write_text(content_file.tomli_w.dumps(full_document(devices=[DEVICE])), encoding="utf-8")
    return path


def test_comes_in_from_a_file_onto_the_page_and_goes_out_again(file, read, tmp_path):
    call_command("import_treatment", str(file), publish_sample=True, stdout=io.StringIO())
    page = read(Treatment.objects.get().get_absolute_url())
    call_command("export_treatment", "light-peel", to=str(tmp_path / "out"), stdout=io.StringIO())
    exported = content_file.read(tmp_path / "out" / "light-peel.toml")[0]

    assert page.find(id="devices").find_parent("details").h3.text == "The device"
    assert page.find(id="device-peeler").strong.text == "peels"
    assert [line.text for line in page.find(id="device-peeler").select(".why")] == ["Peel and Sons", "A spot of 2.5 mm"]
    assert page.find(id="device-peeler").select("a[role=doc-noteref]")
    assert exported["devices"] == [{"key": "peeler", "basis": "evidence", **DEVICE}]
    assert exported["format"] == full_document()["format"]


def test_is_told_what_is_wrong_in_a_file(file):
    file.write_text(file.read_text().replace('maker = "Peel and Sons"', 'makr = "Peel and Sons"'))

    with pytest.raises(CommandError, match=r"devices\\[0\\]\\.makr: .* did you mean maker"):
        call_command("import_treatment", str(file), stdout=io.StringIO())


@pytest.mark.parametrize(
    ("spot", "said"),
    [("0.0", "greater than or equal to 0.1"), ('"2.5 mm"', "must be a number such as 3.5, without quotes")],
)
def test_is_told_what_is_wrong_with_its_number(file, spot, said):
    file.write_text(file.read_text().replace("spot_mm = 2.5", f"spot_mm = {spot}"))

    with pytest.raises(CommandError, match=rf"devices\\[0\\]\\.spot_mm: .*{said}"):
        call_command("import_treatment", str(file), stdout=io.StringIO())


def test_is_refused_by_the_gate_without_a_source_and_let_through_with_one():
    bare = make_fit_treatment(devices=[{"key": "peeler", "name": "Peeler", "text": "It peels."}])
    (reason,) = publishing.reasons_against(bare, publishing.draft_of(bare))

    assert (reason.part, reason.number) == ("devices", 0)
    assert "has neither a source nor the clinic" in reason.says


def test_is_searched_for_claims():
    treatment = make_fit_treatment(devices=[{"key": "a", "name": "A", "text": "It is painless.", "basis": "clinic"}])
    (reason,) = publishing.reasons_against(treatment, publishing.draft_of(treatment))

    assert (reason.part, reason.claim.id) == ("devices", "painless")


def test_is_compared_word_by_word():
    before, after = ({"devices": [{"key": "a", "name": "A", "text": text}]} for text in ("It peels.", "It shines."))
    (change,) = comparison.changes(before, after)

    assert (change.part, change.row, change.kind) == ("devices", "a", "changed")
    assert [piece.text for piece in change.columns[0][1]] == ["It ", "peels.", "shines."]


def test_is_written_at_the_desk(desk):
    treatment = make_fit_treatment()
    address = part_address(treatment, "devices")
    words = {"device_rows-0-name": "Peeler", "device_rows-0-text": "It peels.", "device_rows-0-basis": "proposed"}
    desk.post(address, typed(screen(desk, address)) | words)

    assert [(row.key, row.name) for row in PARTS["devices"].objects.all()] == [("peeler", "Peeler")]


def test_may_be_changed_by_editors():
    roles.set_up()

    assert Group.objects.get(name="Editor").permissions.filter(codename="change_device").exists()


def test_is_described():
    text = Path("docs/content-format.md").read_text()

    assert "### `[[devices]]`: devices" in text
    assert "| `text` | needed | text, **Markdown** |" in text
    assert "| `spot_mm` | | width of its spot in mm, a number with at most 1 decimal place |" in text
"""
#: Tests of the project itself that speak of every part.
OF_EVERY_PART = (
    "treatments/tests/article",
    "treatments/tests/models/test_constraints.py",
    "treatments/tests/publication/test_document.py",
    "treatments/tests/publication/test_from_models.py",
    "treatments/tests/publication/test_older_formats.py",
    "treatments/tests/views/test_treatment_page.py",
    "treatments/tests/test_floors.py",
    "treatments/tests/test_house_rules.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project in which the guide was followed."""
    return copy_with("new-part.md", tmp_path_factory.mktemp("copy") / "project", TESTS)


class TestTheGuide:
    def test_has_a_model_a_migration_a_row_of_the_table_and_a_template(self, copy):
        assert [path.name for path in (copy / "treatments" / "migrations").glob("*_add_devices.py")]
        run(copy, "manage.py", "makemigrations", "--check", "--dry-run")
        run(copy, "-m", "ruff", "check", "--exclude", USE, ".")
        run(copy, "-m", "ruff", "format", "--check", "--exclude", USE, ".")
        assert "class DeviceRow" in (copy / "treatments" / "values" / "row_types.py").read_text(encoding="utf-8")

    def test_makes_a_part_that_comes_in_is_gated_shown_compared_and_goes_out(self, copy):
        assert " passed" in run(copy, "-m", "pytest", "-q", "--no-migrations", USE)

    def test_leaves_the_tests_of_every_part_green(self, copy):
        said = run(copy, "-m", "pytest", "-q", "--no-migrations", "-m", "not (slow or prove)", *OF_EVERY_PART)

        assert " passed" in said
