"""The publishing gate: what must be mended before a document may become an edition. Pure functions over documents."""

import datetime
import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from treatments import unread
from treatments.document import HEAD, fields_of
from treatments.models import PARTS, Basis, Source, Treatment, Waiver

CLAIMS = Path(__file__).parent / "content" / "claims.toml"
#: Fewer risks than this are no honest account of any treatment.
FEWEST_RISKS = 3
#: A source that nobody has looked at for so long may have changed.
STALE = datetime.timedelta(days=365)
#: Where a sentence ends: its mark, a new paragraph, or the next item of a list.
END = re.compile(r"[.!?](?=\s|$)|\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)")
#: Columns that patients do not read as sentences.
UNREAD = ("key", "note", "language", "slug", "reviewer", "picture", "reference", "address", "publisher", "credit")


@dataclass(frozen=True)
class Claim:
    """A pattern of wording that promises too much, what is wrong with it, and what is safe to say."""

    id: str
    pattern: re.Pattern
    why: str
    say: str


@dataclass(frozen=True)
class Reason:
    """One reason against publishing: the part and number of the row it is about, and for a claim its sentence."""

    says: str
    part: str = ""
    number: int | None = None
    claim: Claim | None = None
    sentence: str = ""


@functools.cache
def claims():
    """Every claim pattern of the data file."""
    table = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
    flags = re.IGNORECASE | re.DOTALL
    return [Claim(row["id"], re.compile(row["pattern"], flags), row["why"], row["say"]) for row in table["claim"]]


def reasons(document, today):
    """Every reason against publishing a canonical document on this date; none when it may be published."""
    of_signs = [Reason(says, part, number) for part, number, says in unread.signs(document)]
    return [*of_review(document, today), *of_parts(document), *of_statements(document), *of_claims(document), *of_signs]


def of_review(document, today):
    if "review_date" not in document or "next_review_date" not in document:
        yield Reason(_("Nobody has reviewed it: give the reviewer, the date, and the date of the next review."))
        return
    if document["review_date"] > today.isoformat():
        yield Reason(_("The date of the review is still to come."))
    if document["next_review_date"] <= today.isoformat():
        yield Reason(_("Its review has run out: have it reviewed again, and give the next date."))


def of_parts(document):
    if len(document.get("risks", [])) < FEWEST_RISKS:
        yield Reason(_("It names fewer than three risks."), "risks")
    if not document.get("precautions"):
        yield Reason(_("It does not say who should wait or not have it."), "precautions")
    if not document.get("warning_signs"):
        yield Reason(_("It does not say when to call."), "warning_signs")


def of_statements(document):
    """Statements that rest on nothing, and those that a clinician has still to confirm."""
    for part, model in PARTS.items():
        if not model.carries_sources():
            continue
        for number, row in enumerate(document.get(part, [])):
            basis = row.get("basis")
            if basis == Basis.PROPOSED:
                says = _("“%s” is only proposed: a clinician confirms it as your own practice.")
                yield Reason(says % name_of(model, row), part, number)
            elif basis != Basis.CLINIC and not row.get("sources"):
                says = _("“%s” has neither a source nor the clinic's own figure.")
                yield Reason(says % name_of(model, row), part, number)


def name_of(model, row):
    """What staff know a row by: the beginning of its naming text."""
    return Truncator(row.get(model.named_by, row["key"])).words(9)


def of_claims(document):
    """Sentences that promise too much and that no clinician has let stand."""
    waived = {(waiver["claim"], plain(waiver["sentence"])) for waiver in document.get(Waiver.part, [])}
    for part, number, text in texts(document):
        for claim in claims():
            for sentence in sentences_with(claim.pattern, text):
                if (claim.id, sentence) not in waived:
                    yield Reason(f"{claim.why} {claim.say}", part, number, claim, sentence)


def texts(document):
    """(part, number, text) of everything in a document that patients read as sentences; the head's part is empty."""
    for name in HEAD:
        column = Treatment._meta.get_field(name)
        if name in document and is_read(column):
            yield "", None, document[name]
    for part, model in PARTS.items():
        if model in (Source, Waiver):
            continue
        columns = [column for column in fields_of(model) if is_read(column)]
        for number, row in enumerate(document.get(part, [])):
            for column in columns:
                if column.name in row:
                    yield part, number, row[column.name]


def is_read(column):
    """Whether a column holds words that patients read."""
    return isinstance(column, models.CharField | models.TextField) and not column.choices and column.name not in UNREAD


def sentences_with(pattern, text):
    """The sentences of a text in which a pattern is found, each once, in order."""
    found = {}
    for match in pattern.finditer(text):
        start = max((end.end() for end in END.finditer(text, 0, match.start())), default=0)
        rest = END.search(text, match.end())
        end = rest.end() if rest else len(text)
        found[plain(text[start:end])] = True
    return list(found)


def plain(sentence):
    """The sentence on one line."""
    return " ".join(sentence.split())


def stale_sources(document, today):
    """(source, [(part, number)]) for every source that nobody has checked for a year, with what rests on it."""
    resting = {}
    for part in PARTS:
        for number, row in enumerate(document.get(part, [])):
            for reference in row.get("sources", []):
                resting.setdefault(reference, []).append((part, number))
    limit = (today - STALE).isoformat()
    return [
        (source, resting[source["reference"]])
        for source in document.get(Source.part, [])
        if source["reference"] in resting and source.get("checked_date", "") < limit
    ]
