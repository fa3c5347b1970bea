"""A page, parsed, and what it says: its words, its chapters, its links and its structured data."""

import functools
import json
import re

from bs4 import BeautifulSoup


@functools.lru_cache(maxsize=200)
def parsed(content):
    """The page, parsed; many tests read the same one and none changes it."""
    return BeautifulSoup(content, "html.parser")


def words(element):
    """The element's text as one line."""
    return " ".join(element.get_text(" ").split())


def squeezed(text):
    """The text without any blanks, for comparing what was set in different ways."""
    return "".join(text.split())


def ids(page):
    """Every id of the page, in order, as often as it stands there."""
    return [element["id"] for element in page.select("[id]")]


def fragments(page):
    """The ids that links of this page lead to."""
    return [link["href"][1:] for link in page.select("a[href^='#']")]


def chapter_titles(page):
    """The chapters of a treatment page: their headings by their ids."""
    return {section["id"]: words(section.h2) for section in page.select("article section[id]:has(> h2)")}


def folded_titles(page):
    """The chapters that stand folded under “Read more”: their headings by their ids."""
    folds = page.select("#more > .rows > details")
    return {fold.select_one(".fold__body")["id"]: words(fold.summary.h3) for fold in folds}


def first_layer(page):
    """The article as it is read before anything is opened: a copy in which folds hold their summaries alone."""
    article = BeautifulSoup(str(page.article), "html.parser")
    for inside in article.select("details > :not(summary), [popover]"):
        inside.decompose()
    return article


def contents(page):
    """The links of the page's table of contents: their texts by the ids that they lead to."""
    return {link["href"][1:]: words(link) for link in page.find(id="contents").select("a[href^='#']")}


def meta(page, name):
    """The content of a meta element by its name or property, None if there is none."""
    found = page.find("meta", attrs={"name": name}) or page.find("meta", attrs={"property": name})
    return found and found["content"]


def structured_data(page):
    """The nodes of the page's one graph, by their type."""
    (script,) = page.find_all("script", type="application/ld+json")
    data = json.loads(script.string)
    assert set(data) == {"@context", "@graph"}
    return {node["@type"]: node for node in data["@graph"]}


def field(page, label):
    """The form control that this label names."""
    found = next(element for element in page.find_all("label") if words(element).rstrip(":") == label)
    return page.find(id=found["for"])


def headings(page):
    """The page's headings as (level, text), in order."""
    return [(int(element.name[1]), words(element)) for element in page.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])]


#: What says something or is not there.
SPEAKING = "h1, h2, h3, dt, dd, summary, li, p, caption, th, figcaption, ul, ol, dl, section, a, button, title, text"
#: What acts when it is pressed.
ACTING = "a[href], button, input, select, textarea, summary, label"


def faults(page):
    """What no page of a treatment may have, whatever its document leaves out; in a line each."""
    mute = [
        tag for tag in page.select(SPEAKING) if not words(tag) and not tag.get("aria-hidden") and not tag.find("img")
    ]
    names = ids(page)
    pointing = ("popovertarget", "aria-labelledby", "aria-describedby", "for")
    pointed = fragments(page) + [tag[name] for name in pointing for tag in page.select(f"[{name}]")]
    return [
        *(f"says nothing: {str(tag)[:80]}" for tag in mute),
        *(f"has an id twice: {name}" for name in sorted(set(names)) if names.count(name) > 1),
        *(f"leads nowhere: {name}" for name in sorted(set(pointed) - set(names))),
        *(f"acts in what acts: {str(tag)[:80]}" for outer in page.select(ACTING) for tag in outer.select(ACTING)),
        *(f"has two headings: {words(fold)}" for fold in page.select("summary") if len(fold.select("h2, h3")) > 1),
        *(
            f"opens to nothing: {words(fold.summary)}"
            for fold in page.select("details")
            if words(fold) == words(fold.summary)
        ),
        *(f"reads as code: {text}" for text in page.main.find_all(string=re.compile(r"\bNone\b|\{\{|\{%|Undefined"))),
    ]
