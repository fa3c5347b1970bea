"""A phone number of the clinic becomes a link only where it is one number, and then one that calls it."""

import pytest

from treatments.values import phones


class TestANumber:
    @pytest.mark.parametrize(
        ("typed", "uri"),
        [
            *((typed, "tel:+60321611234") for typed in ("+60 3-2161 1234", "03-2161 1234", "(03) 2161 1234")),
            *((typed, "tel:+60321611234") for typed in ("+60 (0)3-2161 1234", "+60 03 2161 1234", "0060321611234")),
            *(
                (typed, "tel:+60321611234")
                for typed in ("03\u00a02161\u00a01234", "03\u20112161\u20131234", "０３ ２１６１ １２３４")
            ),
            *((typed, "tel:+60321611234") for typed in (" 03.2161.1234 ", "\u202a+60321611234\u202c", "٠٣٢١٦١١٢٣٤")),
            *((f"03-2161 1234 {part}", "tel:+60321611234;ext=12") for part in ("ext. 12", "x12", "#12", "Extn 12")),
            *((typed, "tel:+60321611234") for typed in ("(+60) 3-2161 1234", "(+603) 2161 1234", "+(60) 3-2161 1234")),
            *((f"03-2161 1234{part}", "tel:+60321611234;ext=12") for part in (";ext=12", ", ext 12", " (ext. 12)")),
            *(("1-300-88-1234", "tel:+601300881234"), ("+65 6123 4567", "tel:+6561234567")),
            *(("999", "tel:999"), ("112", "tel:112"), ("9 9 9", "tel:999"), ("٩٩٩", "tel:999")),
        ],
    )
    def test_is_linked_with_its_country_code_and_extension(self, typed, uri):
        assert phones.uri_of(typed, "MY") == uri

    def test_is_read_in_the_country_of_the_clinic(self):
        assert phones.uri_of("+39 (0)2 1234567", "MY") == phones.uri_of("02 1234567", "IT") == "tel:+39021234567"
        assert phones.uri_of("000", "AU") == "tel:000"

    @pytest.mark.parametrize(
        "typed",
        [
            *("call us", "ext. 12", "WhatsApp 012-345 6789", "012-345 6789 (WhatsApp)", "112 or 999", "112/999"),
            *("03-2161 1234 / 1235", "03-2161 1234/5", "03-2161 1234-5", "03-2161 1234, 03-2161 1235", "1", "+60312"),
            *("+60 3-2161 1234 +60 3-2161 1235", "03-2161 1234 012-345 6789", "03-2161", "tel:0321611234", "", "²"),
            *("javascript:0", '03"2161', "03-2161 1234\n999", "٣" * 40, "0" * 40),
        ],
    )
    def test_is_none_where_it_is_not_one_number_and_no_more(self, typed):
        with pytest.raises(phones.NotANumber):
            phones.uri_of(typed, "MY")

    @pytest.mark.parametrize(
        ("typed", "dialled"),
        [
            ("03-2161 1234", "+60 3-2161 1234"),
            ("0060321611234 x12", "+60 3-2161 1234 ext. 12"),
            ("+65 6123 4567", "+65 6123 4567"),
            ("9 9 9", "999"),
        ],
    )
    def test_is_written_as_one_dials_it_from_anywhere(self, typed, dialled):
        assert phones.international(typed, "MY") == dialled

    @pytest.mark.parametrize("typed", ["+60 12-345 6789", "012-345 6789", "0060123456789"])
    def test_opens_a_chat_by_its_digits(self, typed):
        assert phones.whatsapp_url(typed, "MY") == "https://wa.me/60123456789"

    @pytest.mark.parametrize("typed", ["999", "03-2161 1234 ext. 12", "012-345 6789 / 80", "WhatsApp 012-345 6789", ""])
    def test_that_nobody_can_write_to_opens_no_chat(self, typed):
        with pytest.raises(phones.NotANumber):
            phones.whatsapp_url(typed, "MY")
        assert not phones.is_on_whatsapp(typed, "MY")
