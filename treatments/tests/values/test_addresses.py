"""An address is stored in one form, and one that could lead to a stranger's mailbox is refused."""

import pytest

from treatments.values import addresses


class TestAFoldedAddress:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("A.B@EXAMPLE.org", "A.B@example.org"),
            ("a+b@example.org", "a+b@example.org"),
            (" a@example.org ", "a@example.org"),
            ("a@exa\u200bmple.org", "a@example.org"),
            ("a@example.org\u200b", "a@example.org"),
            ("a\u00adb@example.org", "ab@example.org"),
            ("a@example\u2060.org", "a@example.org"),
            ("\u202aa@example.org\u202c", "a@example.org"),
            ("\ufeffa@example.org", "a@example.org"),
            ("a@ｅｘａｍｐｌｅ.org", "a@example.org"),
            ("a@例え。jp", "a@例え.jp"),
            ("a@例え．jp", "a@例え.jp"),
            ("a@example｡org", "a@example.org"),
            ("a@MÜLLER.example", "a@müller.example"),
            ("a@mu\u0308ller.example", "a@müller.example"),
            ("a@xn--mnchen-3ya.de", "a@münchen.de"),
            ("a@XN--MNCHEN-3YA.de", "a@münchen.de"),
            ("a@xn--bcher-kva.xn--p1ai", "a@bücher.рф"),
            # Two owners by the two rules, no letters at all, and letters that forms do not take.
            *((f"a@{domain}", f"a@{domain}") for domain in ("xn--strae-oqa.de", "xn--nxasmm1c.com", "xn--a.de")),
            *((f"a@{domain}", f"a@{domain}") for domain in ("xn--zz--.de", "xn--ls8h.la", "xn--7l3i.de")),
        ],
    )
    def test_has_a_domain_in_small_letters_without_signs_that_nobody_sees(self, typed, stored):
        assert addresses.folded(typed) == stored

    @pytest.mark.parametrize("typed", ["A@例え。JP", "x@exa\u200bmple.org", "jo@MÜLLER.example"])
    def test_stays_as_it_is_when_it_is_folded_again(self, typed):
        once = addresses.folded(typed)

        assert addresses.folded(once) == once


class TestTheSpellingsOfAnAddress:
    @pytest.mark.parametrize("spelling", ["anna@münchen.de", "anna@xn--mnchen-3ya.de"])
    def test_are_letters_and_network_form(self, spelling):
        assert addresses.spellings(spelling) == {"anna@münchen.de", "anna@xn--mnchen-3ya.de"}

    @pytest.mark.parametrize(
        "address", ["anna@example.org", "anna@xn--strae-oqa.de", "", "anna", "@", f"a@{'é' * 60}.com"]
    )
    def test_are_one_where_there_is_no_other(self, address):
        assert addresses.spellings(address) == {address}


class TestNoAddress:
    @pytest.mark.parametrize("local", ["jörg", "yıldız", "İlker", "ſam", "\u212aim", "あ", "иван"])
    def test_has_letters_outside_ascii_before_the_at(self, local):
        with pytest.raises(addresses.NotAnAddress):
            addresses.folded(f"{local}@example.org")

    @pytest.mark.parametrize("domain", ["straße.de", "faß.de", "βόλος.com", "GROSS-STRAẞE.at", "نامه\u200cای.com"])
    def test_has_a_domain_for_which_old_and_new_rules_know_two_owners(self, domain):
        with pytest.raises(addresses.NotAnAddress):
            addresses.folded(f"anna@{domain}")

    @pytest.mark.parametrize("typed", ["", "a", "@example.org", "a@", "a@localhost", "a@[127.0.0.1]", "a@.", "\u200b"])
    def test_leads_nowhere(self, typed):
        with pytest.raises(addresses.NotAnAddress):
            addresses.folded(typed)

    @pytest.mark.parametrize("domain", [f"{'é' * 60}.com", "é..com", "-é-.com", "é\u0000.com"])
    def test_has_a_domain_of_which_there_is_no_network_form(self, domain):
        with pytest.raises(addresses.NotAnAddress):
            addresses.folded(f"a@{domain}")


class TestAMailbox:
    @pytest.mark.parametrize(
        "spelling",
        [
            "Aisha@example.org",
            "aisha@EXAMPLE.ORG",
            "aisha+clinic@example.org",
            "AISHA+a+b@example.org",
            "aisha+@example.org",
        ],
    )
    def test_is_one_however_it_is_spelt(self, spelling):
        assert addresses.mailbox(spelling) == "aisha@example.org"

    @pytest.mark.parametrize("spelling", ["a@例え.jp", "A@例え.JP", "a+x@xn--r8jz45g.jp"])
    def test_is_one_in_letters_and_in_the_network_form(self, spelling):
        assert addresses.mailbox(spelling) == "a@xn--r8jz45g.jp"

    @pytest.mark.parametrize("other", ["aisha2@example.org", "aisha@example.com", "a.isha@example.org"])
    def test_is_another_for_another_name(self, other):
        assert addresses.mailbox(other) != "aisha@example.org"

    def test_is_counted_though_nobody_can_write_to_it(self):
        assert addresses.mailbox(f"a@{'é' * 60}.com") == f"a@{'é' * 60}.com"
