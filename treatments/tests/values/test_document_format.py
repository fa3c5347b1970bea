"""What is written in an older format reads as the newest; what it was read from stays as it is."""

import copy

from treatments.values.document_format import upgrade

OLD = {
    "format": 1,
    "slug": "peel",
    "benefits": [{"title": "Smooth", "sources": ["R1"]}],
    "source": [{"reference": "R1", "title": "A review", "address": "https://example.org/"}],
}


class TestFormat1:
    def test_has_its_sources_under_another_name_and_their_url_as_well(self):
        assert upgrade(OLD) == {
            "format": 2,
            "slug": "peel",
            "benefits": [{"title": "Smooth", "sources": ["R1"]}],
            "sources": [{"reference": "R1", "title": "A review", "url": "https://example.org/"}],
        }

    def test_without_sources_has_none(self):
        assert upgrade({"format": 1, "slug": "peel"}) == {"format": 2, "slug": "peel"}

    def test_keeps_what_is_no_source_to_be_refused_later(self):
        assert upgrade({"format": 1, "source": ["R1"]})["sources"] == ["R1"]
        assert upgrade({"format": 1, "source": "R1"})["sources"] == "R1"

    def test_stays_as_it_was(self):
        before = copy.deepcopy(OLD)

        upgrade(OLD)

        assert before == OLD


def test_format_2_is_as_it_is():
    assert upgrade({"format": 2, "sources": [{"address": "x"}]}) == {"format": 2, "sources": [{"address": "x"}]}
