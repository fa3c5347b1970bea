"""The table of chapters: what the page of a treatment shows, in reading order.

A template finds what its chapter shows by the name that stands here: “benefits” is `article.benefits`, in every
template of the page. Names are given once. A chapter in which nothing is found is left out.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from treatments.article.contents import (
    all_sources,
    by_beginning,
    by_days,
    course,
    figure,
    groups,
    more_photos,
    other_facts,
    rows,
    sections,
    terms,
)
from treatments.article.figures.plot import pain_plot, sessions_plot
from treatments.article.figures.recovery import recovery_line
from treatments.article.reader import Show
from treatments.article.wording import PageRow
from treatments.models import (
    Activity,
    AftercareRule,
    Alternative,
    AskAtConsultation,
    Benefit,
    Concern,
    ConcernAdvice,
    KeyFact,
    Lead,
    Place,
    Precaution,
    PreparationRule,
    Price,
    Question,
    RecoveryStage,
    Risk,
    WarningSign,
)


@dataclass(frozen=True)
class Chapter:
    """A chapter of the page: its address, its heading, and what it shows by the names that templates use.

    `door` is what a patient says who wants to go there at once; left out, it is the heading.
    """

    id: str
    title: Promise
    shows: dict[str, Show]
    door: Promise | None = None

    @property
    def template(self) -> str:
        return f"treatments/sections/{self.id.replace('-', '_')}.html"


def is_at_top(fact: PageRow) -> bool:
    return bool(fact.get("at_top"))


def is_boxed(precaution: PageRow) -> bool:
    return bool(precaution.get("boxed"))


def is_listed(precaution: PageRow) -> bool:
    return not is_boxed(precaution)


def is_for_it(concern: PageRow) -> bool:
    return concern["advice"] in (ConcernAdvice.CAN_HELP, ConcernAdvice.ASK)


def is_not_for_it(concern: PageRow) -> bool:
    return not is_for_it(concern)


def is_drawn(section: PageRow) -> bool:
    return "illustration" in section


def is_not_drawn(section: PageRow) -> bool:
    return not is_drawn(section)


def is_to_avoid(rule: PageRow) -> bool:
    return bool(rule.get("avoid"))


def is_to_do(rule: PageRow) -> bool:
    return not is_to_avoid(rule)


def is_of_recovery(lead: PageRow) -> bool:
    """Whether a lead stands in the fold of recovery, which is no chapter of its own."""
    return bool(lead["place"] == Place.RECOVERY)


#: What the opening shows, above every chapter.
OPENING = {"top_facts": rows(KeyFact, is_at_top)}

#: What is read before anything is opened, and opened from there; each has a door at the top.
CHAPTERS = (
    Chapter(
        "suitability",
        _("Is it for me?"),
        {
            "boxes": rows(Precaution, is_boxed),
            "concerns": rows(Concern, is_for_it),
            "other_concerns": rows(Concern, is_not_for_it),
            "precautions": groups(Precaution, "advice", is_listed),
            "suitability": sections(Place.SUITABILITY),
        },
    ),
    Chapter(
        "risks",
        _("Risks"),
        {"risks": groups(Risk, "band"), "about_risks": sections(Place.RISKS)},
    ),
    Chapter(
        "preparation",
        _("Before"),
        {
            "preparation_do": rows(PreparationRule, is_to_do),
            "preparation_avoid": rows(PreparationRule, is_to_avoid),
            "about_preparation": sections(Place.PREPARATION),
            "preparation": by_beginning(PreparationRule),
        },
    ),
    Chapter(
        "aftercare",
        _("After"),
        {
            "activities": rows(Activity),
            "recovery_leads": rows(Lead, is_of_recovery),
            "recovery": rows(RecoveryStage),
            "recovery_line": figure(recovery_line, "recovery"),
            "aftercare_do": rows(AftercareRule, is_to_do),
            "aftercare_avoid": rows(AftercareRule, is_to_avoid),
            "about_recovery": sections(Place.RECOVERY),
            "about_aftercare": sections(Place.AFTERCARE),
            "aftercare": by_days(AftercareRule),
        },
    ),
    Chapter(
        "warning-signs",
        _("Something worries you?"),
        {"warning_signs": groups(WarningSign, "level")},
        _("I have had it, and something worries me"),
    ),
    Chapter("cost", _("Cost"), {"prices": rows(Price), "cost": sections(Place.COST)}),
)

#: What stands folded under “Read more”.
FOLDED = (
    Chapter(
        "results",
        _("Results"),
        {
            "sessions": figure(sessions_plot, "concerns", "other_concerns"),
            "course": course,
            "other_facts": other_facts,
            "results": sections(Place.RESULTS),
        },
    ),
    Chapter(
        "how-it-works",
        _("How it works"),
        {"steps": sections(Place.HOW_IT_WORKS, is_drawn), "how": sections(Place.HOW_IT_WORKS, is_not_drawn)},
    ),
    Chapter(
        "benefits",
        _("Benefits, in figures"),
        {"benefits": rows(Benefit), "about_benefits": sections(Place.BENEFITS)},
    ),
    Chapter(
        "appointment",
        _("Appointment"),
        {"appointment": sections(Place.APPOINTMENT), "pain": figure(pain_plot, "concerns", "other_concerns")},
    ),
    Chapter("pictures", _("Pictures"), {"more_photos": more_photos}),
    Chapter("alternatives", _("Other treatments"), {"alternatives": rows(Alternative)}),
    Chapter("questions", _("Questions"), {"questions": rows(Question)}),
    Chapter(
        "consultation",
        _("Consultation"),
        {"consultation": sections(Place.CONSULTATION), "ask": rows(AskAtConsultation)},
    ),
    Chapter("glossary", _("Words explained"), {"glossary": terms}),
    Chapter("sources", _("Sources"), {"all_sources": all_sources}),
)
