"""Another look is another tokens.css, as docs/guides/new-look.md says: the guide is followed in a copy."""

import pytest

from treatments.tests.guides import copy_with
from treatments.tests.source_files import ROOT, lines_with

pytestmark = pytest.mark.slow

BEFORE, AFTER = "#9c3d18", "#6d2a8c"


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """{name: text} of the sheets that the copy serves, after the guide was followed in it."""
    folder = copy_with("new-look.md", tmp_path_factory.mktemp("copy") / "project")
    return {path.name: path.read_text(encoding="utf-8") for path in (folder / "staticfiles").rglob("css/*.css")}


@pytest.mark.parametrize("sheet", ["site", "desk"])
def test_a_colour_is_changed_in_one_place_for_all_pages(sheets, sheet):
    (text,) = (text for name, text in sheets.items() if name.startswith(f"{sheet}."))

    assert AFTER in text
    assert BEFORE not in text


def test_no_template_and_no_code_has_the_colour():
    files = [path for top in ("templates", "treatments", "clinic_site") for path in (ROOT / top).rglob("*.*")]
    texts = [path for path in files if path.suffix in (".html", ".txt", ".py") and "tests" not in path.parts]

    # Letters can link no sheet; that their colours are those of the tokens is tried with them.
    letters = ROOT / "treatments" / "follow_up" / "letters.py"
    assert lines_with(BEFORE, [path for path in texts if path != letters]) == []
