"""Any two editions can be compared word by word, and an edition can be brought back into the draft."""

import difflib

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission

from treatments.publication import comparison, publishing
from treatments.publication import document as documents
from treatments.publication.comparison import Piece
from treatments.tests.builders import (
    bundled_article,
    canonical_document,
    full_document,
    make_full_treatment,
    plain_document,
)
from treatments.tests.meaning import words
from treatments.tests.signing import make_staff


def benefits(*rows):
    return canonical_document(plain_document(benefits=[{"key": key, "title": key, "text": text} for key, text in rows]))


def kinds(before, after):
    return [(change.row, change.kind) for change in comparison.changes(before, after)]


class TestAComparison:
    @pytest.mark.slow
    def test_of_a_document_with_itself_finds_nothing(self):
        assert comparison.changes(bundled_article(), bundled_article()) == []

    def test_tells_rows_apart_by_their_keys(self):
        before = benefits(("a", "One."), ("b", "Two."), ("c", "Three."))
        after = benefits(("c", "Three!"), ("d", "Four."), ("a", "One."))

        assert kinds(before, after) == [("c", "changed"), ("d", "new"), ("b", "gone")]

    def test_names_as_few_rows_as_moved(self):
        rows = [(key, "Text.") for key in "abcdef"]

        assert kinds(benefits(*rows), benefits(rows[-1], *rows[:-1])) == [("f", "moved")]

    def test_shows_what_changed_word_by_word(self):
        before, after = benefits(("a", "It feels a little smoother.")), benefits(("a", "It feels much smoother."))

        (change,) = comparison.changes(before, after)

        ((name, pieces),) = change.columns
        assert name == "text"
        assert pieces == [
            Piece("same", "It feels "),
            Piece("gone", "a little"),
            Piece("new", "much"),
            Piece("same", " smoother."),
        ]

    @pytest.mark.parametrize(
        ("old", "new", "gone", "added"),
        [
            ("术后三天不要晒太阳，要涂防晒霜。", "术后七天不要晒太阳，要涂防晒霜。", ["三"], ["七"]),
            ("肌を休めます。日焼け止めを塗る。", "肌を休めます。毎日、日焼け止めを塗る。", [], ["毎日、"]),
            ("다음 날 샤워", "다음 주 샤워", ["날"], ["주"]),
            ("เป็นวิธีที่ปลอดภัย", "เป็นวิธีที่ไม่ปลอดภัย", [], ["ไม่"]),
            ("งดล้างหน้าสามวัน", "งดล้างหน้าเจ็ดวัน", ["สาม"], ["เจ็ด"]),
            ("កុំប្រើឡាស៊ែរ", "កុំប្រាប់ឡាស៊ែរ", ["ប្រើ"], ["ប្រាប់"]),
            ("ကျွန်တော်သည်လုံခြုံ", "ကျွန်တော်သည်မလုံခြုံ", [], ["မ"]),
            ("葛\U000e0100城です", "葛城です", ["葛\U000e0100"], ["葛"]),
        ],
    )
    def test_shows_what_changed_sign_by_sign_where_there_are_no_blanks(self, old, new, gone, added):
        (change,) = comparison.changes(benefits(("a", old)), benefits(("a", new)))

        ((_name, pieces),) = change.columns
        assert [piece.text for piece in pieces if piece.kind == "gone"] == gone
        assert [piece.text for piece in pieces if piece.kind == "new"] == added

    def test_finds_the_one_word_that_changed_in_a_long_text(self):
        text = " ".join(f"word{number % 700}" for number in range(5000))

        (change,) = comparison.changes(benefits(("a", text)), benefits(("a", text.replace("word9 ", "WORD ", 1))))

        assert [piece for piece in change.columns[0][1] if piece.kind != "same"] == [
            Piece("gone", "word9"),
            Piece("new", "WORD"),
        ]

    def test_looks_at_no_more_pairs_of_words_than_there_is_effort_for(self, monkeypatch):
        compared = []

        class Counting(difflib.SequenceMatcher[str]):
            def __init__(self, is_junk, old, new, **options):
                compared.append(len(old) * len(new))
                super().__init__(is_junk, old, new, **options)

        rows = [(f"row-{number}", " ".join(f"old{word}" for word in range(450))) for number in range(20)]
        before = benefits(*rows, ("long", " ".join(f"old{word}" for word in range(4500))))
        after = benefits(*((key, text.replace("old", "new")) for key, text in rows), ("long", "x " * 4500))
        monkeypatch.setattr(difflib, "SequenceMatcher", Counting)

        found = comparison.changes(before, after)

        assert sum(compared) <= comparison.Effort.MOST
        assert len(found) == 21
        assert [piece.kind for piece in found[-1].columns[0][1]] == ["gone", "new"]

    def test_sees_the_head_the_sources_and_a_number(self):
        before = canonical_document(full_document())
        data = full_document(title="Another title")
        data["concerns"][0] |= {"sources": ["R1"], "sessions_to": 9}

        head, concern = comparison.changes(before, canonical_document(data))

        assert [name for name, _pieces in head.columns] == ["title"]
        found = {name: pieces[-1].text for name, pieces in concern.columns}
        assert found == {"to": "9", "sources": " R10"}

    @pytest.mark.slow
    def test_put_together_again_gives_both_texts(self):
        before, after = canonical_document(full_document()), bundled_article()

        for change in comparison.changes(before, after):
            for _name, pieces in change.columns:
                assert "".join(piece.text for piece in pieces if piece.kind != "new") != "".join(
                    piece.text for piece in pieces if piece.kind != "gone"
                )


@pytest.mark.slow
@pytest.mark.django_db
class TestTheScreens:
    @pytest.fixture
    def editor(self, client):
        user = make_staff("editor", may=["view_edition", "view_treatment", "change_treatment"])
        client.force_login(user)
        return user

    @pytest.fixture
    def treatment(self):
        """One with two editions and a draft that differs from both."""
        treatment = make_full_treatment()
        for title in ("The first title", "The second title", "The draft's title"):
            treatment.title = title
            treatment.save()
            if "draft" not in title:
                publishing.publish_sample(treatment)
        return treatment

    def compare(self, client, edition, query=""):
        page = BeautifulSoup(
            client.get(f"/admin/treatments/edition/{edition.pk}/compare/{query}").content, "html.parser"
        )
        return words(page.h1), [words(piece) for piece in page.select("del, ins")]

    @pytest.mark.parametrize(
        ("number", "query", "heading", "found"),
        [
            (2, "", "From Light peel, edition 1 to Light peel, edition 2", ["first", "second"]),
            (1, "?with=2", "From Light peel, edition 1 to Light peel, edition 2", ["first", "second"]),
            (2, "?with=draft", "From Light peel, edition 2 to the draft", ["second", "draft's"]),
            (1, "", "From Light peel, edition 1 to the draft", ["first", "draft's"]),
            (2, "?with=99", "From Light peel, edition 1 to Light peel, edition 2", ["first", "second"]),
        ],
    )
    def test_compare_any_two(self, client, editor, treatment, number, query, heading, found):
        edition = treatment.editions.get(number=number)

        assert self.compare(client, edition, query) == (heading, found)

    def test_bring_an_edition_back_and_change_nothing_public(self, client, editor, treatment, read):
        first = treatment.editions.get(number=1)
        address = f"/admin/treatments/edition/{first.pk}/restore/"

        assert "draft's" in client.get(address).content.decode().replace("&#x27;", "'")
        client.post(address)

        assert publishing.draft_of(treatment) == first.content()
        assert words(read(treatment.get_absolute_url()).title) == "The second title"

    def test_are_not_for_those_who_may_not_edit(self, client, editor, treatment):
        editor.user_permissions.remove(Permission.objects.get(codename="change_treatment"))
        address = f"/admin/treatments/edition/{treatment.editions.first().pk}/restore/"

        assert client.post(address).status_code == 403
        assert documents.of(type(treatment).objects.with_parts().get())["title"] == "The draft's title"
