"""A link or a search that leads into a fold opens it, also one within another: in Chromium and Firefox, scripts off."""

import pytest

from treatments.tests.waiting import until

pytestmark = pytest.mark.journey

ARTICLE = "/treatments/pico-laser/"
#: In a fold, and in a fold within a fold.
PLACES = ["question-does-it-hurt", "concern-port-wine-stains"]
#: Words that stand there alone.
WORDS = "Pulsed dye laser is the one"
NESTED = "concern-port-wine-stains"

#: How far a place stands below the upper edge of the window; false if it is hidden.
SHOWN = """
    const place = document.getElementById({place!r})
    return place.checkVisibility() && place.getBoundingClientRect().top
"""
#: What Firefox's own search in the page (Ctrl+F) does with words; 0 if it finds them, 2 from the top again.
FIND = """
    const finder = gBrowser.selectedBrowser.finder;
    return new Promise((found) => {
        const nothing = () => {}, onFindResult = (data) => found(data.result);
        finder.addResultListener({onFindResult, onMatchesCountResult: nothing, onHighlightFinished: nothing});
        finder.fastFind(arguments[0], false, false);
    })
"""


@pytest.fixture
def in_chromium(visit):
    """Open an address in Chromium without scripts; where a place of it stands, False if it is hidden."""

    def open_page(path):
        page = visit(path, scripts=False)
        return lambda place: page.evaluate(f"(() => {{ {SHOWN.format(place=place)} }})()")

    return open_page


@pytest.fixture
def in_firefox(fox, site):
    """The same in Firefox."""

    def open_page(path):
        fox.visit("about:blank")
        fox.visit(site.url + path)
        return lambda place: fox.run(SHOWN.format(place=place))

    return open_page


@pytest.mark.parametrize("browser", ["in_chromium", "in_firefox"])
class TestAFold:
    def test_is_shut_at_first(self, request, browser):
        top_of = request.getfixturevalue(browser)(ARTICLE)

        assert [top_of(place) for place in PLACES] == [False, False]

    @pytest.mark.parametrize("place", PLACES)
    def test_opens_for_a_link_into_it(self, request, browser, place):
        top_of = request.getfixturevalue(browser)(f"{ARTICLE}#{place}")

        assert until(lambda: 0 < top_of(place) < 300, patience=10)

    def test_opens_for_a_link_to_words_in_it(self, request, browser):
        top_of = request.getfixturevalue(browser)(f"{ARTICLE}#:~:text={WORDS.replace(' ', '%20')}")

        assert until(lambda: 0 < top_of(NESTED) < 700, patience=10)

    def test_of_the_page_with_every_fold_open_is_open(self, request, browser):
        top_of = request.getfixturevalue(browser)(f"{ARTICLE}?open=all")

        assert [top_of(place) is not False for place in PLACES] == [True, True]


def test_a_search_in_the_page_finds_words_in_folds_and_opens_them(in_firefox, fox):
    top_of = in_firefox(ARTICLE)

    found = fox.run(FIND, WORDS, context="chrome")

    assert found in (0, 2)
    assert until(lambda: 0 < top_of(NESTED) < 700, patience=10)
