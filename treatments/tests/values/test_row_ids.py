"""An id is read from whatever comes in a form or an address; one that no row can have finds none."""

import re

import pytest
from django.contrib import admin
from django.urls import URLPattern
from django.urls.converters import IntConverter

from treatments.values.row_ids import row_id


class TestAnId:
    @pytest.mark.parametrize(("text", "found"), [("7", 7), (7, 7), ("007", 7), ("9" * 18, 10**18 - 1)])
    def test_is_read_from_digits(self, text, found):
        assert row_id(text) == found

    @pytest.mark.parametrize("text", ["", " 7", "-7", "7.0", "²", "x", "7\0", "9" * 19, "9" * 5000, None])
    def test_is_none_of_what_no_row_can_have(self, text):
        assert row_id(text) is None


def addresses_with_numbers(patterns, before="/admin/"):
    """Every address of the desk that takes an id as `<int:...>`, with {} in the place of the id."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from addresses_with_numbers(pattern.url_patterns, route)
        elif any(isinstance(converter, IntConverter) for converter in pattern.pattern.converters.values()):
            yield re.sub(r"<\w+:\w+>", "x", re.sub(r"<int:\w+>", "{}", route))


@pytest.mark.django_db
class TestAnAddressOfTheDesk:
    @pytest.mark.parametrize("number", ["9" * 19, "9" * 5000])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_with_an_id_that_no_row_can_have_leads_nowhere(self, desk, method, number):
        addresses = list(addresses_with_numbers(admin.site.get_urls()))

        assert len(addresses) > 15
        for address in addresses:
            response = getattr(desk, method)(address.replace("{}", number))
            assert response.status_code in (302, 404, 405), address
