"""A guide of docs/staff walked in a browser: what its screens say, whether it quotes them right, and its pictures."""

import io
import os
import re

from django.conf import settings
from PIL import Image

from treatments.tests.journeys.hands import leave_by

GUIDES = settings.BASE_DIR / "docs" / "staff"
PICTURES = GUIDES / "pictures"
#: What a picture in a repository, and on a slow line, may weigh.
MOST_BYTES = 60_000
COLOURS = 48
#: Air around the part of a screen that a picture shows.
MARGIN = 8
#: Everything on a screen that a guide can quote: each text as it stands alone, and up to its colon: what follows is a
#: count or a name. With what is written on buttons and what only a screen reader says.
WORDS = r"""() => {
  const found = new Set();
  const add = text => {
    const whole = text.replace(/\s+/g, " ").trim();
    found.add(whole).add(whole.replace(/:$/, "")).add(whole.split(": ")[0]);
  };
  for (const element of document.body.querySelectorAll("*")) {
    if (element.matches("select")) for (const option of element.options) add(option.textContent);
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.matches("a, button, label, legend, summary, th, h1, h2, h3")) add(element.textContent);
    if (element.matches("[type=submit], [type=button]")) add(element.value);
    if (element.ariaLabel) add(element.ariaLabel);
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) add(node.data);
  }
  return [...found];
}"""


def text_of(guide):
    return (GUIDES / f"{guide}.md").read_text(encoding="utf-8")


def quoted_in(text):
    """The words of buttons, links and labels that a text quotes."""
    return set(re.findall(r"\*\*(.+?)\*\*", text))


def pictures_in(text):
    """The names of the pictures of a text, in order."""
    return re.findall(r"!\[[^\]]+\]\(pictures/([a-z-]+)\.png\)", text)


class Walk:
    """One guide on its way: `seen` are the words of every screen so far, `taken` the pictures."""

    def __init__(self, guide, page, url):
        self.text = text_of(guide)
        self.page = page
        self.url = url
        self.seen = set()
        self.taken = []

    def look(self):
        """Read the screen that is open; its words."""
        self.page.wait_for_load_state()
        words = set(self.page.evaluate(WORDS))
        self.seen |= words
        return words

    def go(self, path):
        if self.seen:
            self.look()
        self.page.goto(self.url + path)
        self.look()

    def follow(self, name, *, within="body"):
        """Go where this link leads."""
        self.check_step(name)
        leave_by(self.page.locator(within).get_by_role("link", name=named(name)).first)

    def press(self, name):
        """Press this button, and see what comes of it."""
        self.check_step(name)
        leave_by(self.page.get_by_role("button", name=named(name)).first)

    def choose(self, row):
        """Follow a row of a list, which is called something else in every clinic."""
        self.look()
        leave_by(self.page.locator("#content").get_by_role("link", name=row).first)

    def open_tab(self, name):
        """Press a button that opens a tab of its own; the page in it."""
        self.check_step(name)
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("button", name=named(name)).click()
        return opened.value

    def check_step(self, name):
        """AssertionError unless the guide says so, and the screen does."""
        assert name in quoted_in(self.text), f"The guide does not say “{name}”"
        assert name in self.look(), f"“{name}” is not on the screen “{self.page.title()}”"

    def fill(self, label, text):
        self.page.get_by_label(named(label)).fill(text)

    def check_quotes(self, text):
        """AssertionError with what a text quotes and no screen has shown."""
        unseen = sorted(quoted_in(text) - self.seen)
        assert not unseen, f"No screen says {unseen}"

    def picture(self, name, *parts):
        """A moment at which the guide shows a picture of these parts of the screen: what it quotes so far is true."""
        self.look()
        self.taken.append(name)
        before, _mark, _after = self.text.partition(f"(pictures/{name}.png)")
        self.check_quotes(before)
        shown = [box_of(self.page.locator(part)) for part in parts]
        if os.environ.get("GUIDE_PICTURES"):
            take(self.page, PICTURES / f"{name}.png", shown)

    def arrive(self):
        """At the end: everything that the guide quotes was there, and every picture had its moment."""
        self.look()
        self.check_quotes(self.text)
        assert self.taken == pictures_in(self.text)


def named(words):
    """What is called just so, whatever stands behind a colon."""
    return re.compile(rf"^{re.escape(words)}(:.*)?$")


def box_of(parts):
    """(left, top, right, bottom) of the first of these parts, on the whole page; AssertionError if nobody sees it."""
    box = parts.first.bounding_box()
    assert box, f"{parts} is not on the screen"
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def take(page, file, boxes):
    """Write what these boxes surround, in few colours."""
    scrolled = page.evaluate("scrollY")
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    left, top = max(0, min(lefts) - MARGIN), max(0, min(tops) + scrolled - MARGIN)
    clip = {"x": left, "y": top, "width": max(rights) + MARGIN - left, "height": max(bottoms) + scrolled + MARGIN - top}
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip, animations="disabled"))).convert("RGB")
    shot.quantize(COLOURS).save(file, optimize=True)
    assert file.stat().st_size < MOST_BYTES, f"{file.name} has {file.stat().st_size} bytes"
