"""Days and amounts of the first layer are said as a patient would say them."""

import pytest

from treatments.article.wording import worded
from treatments.models import Activity, Price


class TestAnActivity:
    @pytest.mark.parametrize(
        ("row", "when"),
        [
            ({"from_day": 0}, "the same day"),
            ({"from_day": 1}, "the next day"),
            ({"from_day": 7}, "after 7 days"),
            ({"from_day": 14}, "after 2 weeks"),
            ({"from_day": 60}, "after 2 months"),
            (
                {"from_day": 7, "condition": "if no crust or blister is left"},
                "after 7 days, if no crust or blister is left",
            ),
        ],
    )
    def test_has_its_day_and_the_condition_of_the_skin_in_one_phrase(self, row, when):
        assert worded(Activity, row)["when"] == when


class TestAPrice:
    @pytest.mark.parametrize(
        ("row", "amount"),
        [
            ({"least": 250}, "from RM\u00a0250"),
            ({"least": 250, "most": 250}, "RM\u00a0250"),
            ({"least": 1250.5, "most": 4000}, "RM\u00a01,250.50 to RM\u00a04,000"),
            ({"least": 80, "currency": "SGD"}, "from SGD\u00a080"),
        ],
    )
    def test_has_its_amount_in_its_currency(self, row, amount):
        assert worded(Price, {"currency": "MYR", "per": "session", **row})["amount"] == amount
