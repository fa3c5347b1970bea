"""A document as the treatment page shows it: texts as HTML, sources numbered, figures computed, in reading order."""

import datetime
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from treatments import figures, pictures
from treatments.models import (
    Basis,
    ConcernAdvice,
    Evidence,
    EvidenceKind,
    Measure,
    Place,
    PrecautionAdvice,
    RiskBand,
    WarningLevel,
)
from treatments.prose import Explainer, html

#: Fields of Markdown, and fields of plain text in which words are explained; by part, in reading order.
MARKDOWN = {
    "precautions": ["says"],
    "sections": ["body"],
    "benefits": ["text"],
    "risks": ["text"],
    "questions": ["answer"],
}
PLAIN = {
    "key_facts": ["detail"],
    "concerns": ["honest", "lasting"],
    "precautions": ["why"],
    "benefits": ["finding"],
    "preparation": ["rule", "why"],
    "recovery": ["usual", "can_do"],
    "aftercare": ["rule", "why"],
    "alternatives": ["good_at", "limits"],
    "warning_signs": ["sign"],
    "ask_at_consultation": ["text"],
}

#: Questions to ask and explanations of words claim nothing that a patient could rely on.
NOT_MEDICAL = {"ask_at_consultation", "glossary"}

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

EVIDENCE_STEPS = {Evidence.STRONG: 3, Evidence.MODERATE: 2, Evidence.LIMITED: 1, Evidence.NONE: 0}

RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}


@dataclass
class Citation:
    """One small numbered link from a statement to a source; `mark` is its own address, for the way back."""

    number: int
    reference: str
    mark: str


@dataclass
class Listed:
    """A source in the page's list, with the marks of the statements that rest on it."""

    number: int
    data: dict
    kind: str
    marks: list = field(default_factory=list)


class Sources:
    """Numbers the shown sources in the order in which the page first cites them."""

    def __init__(self, rows):
        self.rows = {row["reference"]: row for row in rows}
        self.listed = {}
        self.by_chapter = {}
        self.chapter = ""

    def begin(self, chapter):
        """From here on statements stand in this chapter."""
        self.chapter = chapter

    def cite(self, references):
        """The citations of a statement; unshown sources have none."""
        return [self.citation(reference) for reference in references if self.rows[reference].get("shown")]

    def citation(self, reference):
        if reference not in self.listed:
            row = self.rows[reference]
            self.listed[reference] = Listed(len(self.listed) + 1, row, EvidenceKind(row["evidence"]).label)
        listed = self.listed[reference]
        mark = f"cite-{reference.lower()}-{len(listed.marks) + 1}"
        listed.marks.append(mark)
        self.by_chapter.setdefault(self.chapter, {})[listed.number] = listed
        return Citation(listed.number, reference.lower(), mark)

    def in_order(self):
        """Cited sources by number, then shown sources that nothing cites."""
        rest = [row for row in self.rows.values() if row.get("shown") and row["reference"] not in self.listed]
        start = len(self.listed) + 1
        more = [Listed(start + place, row, EvidenceKind(row["evidence"]).label) for place, row in enumerate(rest)]
        return [*self.listed.values(), *more]


@dataclass
class Chapter:
    """A chapter of the page: its address, its heading and its template."""

    id: str
    title: str
    template: str
    sources: list


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
        self.direction = "rtl" if self.language.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"
        self.photos = [picture(row) for row in self.rows("photos")]
        self.read()
        self.chapters = [chapter for chapter in self.all_chapters() if chapter]

    def rows(self, part):
        """The rows of a part with their addresses, texts not yet read."""
        return [{**row, "anchor": f"{ANCHORS[part]}-{row['key']}"} for row in self.document.get(part, [])]

    def statements(self, part, keep=lambda row: True):
        """The rows of a part that `keep` wants, read: texts as HTML, sources cited. Call in reading order."""
        return [self.statement(part, row) for row in self.rows(part) if keep(row)]

    def statement(self, part, row):
        for name in PLAIN.get(part, []):
            if name in row:
                row[name] = self.explain.plain(row[name])
        for name in MARKDOWN.get(part, []):
            if name in row:
                row[name] = self.explain.html(html(row[name]))
        references = row.get("sources", [])
        row["citations"] = self.sources.cite(references)
        basis = row["basis"] if part not in NOT_MEDICAL else ""
        row["is_clinic_figure"] = basis == Basis.CLINIC
        row["is_proposed"] = basis == Basis.PROPOSED
        row["is_usual_practice"] = basis == Basis.EVIDENCE and bool(references) and not row["citations"]
        return row

    def sections(self, place):
        return self.statements("sections", lambda row: row["place"] == place)

    def read(self):
        """Take in every part, in the order in which the page shows it."""
        self.answer = self.explain.plain(self.document["answer"])
        facts = [with_words(fact) for fact in self.rows("key_facts")]
        self.top_facts = [self.statement("key_facts", fact) for fact in facts if fact.get("at_top")]
        self.sources.begin("suitability")
        self.boxes = [advised(row) for row in self.statements("precautions", lambda row: row.get("boxed"))]
        concerns = [weighed(row) for row in self.statements("concerns")]
        self.concerns = [row for row in concerns if row["advice"] in (ConcernAdvice.CAN_HELP, ConcernAdvice.ASK)]
        self.other_concerns = [row for row in concerns if row not in self.concerns]
        others = [advised(row) for row in self.statements("precautions", lambda row: not row.get("boxed"))]
        self.precautions = grouped(others, PrecautionAdvice)
        self.suitability = self.sections(Place.SUITABILITY)
        self.sources.begin("how-it-works")
        how = self.sections(Place.HOW_IT_WORKS)
        self.steps = [section for section in how if "illustration" in section]
        self.how = [section for section in how if "illustration" not in section]
        self.sources.begin("benefits")
        self.benefits = [with_count(row) for row in self.statements("benefits")]
        self.about_benefits = self.sections(Place.BENEFITS)
        self.sources.begin("risks")
        self.risks = grouped([with_count(row) for row in self.statements("risks")], RiskBand, "band")
        self.about_risks = self.sections(Place.RISKS)
        self.sources.begin("preparation")
        self.preparation = [with_days(row) for row in self.statements("preparation")]
        self.about_preparation = self.sections(Place.PREPARATION)
        self.sources.begin("appointment")
        self.appointment = self.sections(Place.APPOINTMENT)
        self.pain = figures.pain_plot(concerns)
        self.sources.begin("recovery")
        self.recovery = [with_days(row) for row in self.statements("recovery")]
        self.recovery_line = figures.recovery_line(self.recovery)
        self.about_recovery = self.sections(Place.RECOVERY)
        self.sources.begin("aftercare")
        self.aftercare = [with_days(row) for row in self.statements("aftercare")]
        self.about_aftercare = self.sections(Place.AFTERCARE)
        self.sources.begin("results")
        self.sessions = figures.sessions_plot(concerns)
        self.course = figures.course({fact["measure"]: fact for fact in facts if "measure" in fact})
        for fact in self.course.facts if self.course else []:
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
        self.warning_signs = grouped(self.statements("warning_signs"), WarningLevel, "level")
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

    @property
    def preparation_do(self):
        return [row for row in self.preparation if not row.get("avoid")]

    @property
    def preparation_avoid(self):
        return [row for row in self.preparation if row.get("avoid")]

    @property
    def aftercare_do(self):
        return [row for row in self.aftercare if not row.get("avoid")]

    @property
    def aftercare_avoid(self):
        return [row for row in self.aftercare if row.get("avoid")]

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
            chapter("preparation", _("Before your appointment"), self.preparation, self.about_preparation),
            chapter("appointment", _("The appointment"), self.appointment, self.pain),
            chapter("recovery", _("Recovery, day by day"), self.recovery, self.about_recovery),
            chapter("aftercare", _("Aftercare"), self.aftercare, self.about_aftercare),
            chapter("results", _("Results, and how long they last"), self.results, self.sessions, self.course),
            chapter("cost", _("Cost"), self.cost),
            chapter("alternatives", _("Other ways to treat it"), self.alternatives),
            chapter("questions", _("Questions and answers"), self.questions),
            chapter("warning-signs", _("When to call"), self.warning_signs),
            chapter("consultation", _("Your consultation"), self.consultation, self.ask),
            chapter("glossary", _("Words explained"), self.glossary),
            chapter("sources", _("Sources"), self.sources.in_order()),
        ]


@dataclass
class Group:
    """Rows that share a choice."""

    value: str
    label: str
    rows: list


def grouped(rows, choices, name="advice"):
    """The rows by their choice, in the order of the choices; groups without rows are left out."""
    groups = (Group(choice.value, choice.label, [row for row in rows if row[name] == choice]) for choice in choices)
    return [group for group in groups if group.rows]


#: A measure's numbers with their unit, and the same without an end.
UNITS = {
    Measure.APPOINTMENT_MINUTES: (gettext_lazy("%(span)s minutes"), gettext_lazy("%(span)s minutes or more")),
    Measure.SESSIONS: (gettext_lazy("%(span)s sessions"), gettext_lazy("%(span)s sessions or more")),
    Measure.WEEKS_APART: (gettext_lazy("%(span)s weeks apart"), gettext_lazy("%(span)s weeks apart or more")),
    Measure.FIRST_CHANGE_WEEKS: (gettext_lazy("After %(span)s weeks"), gettext_lazy("After %(span)s weeks or more")),
    Measure.JUDGED_MONTHS: (
        gettext_lazy("%(span)s months after the last session"),
        gettext_lazy("%(span)s months or more after the last session"),
    ),
    Measure.LASTING_MONTHS: (gettext_lazy("%(span)s months"), gettext_lazy("%(span)s months or more")),
    Measure.UPKEEP_MONTHS: (gettext_lazy("Every %(span)s months"), gettext_lazy("Every %(span)s months or more")),
    Measure.PAIN_SCORE: (gettext_lazy("%(span)s out of 10"), gettext_lazy("%(span)s or more out of 10")),
    Measure.RECOVERY_DAYS: (gettext_lazy("%(span)s days"), gettext_lazy("%(span)s days or more")),
}


def with_words(fact):
    """A key fact with `words`: its value, or its numbers with their unit."""
    if "measure" in fact:
        closed, without_end = UNITS[fact["measure"]]
        least = fact["least"]
        fact["words"] = (
            closed % {"span": figures.span(least, fact["most"])} if "most" in fact else without_end % {"span": least}
        )
    else:
        fact["words"] = fact["value"]
    return fact


def weighed(concern):
    """A concern with its evidence and advice in words."""
    evidence = Evidence(concern["evidence"])
    concern["evidence_label"] = evidence.label
    concern["evidence_steps"] = [step < EVIDENCE_STEPS[evidence] for step in range(3)]
    concern["advice_label"] = ConcernAdvice(concern["advice"]).label
    return concern


def advised(precaution):
    precaution["advice_label"] = PrecautionAdvice(precaution["advice"]).label
    return precaution


def with_count(row):
    """A benefit or risk with its count in words, and drawn if it can be."""
    if "people" in row:
        row["count"] = figures.count_words(row)
        row["icons"] = figures.icon_array(row)
    return row


def with_days(row):
    """A rule or stage with its days in words."""
    row["days"] = days_in_words(row.get("from_day"), row.get("to_day"), row.get("least_day"))
    return row


def days_in_words(first, last, least=None):
    """Days counted from the treatment day, as a patient would say them."""
    if least is not None and last is not None and last < 0 and first is not None:
        return _("%(least)s to %(most)s days before") % {"least": -least, "most": -first}
    if least is not None and last is not None and last > 0 and first in (0, 1):
        return _("for %(least)s to %(most)s days after") % {"least": least, "most": last}
    if first is None and last is None:
        return ""
    if first is None:
        return _("before the day") if last < 0 else _("from now until the day")
    if first == last:
        return one_day(first)
    if last is None:
        return _("from the day on, always") if first == 0 else _("from day %(day)s on") % {"day": first}
    if first < 0:
        start = length_of(-first)
        return (
            _("from %(length)s before") % {"length": start}
            if last in (0, -1)
            else _("from %(length)s before until %(end)s before") % {"length": start, "end": length_of(-last)}
        )
    if first in (0, 1):
        return _("for %(length)s after") % {"length": length_of(last)}
    if first % 7 == 0 and last % 7 == 0:
        return _("weeks %(first)s to %(last)s after") % {"first": first // 7, "last": last // 7}
    if first % 30 == 0 and last % 30 == 0:
        return _("months %(first)s to %(last)s after") % {"first": first // 30, "last": last // 30}
    return _("days %(first)s to %(last)s after") % {"first": first, "last": last}


def one_day(day):
    if day == 0:
        return _("on the day")
    if day == -1:
        return _("the day before")
    if day < 0:
        return _("%(length)s before") % {"length": length_of(-day)}
    return _("%(length)s after") % {"length": length_of(day)}


def length_of(days):
    """A number of days in the largest unit that fits it exactly."""
    if days % 30 == 0 and days >= 60:
        return ngettext("%(n)s month", "%(n)s months", days // 30) % {"n": days // 30}
    if days % 7 == 0 and days >= 14:
        return ngettext("%(n)s week", "%(n)s weeks", days // 7) % {"n": days // 7}
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def picture(photo):
    """A photo with its forms, or without them if the picture was withdrawn."""
    if not pictures.is_there(photo["picture"]):
        return photo
    stem = photo["picture"].removesuffix(".webp")
    widths = pictures.widths(photo["width"])
    photo["avif"] = [(f"{stem}-{width}.avif", width) for width in widths]
    photo["webp"] = [(f"{stem}-{width}.webp", width) for width in widths]
    photo["preview_width"] = pictures.preview_width(photo["width"])
    photo["preview"] = f"{stem}-{photo['preview_width']}.jpg"
    photo["preview_height"] = round(photo["height"] * photo["preview_width"] / photo["width"])
    return photo
