"""Words of another language are marked in every text that readers see, and the mark is nowhere else to be seen."""

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from treatments.tests.meaning import squeezed
from treatments.text import marked, prose
from treatments.text.explainer import Explainer
from treatments.text.words import words_of_markdown

MALAY = '<span lang="ms">kesan sampingan</span>'
#: What somebody could type to break out of the mark.
SIGNS = st.text(st.sampled_from(list("[]{}()<>\"'&*_\\ \n/=ams-\u0643\u7684")), max_size=40)


class TestWordsOfAnotherLanguage:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("Side effects ([kesan sampingan]{ms}) pass.", f"Side effects ({MALAY}) pass."),
            ("[kesan sampingan]{ms}", MALAY),
            ("[皮秒]{zh-Hant}激光", '<span lang="zh-Hant">皮秒</span>激光'),
            (
                "[ليزر]{ar} and [לייזר]{he}",
                '<span lang="ar" dir="rtl">ليزر</span> and <span lang="he" dir="rtl">לייזר</span>',
            ),
            ("[a]{ms}[b]{zh}", '<span lang="ms">a</span><span lang="zh">b</span>'),
            (
                "[x]{es-419}, [y]{de-1996}, [z]{yue}",
                '<span lang="es-419">x</span>, <span lang="de-1996">y</span>, <span lang="yue">z</span>',
            ),
        ],
    )
    def test_are_marked_in_markdown_and_in_plain_texts(self, text, shown):
        assert marked.html(text) == shown
        assert prose.html(text) == prose.notice_html(text) == f"<p>{shown}</p>"

    @pytest.mark.parametrize(
        "text",
        [
            "[x]{cn}",
            "[x]{Malay}",
            "[x]{m}",
            "[x]{ms-}",
            "[x]{ms ar}",
            "[x]{}",
            "[x] {ms}",
            "[ ]{ms}",
            "[x]{ms",
            "x]{ms}",
        ],
    )
    def test_stand_as_they_were_typed_without_the_tag_of_a_language(self, text):
        assert marked.html(text) == marked.bare(text) == text
        assert prose.html(text) == f"<p>{text}</p>"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("[**kesan** sampingan]{ms}", '<span lang="ms"><strong>kesan</strong> sampingan</span>'),
            ("**[kesan]{ms} x**", '<strong><span lang="ms">kesan</span> x</strong>'),
            ("[[kesan](https://example.org)]{ms}", '<span lang="ms"><a href="https://example.org">kesan</a></span>'),
            ("[kesan [的]{zh} x]{ms}", '<span lang="ms">kesan <span lang="zh">的</span> x</span>'),
            ("[Do **not **take it]{en}", '<span lang="en">Do <strong>not </strong>take it</span>'),
            ("[see](https://example.org) [x]{ms}", '<a href="https://example.org">see</a> <span lang="ms">x</span>'),
        ],
    )
    def test_go_with_emphasis_links_and_one_another(self, text, shown):
        assert prose.html(text) == f"<p>{shown}</p>"

    def test_are_words_like_others_where_nothing_can_be_marked(self):
        text = "Side effects ([kesan sampingan]{ms}), [ليزر]{ar}."

        assert marked.bare(text) == words_of_markdown(text) == prose.words(marked.html(text))
        assert marked.bare(text) == "Side effects (kesan sampingan), ليزر."

    @pytest.mark.parametrize(
        ("text", "button"),
        [
            ("Redness ([kemerahan]{ms}) fades.", "(kemerahan)"),
            ("The [kemerahan]{ms}, they say.", "kemerahan,"),
            ("A [good kemerahan]{ms}.", "kemerahan."),
        ],
    )
    def test_are_explained_as_others_are(self, text, button):
        explain = Explainer([{"key": "red", "term": "[kemerahan]{ms}", "meaning": "Redness.", "basis": "clinic"}])

        page = BeautifulSoup(explain(marked.html(text)), "html.parser")

        assert page.button.text == button
        assert page.text == marked.bare(text)

    @pytest.mark.parametrize(
        "text", ["[" * 20_000, "[a" * 10_000, "[" + "a" * 20_000, "[a]{" * 5_000, "[a]{ms}" * 3_000]
    )
    def test_are_found_at_once_in_a_long_text(self, text):
        assert marked.bare(marked.bare(text)) == marked.bare(text)

    @given(SIGNS)
    @example('[<b>x</b>]{ms"onclick=alert(1)}')
    @example("[x]{ms}<script>")
    @example('["><img src=x>]{ar}')
    @example("  ")
    def test_bring_no_other_html_onto_the_page(self, text):
        for markup in (marked.html(text), prose.html(text)):
            page = BeautifulSoup(markup, "html.parser")
            for span in page.find_all("span"):
                assert set(span.attrs) <= {"lang", "dir"}
                assert re.fullmatch("[A-Za-z0-9-]+", str(span["lang"]))
            assert {element.name for element in page.find_all(True)} <= prose.TAGS
        line = BeautifulSoup(marked.html(text), "html.parser")
        # The parser makes one blank of a text that is nothing else.
        assert squeezed(line.text) == squeezed(marked.bare(text))
        assert {element.name for element in line.find_all(True)} <= {"span"}
