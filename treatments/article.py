"""A document as the treatment page shows it: texts as HTML, sources numbered, figures computed, in reading order."""

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext as _

from treatments import figures
from treatments.citations import Sources
from treatments.models import (
    Basis,
    ConcernAdvice,
    Place,
    PrecautionAdvice,
    RiskBand,
    WarningLevel,
)
from treatments.prose import Explainer, html
from treatments.wording import advised, grouped, picture, weighed, with_count, with_days, with_words

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

RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}


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
        self.other_facts = [self.statement("key_facts", fact) for fact in facts if not fact.get("at_top")]
        if self.course:
            self.other_facts = [fact for fact in self.other_facts if fact not in self.course.facts]
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
            chapter(
                "results",
                _("Results, and how long they last"),
                self.results,
                self.sessions,
                self.course,
                self.other_facts,
            ),
            chapter("cost", _("Cost"), self.cost),
            chapter("alternatives", _("Other ways to treat it"), self.alternatives),
            chapter("questions", _("Questions and answers"), self.questions),
            chapter("warning-signs", _("When to call"), self.warning_signs),
            chapter("consultation", _("Your consultation"), self.consultation, self.ask),
            chapter("glossary", _("Words explained"), self.glossary),
            chapter("sources", _("Sources"), self.sources.in_order()),
        ]
