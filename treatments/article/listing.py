"""Published treatments in rows, as the home page and the list of treatments show them."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from treatments.article.versions import families, in_language
from treatments.article.wording import PageRow, picture, sessions, with_words
from treatments.models import Concern, ConcernAdvice, Edition, Measure
from treatments.text import marked
from treatments.values.languages import direction_of
from treatments.values.row_types import ConcernRow, Document

#: How many rows answer “What would you like to change?” at most, and up to how many treatments they are concerns:
#: where there are more treatments, these are the rows.
MOST_ROWS, MOST_BY_CONCERN = 16, 4
#: What somebody may come with, those first that the treatment can help.
WELCOME = (ConcernAdvice.CAN_HELP, ConcernAdvice.ASK)
#: What a list says of a treatment in figures.
FACTS = (Measure.APPOINTMENT_MINUTES, Measure.SESSIONS)


def listed(editions: Iterable[Edition]) -> list[PageRow]:
    """What lists show of the treatments of these editions, in their order; translations stand there once.

    Of a treatment with translations that is the one in the site's language, if there is one.
    """
    shown = [in_language(family, get_language() or settings.LANGUAGE_CODE) for family in families(editions)]
    return [row(edition.treatment.get_absolute_url(), edition.content()) for edition in shown]


def row(url: str, document: Document) -> PageRow:
    """What lists show of one treatment; `photo` is its first picture, None if it has none."""
    photos = document.get("photos", [])
    return {
        "url": url,
        "name": document["name"],
        "description": document["description"],
        "language": document["language"],
        "direction": direction_of(document["language"]),
        "photo": picture(photos[0]) if photos else None,
        "facts": [with_words(fact)["words"] for fact in document.get("key_facts", []) if fact.get("measure") in FACTS],
        "has_warning_signs": bool(document.get("warning_signs")),
        "concerns": concerns(url, document),
    }


def concerns(url: str, document: Document) -> list[PageRow]:
    """The concerns with which one may come to a treatment, each with the address of its fold."""
    rows = sorted(
        (row for row in document.get("concerns", []) if row["advice"] in WELCOME),
        key=lambda row: WELCOME.index(ConcernAdvice(row["advice"])),
    )
    return [
        {
            "url": f"{url}#{Concern.anchor}-{row['key']}",
            "name": marked.html(capfirst(row["brief"]) if "brief" in row else row["name"]),
            "note": marked.html(row["verdict"]) if "verdict" in row else sessions_in_words(row),
        }
        for row in rows
    ]


def sessions_in_words(row: ConcernRow) -> str:
    return sessions(row.get("sessions_from"), row.get("sessions_to"))


def wishes(treatments: list[PageRow]) -> list[PageRow]:
    """What one may want to change: an equal share of MOST_ROWS for each treatment, in rows with its `treatment`.

    Empty where there are more treatments than MOST_BY_CONCERN, or none of their concerns.
    """
    if not 0 < len(treatments) <= MOST_BY_CONCERN:
        return []
    share = MOST_ROWS // len(treatments)
    return [{**row, "treatment": treatment} for treatment in treatments for row in shared(treatment, share)]


def shared(treatment: PageRow, share: int) -> list[PageRow]:
    """So many of a treatment's concerns at most; where there are more, the last row leads to all of them."""
    rows: list[PageRow] = treatment["concerns"]
    if len(rows) <= share:
        return rows
    more = _("And %(number)s more") % {"number": len(rows) - share + 1}
    return [*rows[: share - 1], {"url": f"{treatment['url']}#suitability", "name": more, "note": ""}]
