"""What a statement rests on is said of its words as readers see them: “our figure” only where they give a number."""

import pytest

from treatments.article.reader import Reader
from treatments.models import PARTS
from treatments.tests.builders import canonical_document, needed_row, plain_document
from treatments.tests.tables import one_in
from treatments.text.words import is_markdown

#: Every text of a medical statement that the page shows as prose.
COLUMNS = [(part, name) for part, model in PARTS.items() for name in model.prose if model.is_medical]
MARKDOWN = [(part, name) for part, name in COLUMNS if is_markdown(part, name)]
#: A row of each of their parts that gives no number.
WORDS_ALONE = {
    **{part: needed_row(part) for part, model in PARTS.items() if model.is_medical},
    "key_facts": {"label": "Feels like", "value": "A tingle"},
    "preparation": {"rule": "Come rested.", "from_day": 0, "to_day": 0},
    "aftercare": {"rule": "Use sunscreen.", "from_day": 0, "to_day": 0},
}


def tag_of(part, **values):
    """What the page calls the basis of a clinic figure with these values."""
    row = {**WORDS_ALONE[part], "key": "only", "basis": "clinic", **values}
    reader = Reader(canonical_document(plain_document(**{part: [row]})))
    return reader.read(PARTS[part], reader.rows(PARTS[part])[0])["tag"].label


class TestAClinicFigure:
    @pytest.mark.parametrize(("part", "name"), one_in(5, COLUMNS))
    @pytest.mark.parametrize(
        "text", one_in(5, ["Don't rub the skin.", 'It doesn\'t cost "more" & it isn’t <less>.', "Rest as usual."])
    )
    def test_without_a_number_is_our_practice(self, part, name, text):
        assert tag_of(part, **{name: text}) == "our practice"

    @pytest.mark.parametrize(("part", "name"), one_in(5, COLUMNS))
    @pytest.mark.parametrize("text", one_in(5, ["It takes 3 days.", "**2** times", "Wait ３ weeks.", "SPF30"]))
    def test_with_a_number_is_our_figure(self, part, name, text):
        assert tag_of(part, **{name: text}) == "our figure"

    @pytest.mark.parametrize(("part", "name"), MARKDOWN)
    def test_that_links_to_an_address_with_digits_is_our_practice(self, part, name):
        assert tag_of(part, **{name: "See [our leaflet](https://example.org/2024/07/)."}) == "our practice"

    def test_of_days_is_our_figure(self):
        assert tag_of("aftercare", from_day=0, to_day=5) == "our figure"
