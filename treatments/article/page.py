"""A document as the treatment page shows it: texts as HTML, sources numbered, figures computed, in reading order."""

import datetime
import json
import re
import unicodedata
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _

from treatments.article import figures
from treatments.article.citations import Sources
from treatments.article.wording import advised, picture, weighed, with_count, with_days, with_words
from treatments.models import (
    PARTS,
    Basis,
    ConcernAdvice,
    Place,
    PrecautionAdvice,
    RiskBand,
    WarningLevel,
)
from treatments.publication.reading import TEXTS, words_of
from treatments.text.explainer import Explainer

#: What puts a row's choices, numbers and days into words.
WORDED = {
    "key_facts": with_words,
    "concerns": weighed,
    "precautions": advised,
    "benefits": with_count,
    "risks": with_count,
    "preparation": with_days,
    "recovery": with_days,
    "aftercare": with_days,
    "photos": picture,
}

#: What a row's address on the page begins with.
ANCHORS = {
    "key_facts": "fact",
    "concerns": "concern",
    "precautions": "precaution",
    "sections": "section",
    "benefits": "benefit",
    "risks": "risk",
    "preparation": "before",
    "recovery": "recovery",
    "aftercare": "after",
    "alternatives": "alternative",
    "questions": "question",
    "warning_signs": "sign",
    "ask_at_consultation": "ask",
    "glossary": "term",
    "photos": "picture",
}

#: Languages and scripts that run from right to left, as they stand in a language tag.
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
RIGHT_TO_LEFT_SCRIPTS = {"adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"}
#: What Unicode calls letters, numbers and marks that run from right to left.
LEFTWARD = {"R", "AL", "AN", "RLE", "RLO", "RLI"}


@dataclass
class Group:
    """Rows that share a choice."""

    value: str
    label: str
    rows: list


@dataclass
class Chapter:
    """A chapter of the page: its address, its heading and its template."""

    id: str
    title: str
    template: str
    sources: list


@dataclass
class Tag:
    """A few words beside a statement; open as long as nobody stands for it by name."""

    label: str
    is_open: bool = False


def is_for_it(concern):
    return concern["advice"] in (ConcernAdvice.CAN_HELP, ConcernAdvice.ASK)


def is_to_avoid(rule):
    return rule.get("avoid", False)


def is_to_do(rule):
    return not is_to_avoid(rule)


def has_figure(part, row):
    """Whether the words of a statement, as readers see them, give a number. Call before its texts are HTML."""
    said = ((name, value) for name, value in row.items() if name not in ("key", "anchor", "note"))
    return any(isinstance(value, str) and re.search(r"\d", words_of(part, name, value)) for name, value in said)


def tag_of(part, row):
    """What the basis of a statement is called on the page; None if its sources say all there is to say."""
    if not PARTS[part].is_medical:
        return None
    if row["basis"] == Basis.CLINIC:
        return Tag(_("our figure") if has_figure(part, row) else _("our practice"))
    if row["basis"] == Basis.PROPOSED:
        return Tag(_("to be confirmed"), is_open=True)
    if row["citations"]:
        return None
    return Tag(_("usual practice") if row.get("sources") else _("no source"), is_open=True)


def direction_of(document):
    """Which way a document's language is written: "rtl" or "ltr". A script in its tag, as in ms-Arab, decides."""
    language, *rest = document["language"].lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    is_leftward = script in RIGHT_TO_LEFT_SCRIPTS if script else language in RIGHT_TO_LEFT
    return "rtl" if is_leftward else "ltr"


def has_leftward(document):
    """Whether any text of a document, the words of its pictures included, has a letter that runs from right to left."""
    letters = set(json.dumps(document, ensure_ascii=False))
    return any(unicodedata.bidirectional(letter) in LEFTWARD for letter in letters)


class Article:
    """Everything that the templates of a treatment page need, made once from a document."""

    def __init__(self, document):
        self.document = document
        self.sources = Sources(document.get("source", []))
        self.explain = Explainer(document.get("glossary", []))
        self.slug = document["slug"]
        self.name = document["name"]
        self.title = document["title"]
        self.description = document["description"]
        self.language = document["language"]
        self.direction = direction_of(document)
        self.runs_both_ways = self.direction == "rtl" or has_leftward(document)
        self.photos = self.rows("photos")
        self.read()
        self.chapters = [chapter for chapter in self.all_chapters() if chapter]

    def rows(self, part):
        """The rows of a part with their addresses, texts not yet read."""
        worded = WORDED.get(part, dict)
        return [worded({**row, "anchor": f"{ANCHORS[part]}-{row['key']}"}) for row in self.document.get(part, [])]

    def statements(self, part, keep=lambda row: True):
        """The rows of a part that `keep` wants, read: texts as HTML, sources cited. Call in reading order."""
        return [self.statement(part, row) for row in self.rows(part) if keep(row)]

    def groups(self, part, choices, name, keep=lambda row: True):
        """The same in groups that share a choice, in the order of the choices; groups without rows are left out."""
        found = []
        for value, label in choices.choices:
            rows = self.statements(part, lambda row, value=value: row[name] == value and keep(row))
            if rows:
                found.append(Group(value, label, rows))
        return found

    def statement(self, part, row):
        row["citations"] = self.sources.cite(row.get("sources", []))
        row["tag"] = tag_of(part, row)
        for name, as_html in TEXTS.get(part, {}).items():
            if name in row:
                row[name] = self.explain(as_html(row[name]))
        return row

    def sections(self, place, keep=lambda row: True):
        return self.statements("sections", lambda row: row["place"] == place and keep(row))

    def read(self):
        """Take in every part, in the order in which the page shows it."""
        self.answer = self.explain(escape(self.document["answer"]))
        facts = self.rows("key_facts")
        # The opening has no list of sources of its own: the first chapter's has them too.
        self.sources.begin("suitability")
        self.top_facts = [self.statement("key_facts", fact) for fact in facts if fact.get("at_top")]
        self.boxes = self.statements("precautions", lambda row: row.get("boxed"))
        self.concerns = self.statements("concerns", is_for_it)
        self.other_concerns = self.statements("concerns", lambda row: not is_for_it(row))
        concerns = [*self.concerns, *self.other_concerns]
        self.precautions = self.groups("precautions", PrecautionAdvice, "advice", lambda row: not row.get("boxed"))
        self.suitability = self.sections(Place.SUITABILITY)
        self.sources.begin("how-it-works")
        self.steps = self.sections(Place.HOW_IT_WORKS, lambda row: "illustration" in row)
        self.how = self.sections(Place.HOW_IT_WORKS, lambda row: "illustration" not in row)
        self.sources.begin("benefits")
        self.benefits = self.statements("benefits")
        self.about_benefits = self.sections(Place.BENEFITS)
        self.sources.begin("risks")
        self.risks = self.groups("risks", RiskBand, "band")
        self.about_risks = self.sections(Place.RISKS)
        self.sources.begin("preparation")
        self.preparation_do = self.statements("preparation", is_to_do)
        self.preparation_avoid = self.statements("preparation", is_to_avoid)
        self.about_preparation = self.sections(Place.PREPARATION)
        self.sources.begin("appointment")
        self.appointment = self.sections(Place.APPOINTMENT)
        self.pain = figures.pain_plot(concerns)
        self.sources.begin("recovery")
        self.recovery = self.statements("recovery")
        self.recovery_line = figures.recovery_line(self.recovery)
        self.about_recovery = self.sections(Place.RECOVERY)
        self.sources.begin("aftercare")
        self.aftercare_do = self.statements("aftercare", is_to_do)
        self.aftercare_avoid = self.statements("aftercare", is_to_avoid)
        self.about_aftercare = self.sections(Place.AFTERCARE)
        self.sources.begin("results")
        self.sessions = figures.sessions_plot(concerns)
        self.course = figures.course({fact["measure"]: fact for fact in facts if "measure" in fact})
        in_course = self.course.facts if self.course else []
        self.other_facts = [fact for fact in facts if fact not in in_course and not fact.get("at_top")]
        for fact in (*in_course, *self.other_facts):
            if not fact.get("at_top"):
                self.statement("key_facts", fact)
        self.results = self.sections(Place.RESULTS)
        self.sources.begin("cost")
        self.cost = self.sections(Place.COST)
        self.sources.begin("alternatives")
        self.alternatives = self.statements("alternatives")
        self.sources.begin("questions")
        self.questions = self.statements("questions")
        self.sources.begin("warning-signs")
        self.warning_signs = self.groups("warning_signs", WarningLevel, "level")
        self.sources.begin("consultation")
        self.consultation = self.sections(Place.CONSULTATION)
        self.ask = self.statements("ask_at_consultation")
        self.sources.begin("glossary")
        self.glossary = sorted(self.statements("glossary"), key=lambda row: row["term"].casefold())
        self.explained = [row for row in self.glossary if row["key"] in self.explain.explained]

    @property
    def review_date(self):
        return self.date("review_date")

    @property
    def next_review_date(self):
        return self.date("next_review_date")

    def date(self, name):
        return datetime.date.fromisoformat(self.document[name]) if name in self.document else None

    @property
    def hero(self):
        return self.photos[0] if self.photos else None

    @property
    def more_photos(self):
        return self.photos[1:]

    def all_chapters(self):
        """Every chapter in reading order, None in the place of one that has nothing to say."""

        def chapter(id, title, *contents):
            template = f"treatments/sections/{id.replace('-', '_')}.html"
            cited = [listed for _number, listed in sorted(self.sources.by_chapter.get(id, {}).items())]
            return Chapter(id, title, template, cited) if any(contents) else None

        return [
            chapter(
                "suitability",
                _("Is it for me?"),
                self.concerns,
                self.other_concerns,
                self.boxes,
                self.precautions,
                self.suitability,
            ),
            chapter("how-it-works", _("How it works"), self.steps, self.how),
            chapter("benefits", _("What it can do"), self.benefits, self.about_benefits),
            chapter("risks", _("Risks and side effects"), self.risks, self.about_risks),
            chapter(
                "preparation",
                _("Before your appointment"),
                self.preparation_do,
                self.preparation_avoid,
                self.about_preparation,
            ),
            chapter("appointment", _("The appointment"), self.appointment, self.pain),
            chapter("recovery", _("Recovery, day by day"), self.recovery, self.about_recovery),
            chapter("aftercare", _("Aftercare"), self.aftercare_do, self.aftercare_avoid, self.about_aftercare),
            chapter(
                "results",
                _("Results, and how long they last"),
                self.results,
                self.sessions,
                self.course,
                self.other_facts,
            ),
            chapter("pictures", _("Pictures"), self.more_photos),
            chapter("cost", _("Cost"), self.cost),
            chapter("alternatives", _("Other ways to treat it"), self.alternatives),
            chapter("questions", _("Questions and answers"), self.questions),
            chapter("warning-signs", _("When to call"), self.warning_signs),
            chapter("consultation", _("Your consultation"), self.consultation, self.ask),
            chapter("glossary", _("Words explained"), self.glossary),
            chapter("sources", _("Sources"), self.sources.in_order()),
        ]
