"""A patient reads the article: by keyboard, on a phone, in the dark, on paper, without scripts."""

import http.client
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from treatments.tests.journeys import at_the_desk
from treatments.tests.waiting import until

pytestmark = pytest.mark.journey

ARTICLE = "/treatments/pico-laser/"
SCREENS = [
    "/",
    "/treatments/",
    ARTICLE,
    ARTICLE + "sources/",
    "/consultation/",
    "/consultation/details/",
    "/consultation/link/",
    "/privacy/",
    "/accessibility/",
    "/gone",
]


def focused(page):
    """The text of the element that has the focus."""
    return " ".join(page.evaluate("document.activeElement.textContent").split())


def press_until(page, wanted, most=120):
    """Press Tab until the focus is on an element with this text."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if focused(page).startswith(wanted):
            return
    raise AssertionError(f"{wanted} cannot be reached with the Tab key")


def until_true(page, script):
    """Wait until a script gives true. (Playwright's own way needs `eval`.)"""
    until(lambda: page.evaluate(script), patience=10)


def place_top(place):
    """How far an element stands below the upper edge of the window, as a script."""
    return f"document.getElementById('{place}').getBoundingClientRect().top"


#: What reaches over the right edge of the window, as a script; what is hidden from the eye may.
CUT_OFF = """
    [...document.body.querySelectorAll("*")]
        .filter(element => element.checkVisibility() && !element.closest(".hidden, .skip-link"))
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
        .map(element => element.outerHTML.slice(0, 80))
"""

#: The words before each source's number that begins a line within a paragraph, as a script. After a box it may:
#: browsers break a line beside every box, so beside tags and explained words, too.
LOST_NUMBERS = """() => {
    const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT), lost = []
    const paragraph = (element) =>
        getComputedStyle(element).display.startsWith("inline") ? paragraph(element.parentElement) : element
    let before = null
    while (texts.nextNode()) {
        const text = texts.currentNode, holder = text.parentElement, number = holder.closest(".cite")
        if (!text.data.trim() || !holder.checkVisibility()) continue
        const last = before?.parentElement
        if (number && !last.closest(".tag, .term") && paragraph(last) === paragraph(holder)) {
            const end = document.createRange()
            end.setStart(before, before.data.trimEnd().length - 1)
            end.setEnd(before, before.data.trimEnd().length)
            if (holder.getBoundingClientRect().top > end.getBoundingClientRect().bottom) lost.push(before.data)
        }
        before = text
    }
    return lost
}"""


#: The explained words whose signs stand on another line, as a script.
SIGNS_APART = """() => [...document.querySelectorAll(".term__word")].filter((word) => {
    const lines = [...word.getClientRects()]
    const apart = (sign, line) => {
        if (!sign) return false
        const range = document.createRange()
        range.selectNode(sign)
        const place = range.getBoundingClientRect()
        return place.top >= line.bottom || place.bottom <= line.top
    }
    return apart(word.previousSibling, lines[0]) || apart(word.nextSibling, lines.at(-1))
}).map((word) => word.parentElement.textContent)"""


class TestEveryScreen:
    @pytest.mark.parametrize("path", SCREENS)
    def test_has_nothing_that_axe_complains_of(self, visit, complaints, path):
        page = visit(path)
        for width, scheme in ((320, "light"), (320, "dark"), (768, "light"), (1280, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            assert complaints(page) == [], (width, scheme)

    @pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
    def test_of_the_article_is_as_clean_with_every_fold_open(self, visit, complaints, width, scheme):
        page = visit(ARTICLE, width=width, scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")

        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    @pytest.mark.parametrize("path", SCREENS)
    def test_keeps_to_the_content_policy(self, visit, path):
        page = visit(path)
        page.wait_for_load_state("networkidle")

        assert page.evaluate("violations") == []

    @pytest.mark.parametrize("path", SCREENS)
    def test_never_needs_to_be_scrolled_sideways(self, visit, path):
        page = visit(path)
        for width in (320, 1680):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    @pytest.mark.parametrize("path", SCREENS)
    def test_cuts_nothing_off_where_text_is_twice_as_large(self, visit, path):
        page = visit(path, width=360)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(CUT_OFF) == []

    def test_stands_at_the_root_whatever_a_header_says(self, site):
        host = urlsplit(site.url)
        for path in ("/elsewhere/accessibility/", "/accessibility/"):
            connection = http.client.HTTPConnection(host.hostname, host.port)
            connection.request("GET", path, headers={"SCRIPT_NAME": "/elsewhere", "Accept-Encoding": "identity"})
            answer = connection.getresponse()
            assert (answer.status, b"/elsewhere/" in answer.read()) == (404 if "elsewhere" in path else 200, False)
            connection.close()

    @pytest.mark.parametrize("path", SCREENS[:-1])
    def test_sets_no_cookie_unless_it_has_a_form(self, visit, path):
        page = visit(path)

        has_form = path in ("/consultation/details/", "/consultation/link/")
        assert [cookie["name"] for cookie in page.context.cookies()] == (["csrftoken"] if has_form else [])


@pytest.fixture(scope="module")
def numbers(site):
    """The clinic's phone numbers, all three, while these tests run."""
    given = {"phone": "+60 3-2345 6789", "out_of_hours_phone": "012-345 6789", "emergency_number": "999"}
    with at_the_desk.desk(site.folder) as clinic:
        clinic.submit(at_the_desk.change_clinic, **given).result()
        yield given
        clinic.submit(at_the_desk.change_clinic, **dict.fromkeys(given, "")).result()


@pytest.mark.parametrize("width", [360, 1280])
class TestAPhoneNumber:
    def test_is_large_enough_for_a_thumb(self, visit, numbers, width):
        page = visit(ARTICLE, width=width)
        links = page.locator("a[href^=tel]:visible")

        assert set(links.all_text_contents()) == set(numbers.values())
        assert all(link.bounding_box()["height"] >= 24 for link in links.all())

    def test_is_as_large_as_a_heading_where_something_is_wrong(self, visit, numbers, width):
        cards = visit(ARTICLE, width=width).locator(".help__group:has(a[href^=tel])")

        size = "element => parseFloat(getComputedStyle(element).fontSize)"
        for card in cards.all():
            heading = card.locator("h3").evaluate(size)
            assert all(link.evaluate(size) >= heading for link in card.locator("h3 a[href^=tel]").all())
        assert cards.count() == 2


@pytest.mark.parametrize("width", [360, 1280])
class TestTheArticleByKeyboard:
    def test_begins_with_a_link_that_skips_to_the_text(self, visit, width):
        page = visit(ARTICLE, width=width)

        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the text"
        page.keyboard.press("Enter")

        assert page.evaluate("document.activeElement.id") == "main"

    def test_leads_from_a_door_to_a_chapter(self, visit, width):
        page = visit(ARTICLE, width=width)

        press_until(page, "Cost")
        page.keyboard.press("Enter")

        assert page.evaluate("location.hash") == "#cost"
        until_true(page, f"scrollY > 0 && Math.abs({place_top('cost')} - 100) < 100")

    def test_opens_a_row_and_reaches_its_sources(self, visit, width):
        page = visit(ARTICLE, width=width)
        body = page.locator("#concern-melasma")
        assert not body.is_visible()

        press_until(page, "Melasma Creams first")
        page.keyboard.press("Enter")
        assert body.is_visible()
        page.keyboard.press("Tab")

        assert page.evaluate("document.activeElement.closest('#concern-melasma') !== null")

    def test_explains_a_word_where_it_first_stands(self, visit, width):
        page = visit(ARTICLE, width=width)
        button = page.locator("button.term").first
        explanation = page.locator("#" + button.get_attribute("popovertarget"))

        button.focus()
        page.keyboard.press("Enter")
        assert explanation.is_visible()
        page.keyboard.press("Escape")

        assert not explanation.is_visible()

    def test_leads_from_a_number_to_its_source_and_back_to_the_very_statement(self, visit, width):
        page = visit(f"{ARTICLE}#concern-melasma", width=width)

        page.locator("#concern-melasma .cite").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/sources/#*")
        back = page.locator(":target a")
        assert focused(page) != "" or back.is_visible()
        back.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**#concern-melasma")

        assert page.locator("#concern-melasma").is_visible()


class TestAnExplanationOnTheSmallestScreen:
    """A page at 400 % on a common laptop, with text as it is and twice as large."""

    @pytest.fixture(params=["100%", "200%"])
    def page(self, visit, request):
        page = visit(ARTICLE)
        page.set_viewport_size({"width": 320, "height": 256})
        page.evaluate(f"document.documentElement.style.fontSize = '{request.param}'")
        return page

    def test_never_reaches_out_of_the_window(self, page):
        outside = """() => [...document.querySelectorAll(".explain")].filter((explanation) => {
            explanation.showPopover()
            const place = explanation.getBoundingClientRect()
            return place.top < 0 || place.bottom > innerHeight || place.left < 0 || place.right > innerWidth
        }).map((explanation) => explanation.textContent)"""

        assert page.locator(".explain").count() > 10
        assert page.evaluate(outside) == []

    def test_is_read_whole_by_keyboard(self, page):
        button = page.locator("button.term").first
        name = button.get_attribute("popovertarget")
        page.locator(f"#{name} strong").evaluate("word => word.after(' a long meaning'.repeat(60))")
        button.focus()
        page.keyboard.press("Enter")
        scrolled = f"document.getElementById('{name}').scrollTop"
        most = page.evaluate(f"document.getElementById('{name}').scrollHeight - innerHeight")
        assert most > 100

        page.keyboard.press("Tab")
        assert focused(page) == "All words"
        until_true(page, f"{scrolled} > {most}")

        def is_up_again():
            page.keyboard.press("PageUp")
            return page.evaluate(f"{scrolled} === 0")

        until(is_up_again, patience=10)
        page.keyboard.press("Escape")

        assert page.evaluate("document.activeElement.className") == "term"


@pytest.mark.parametrize("width", [360, 1280])
class TestAPlaceInTheArticle:
    @pytest.mark.parametrize(
        "place",
        ["risks", "cost", "question-does-it-hurt", "warning-signs", "sources", "term-retinoid", "concern-melasma"],
    )
    def test_is_where_an_address_that_names_it_leads(self, visit, place, width):
        page = visit(f"{ARTICLE}#{place}", width=width)
        until_true(page, f"scrollY > 0 && Math.abs({place_top(place)} - 100) < 100")

    @pytest.mark.parametrize("place", ["risks", "warning-signs", "more"])
    def test_is_found_again_after_a_reload(self, visit, place, width):
        page = visit(ARTICLE, width=width)
        page.evaluate(f"scrollBy(0, {place_top(place)})")
        assert page.evaluate(f"scrollY > 0 && Math.abs({place_top(place)}) < 2")

        page.reload()
        until_true(page, f"scrollY > 0 && Math.abs({place_top(place)}) < 2")


class TestTheArticle:
    def test_opens_the_question_that_the_address_names(self, visit):
        page = visit(ARTICLE + "#question-does-it-hurt")

        assert page.locator("#question-does-it-hurt").is_visible()

    @pytest.mark.parametrize("width", [360, 1280])
    def test_keeps_a_sources_number_beside_the_word(self, visit, width):
        page = visit(ARTICLE, width=width)
        assert page.evaluate(LOST_NUMBERS) == []

    def test_breaks_no_sources_number_where_text_is_twice_as_large(self, visit):
        page = visit(ARTICLE, width=360)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        broken = "[...document.querySelectorAll('.cite')].filter(number => number.getClientRects().length > 1).length"
        assert page.evaluate(broken) == 0

    def test_keeps_signs_beside_the_explained_word(self, visit):
        page = visit(ARTICLE)
        assert page.locator(".term", has_text=",").count() > 0
        # As the page writes them, where a line ends at one width or another.
        page.evaluate(
            """() => document.querySelectorAll(".prose p").forEach((paragraph) => {
                const term = document.querySelector(".term").cloneNode()
                term.innerHTML = "(“<span class='term__word'>ketiak</span>’s”),"
                paragraph.append(" We treat underarms ", term, " and other places.")
            })"""
        )

        for width in range(320, 1400, 12):
            page.set_viewport_size({"width": width, "height": 800})

            assert page.evaluate(SIGNS_APART) == [], width

    def test_is_whole_without_scripts(self, visit):
        with_scripts, without = (visit(ARTICLE, scripts=scripts).locator("main") for scripts in (True, False))
        for main in (with_scripts, without):
            expect(main).to_contain_text("This page replaces no clinician", use_inner_text=True)

        assert without.inner_text() == with_scripts.inner_text()

    def test_prints_its_answers_its_sources_and_the_address_of_their_page(self, visit):
        page = visit(ARTICLE)

        page.emulate_media(media="print")

        assert page.locator("#question-does-it-hurt").is_visible()
        assert page.locator("#sources ol.sources li").first.is_visible()
        assert page.locator("#sources .printed").inner_text().strip().endswith("/treatments/pico-laser/sources/")
        assert not page.locator(".contents, .dock").first.is_visible()

    def test_tears_no_step_of_a_diagram_from_its_drawing_on_paper(self, visit):
        page = visit(ARTICLE)
        page.emulate_media(media="print")
        # Columns break as pages do. In each the steps begin further down.
        torn = """() => {
            const diagram = document.querySelector(".diagram"), paper = document.createElement("div"), torn = []
            diagram.replaceWith(paper)
            const above = document.createElement("p")
            paper.append(above, diagram)
            Object.assign(paper.style, {columnWidth: "600px", blockSize: "900px", columnFill: "auto"})
            for (let height = 0; height < 900; height += 30) {
                above.style.blockSize = `${height}px`
                for (const step of diagram.children)
                    if (step.getClientRects().length > 1) torn.push(height, step.textContent.trim().slice(0, 30))
            }
            return torn
        }"""
        assert page.locator(".diagram__step svg").count() > 1

        assert page.evaluate(torn) == []

    def test_keeps_its_contents_in_view_on_a_wide_screen(self, visit):
        page = visit(ARTICLE)

        page.locator("#edition").scroll_into_view_if_needed()

        box = page.locator(".contents").bounding_box()
        assert 0 <= box["y"] < 100

    def test_loads_no_script(self, visit):
        page = visit(ARTICLE)

        assert page.locator("script:not([type='application/ld+json'])").count() == 0
