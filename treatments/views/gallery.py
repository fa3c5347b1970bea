"""Every component of the templates, in each of its states, for whoever changes one; there with DEBUG alone."""

import datetime
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from treatments.article.listing import row
from treatments.article.page import Article
from treatments.article.versions import Version, Versions
from treatments.forms.comment import CommentForm
from treatments.models import Approval, Clinic, Clinician, Illustration
from treatments.publication import content_file
from treatments.running import sample

#: What stands once on a page, and here once for each state: ids, what refers to them, and the names of landmarks.
ONCE = re.compile(r'(\b(?:id|for|name|aria-labelledby|popovertarget)|<nav [^>]*?aria-label)="([^"]*)"')

WHEN = datetime.datetime(2026, 12, 3, 10, 30, tzinfo=datetime.UTC)
LATER = WHEN + datetime.timedelta(hours=2)
DAY = WHEN.date()
NUMBERS = {"phone": "+60 3-2345 6789", "out_of_hours_phone": "+60 12-345 6789", "emergency_number": "999"}
ADDRESS = {"address": "1 Example Road\nKuala Lumpur", "access": "Lift from the car park.", "email": "us@example.org"}


@dataclass(frozen=True)
class State:
    """A component with what it is given; `around` is what has to stand around it, such as a list."""

    component: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    around: str = "{}"

    def shown(self, request: HttpRequest, number: int) -> SafeString:
        """The component as a page shows it, with ids that stand nowhere else in the gallery."""
        html = render_to_string(f"components/{self.component}.html", self.values, request)
        # The component's own markup: whatever is a value in it was escaped by its template.
        apart = mark_safe(ONCE.sub(rf'\1="\2 {number}"'.replace(" ", "-"), html))
        return format_html(self.around, apart)


def in_states(component: str, states: dict[str, dict[str, Any]], around: str = "{}") -> list[State]:
    return [State(component, name, values, around) for name, values in states.items()]


def of_statements() -> Iterator[State]:
    """What a statement rests on, in full and as one sign."""
    citations = [{"number": number, "url": f"#source-{number}", "name": "Redness"} for number in range(1, 9)]
    rows = {
        "with sources": {"citations": citations},
        "our own": {"tag": {"label": "our figure"}},
        "to be confirmed": {"tag": {"label": "to be confirmed", "is_open": True}},
    }
    states = {name: {"row": row} for name, row in rows.items()}
    yield from in_states("basis", states, "<p>A statement.{}</p>")
    yield from in_states("sign", states, "<p>A line without a fold{}</p>")
    yield State("signs_explained", "as it is")


def of_the_article(article: Article) -> Iterator[State]:
    """The pieces of an article, each with a row of the one that comes with the site."""
    benefits = sorted(article["benefits"], key=lambda row: "icons" not in row or row["icons"] is None)
    yield State("briefs", "rows in brief", {"rows": article["precautions"][0].rows})
    yield State("chapter", "with a lead", {"chapter": article.chapters[1], "article": article})
    yield from in_states(
        "concern",
        {"can help": {"concern": article["concerns"][0]}, "not for it": {"concern": article["other_concerns"][0]}},
        '<div class="rows">{}</div>',
    )
    yield from in_states("count", {"drawn": {"row": benefits[0]}, "in words": {"row": {"count": "3 of 1,200 people"}}})
    yield State("dated_rules", "do and do not", {"groups": article["preparation"]})
    yield State("fact", "with a detail", {"fact": article["other_facts"][0]}, '<dl class="lines">{}</dl>')
    yield from in_states("illustration", {name: {"name": name} for name in Illustration.values})
    (explained, *_others) = [row["explained"] for row in article["concerns"] if row.get("explained")]
    yield State("explained", "one word", {"terms": explained}, "<p>A text with a word.{}</p>")


def of_its_lines_and_prose(article: Article) -> Iterator[State]:
    """The price at the top, rules, and pieces of prose."""
    drawn, plain = article["steps"][0], article["how"][0]
    price = {"amount": "from RM 250", "what": "A face", "per_label": "For one session."}
    yield from in_states(
        "price_line",
        {"known": {"article": {"prices": [price]}}, "not known": {"article": article}},
        '<dl class="lines lines--facts">{}</dl>',
    )
    yield from in_states("prose_section", {"drawn": {"section": drawn}, "not drawn": {"section": plain}})
    yield State("rule", "whole", {"rule": article["aftercare_do"][0]}, '<ul class="entries">{}</ul>')
    yield State("rule_list", "both", {"does": article["aftercare_do"][1:3], "donts": article["aftercare_avoid"][:2]})
    yield from in_states("section_fold", {"drawn": {"section": drawn}, "not drawn": {"section": plain}})
    listed = {"all_sources": article["all_sources"][:2]}
    yield State("source_list", "with what rests on each", {"article": listed, "page": ""})


def of_pictures(article: Article) -> Iterator[State]:
    """Pictures, kept and withdrawn, and treatments in rows."""
    listed = [row("#", article.document), row("#", {**article.document, "photos": []})]
    lost = {"anchor": "lost", "alt": "Skin, before.", "caption": "After a week."}
    kept = {"photo": article.hero, "sizes": "100vw", "loading": "lazy"}
    yield State("treatment_list", "with and without a picture", {"treatments": listed})
    yield from in_states("photo", {"kept": kept, "withdrawn": {"photo": lost}})
    yield State("picture", "kept", {**kept, "alt": "Skin in section."})


def of_the_frame(article: Article) -> Iterator[State]:
    """What stands around a page, and what leads from it."""
    known, unknown = Clinic(pk=Clinic.ONLY, **NUMBERS, **ADDRESS), Clinic(pk=Clinic.ONLY)
    signs = {"groups": article["warning_signs"]}
    yield from in_states("booking", {"about a treatment": {"slug": article.slug}, "about none": {}})
    yield from in_states(
        "breadcrumb",
        {
            "of a treatment": {"name": article.name},
            "below it": {"name": "Sources", "parent": "Pico", "parent_url": "#"},
        },
    )
    yield from in_states(
        "dock",
        {
            "at first": {"clinic": unknown, "slug": article.slug, "first": article.chapters[0], "article": article},
            "then, with a number": {"clinic": known, "slug": article.slug, "article": article},
        },
    )
    malay = Version("ms", "ltr", "Bahasa Melayu", "#", is_original=False, is_here=False)
    yield State("versions", "another language", {"versions": Versions([malay])})
    yield State("version_links", "in the head of a page", {"versions": Versions([malay])}, "")
    lim = Clinician(name="Dr Lim", title="Dermatologist", register="Example Council", register_number="12345")
    yield State("clinicians", "without a picture", {"clinicians": [lim]})
    yield from in_states("names", {"one": {"clinicians": [lim]}, "two": {"clinicians": [lim, lim]}}, "<p>{}</p>")
    yield State("approval", "with a number", {"approval": Approval(number="Example 1", expires_on=DAY)})
    yield from in_states("footer", {"all is known": {"clinic": known}, "only a name": {"clinic": {"name": "Nexus"}}})
    yield from in_states("help", {"no number": {**signs, "clinic": unknown}, "all": {**signs, "clinic": known}})
    open_site = {"is_demonstration": False, "is_not_open": False}
    yield from in_states(
        "masthead",
        {
            "demonstration": {"is_demonstration": True, "is_not_open": False},
            "not open yet": {**open_site, "is_not_open": True},
            "open": open_site,
        },
    )


def of_changes_and_comments() -> Iterator[State]:
    """What changed, what is wrong with a form, and what visitors say."""
    pieces = [
        {"text": "It fades in "},
        {"kind": "gone", "text": "a"},
        {"kind": "new", "text": "two"},
        {"text": " days."},
    ]
    kinds = ("new", "gone", "moved", "changed")
    changes = [{"part": "risk", "row": "Redness", "kind": kind, "columns": [("text", pieces)]} for kind in kinds]
    said = {"pk": 1, "name": "Aisha", "text": "It helped me.", "added_at": WHEN}
    answered = {**said, "pk": 2, "answer": "Thank you.", "answered_at": LATER}
    yield from in_states("change_list", {"every kind": {"changes": changes}, "none": {"changes": []}})
    yield from in_states(
        "comment",
        {"unanswered": {"comment": said}, "answered": {"comment": answered, "clinic": {"name": "Nexus Clinic"}}},
        "<ul>{}</ul>",
    )
    yield from in_states(
        "comment_state",
        {state: {"comment": {"state": state}, "erased_on": DAY} for state in ("waiting", "shown", "refused")},
    )
    yield State("error_summary", "two fields", {"form": CommentForm(data=QueryDict())})


def of_times() -> Iterator[State]:
    """Days and times to choose from."""
    states = ("free", "full", "holiday", "too-soon", "past", "closed")
    days = [
        {"date": DAY + datetime.timedelta(days=place), "state": state, "reason": "Holiday", "times": []}
        for place, state in enumerate(states)
    ]
    days[0]["times"] = [WHEN, LATER]
    times = [(WHEN, "a"), (LATER, "b")]
    yield State("day_list", "every kind of day", {"days": days, "opened": days[0], "first": DAY})
    yield from in_states("no_time", {"all taken": {"is_all_taken": True}, "closed": {}}, "<p>{}</p>")
    clinic = Clinic(pk=Clinic.ONLY, bring="Your glasses", **NUMBERS, **ADDRESS)
    yield from in_states(
        "visit_summary",
        {
            "a time": {"clinic": clinic, "start": WHEN, "other_time_form": "about-you"},
            "a day": {"clinic": Clinic(pk=Clinic.ONLY), "day": days[0]},
        },
    )
    yield State(
        "time_choice", "two parts of a day", {"opened": days[0], "parts": [("morning", times), ("evening", times)]}
    )
    yield from in_states(
        "time_gone", {"taken": {"nearest": times, "is_taken": True}, "no other": {"nearest": [], "is_taken": False}}
    )


def of_requests() -> Iterator[State]:
    """What holds of a request."""
    held = {"start": WHEN, "minutes": 30, "promise": LATER}
    hows = {
        "held": ("requested", held),
        "held, we are late": ("requested", {**held, "is_late": True}),
        "confirmed": ("confirmed", held),
        "not confirmed in time": ("requested", {**held, "is_past": True}),
        "past": ("confirmed", {**held, "is_past": True}),
        "cancelled": ("cancelled", {}),
        "attended": ("attended", held),
        "offered": ("offered", {}),
        "called": ("called", {}),
        "wished": ("requested", {"wished_at": WHEN}),
        "wish lost": ("requested", {"lost_wish": WHEN}),
        "call, promised": ("requested", {"promise": LATER}),
        "call, no hours": ("requested", {}),
    }
    clinic = Clinic(pk=Clinic.ONLY, bring="Your glasses", **ADDRESS)
    ticket = {"consultation": {"reference": "AB12CD"}, "how": {**held, "google_calendar": "#"}, "file": "#"}
    yield from in_states(
        "ticket",
        {"all is known": {**ticket, "clinic": clinic}, "only a name": {**ticket, "clinic": Clinic(pk=Clinic.ONLY)}},
    )
    yield State("worry", "on a private page", {"path": "#"})
    for name, (state, how) in hows.items():
        values = {"consultation": SimpleNamespace(state=state), "clinic": clinic, "how": how, "offered": [LATER]}
        yield State("request_state", name, values)
    yield State("request_state", "offered, all gone", {"consultation": {"state": "offered"}, "clinic": clinic})


def every_state() -> list[State]:
    """All of them, by the names of their components."""
    document, _pictures = content_file.read(sample.CONTENT / "pico-laser.toml")
    article = Article(document, "sources/")
    tables: Iterable[Iterator[State]] = (
        of_statements(),
        of_the_article(article),
        of_its_lines_and_prose(article),
        of_pictures(article),
        of_the_frame(article),
        of_changes_and_comments(),
        of_times(),
        of_requests(),
        # It stands in the head of the gallery itself.
        iter([State("page_head", "in the head of this page", around="")]),
    )
    return sorted(itertools.chain.from_iterable(tables), key=lambda state: state.component)


@require_safe
def gallery(request: HttpRequest) -> TemplateResponse:
    """The gallery: a heading for each component, and below it its states."""
    numbered = [(state, state.shown(request, number)) for number, state in enumerate(every_state(), 1)]
    groups = itertools.groupby(numbered, key=lambda pair: pair[0].component)
    components = [(name, list(states)) for name, states in groups]
    return TemplateResponse(request, "gallery.html", {"components": components})
