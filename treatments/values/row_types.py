"""A document in canonical shape, and its rows, part by part.

Written by `manage.py write_from_models`: change the models, not this file.
"""

from typing import Literal, NotRequired, TypedDict


class KeyFactRow(TypedDict):
    """A row of [[key_facts]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    label: str
    value: NotRequired[str]
    measure: NotRequired[
        Literal[
            "appointment-minutes",
            "sessions",
            "weeks-apart",
            "first-change-weeks",
            "judged-months",
            "lasting-months",
            "upkeep-months",
            "pain-score",
            "recovery-days",
        ]
    ]
    least: NotRequired[int]
    most: NotRequired[int]
    detail: NotRequired[str]
    at_top: NotRequired[bool]
    sources: NotRequired[list[str]]


class LeadRow(TypedDict):
    """A row of [[leads]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    place: Literal[
        "suitability",
        "how-it-works",
        "benefits",
        "risks",
        "preparation",
        "appointment",
        "recovery",
        "aftercare",
        "results",
        "cost",
        "consultation",
    ]
    text: str
    sources: NotRequired[list[str]]


class ConcernRow(TypedDict):
    """A row of [[concerns]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    name: str
    verdict: NotRequired[str]
    brief: NotRequired[str]
    advice: Literal["can-help", "ask", "something-else", "doctor-first"]
    evidence: Literal["strong", "moderate", "limited", "none"]
    honest: str
    lasting: NotRequired[str]
    sessions_from: NotRequired[int]
    sessions_to: NotRequired[int]
    weeks_apart_from: NotRequired[int]
    weeks_apart_to: NotRequired[int]
    pain_score: NotRequired[float]
    sources: NotRequired[list[str]]


class PrecautionRow(TypedDict):
    """A row of [[precautions]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    situation: str
    brief: NotRequired[str]
    advice: Literal["doctor-first", "not-treated", "wait", "clinician-decides", "tell-us"]
    says: str
    why: NotRequired[str]
    boxed: NotRequired[bool]
    ask_first: NotRequired[bool]
    question: NotRequired[str]
    sources: NotRequired[list[str]]


class PriceRow(TypedDict):
    """A row of [[prices]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    what: str
    least: float
    most: NotRequired[float]
    currency: str
    per: Literal["session", "course"]
    until: NotRequired[str]
    sources: NotRequired[list[str]]


class SectionRow(TypedDict):
    """A row of [[sections]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    place: Literal[
        "suitability",
        "how-it-works",
        "benefits",
        "risks",
        "preparation",
        "appointment",
        "recovery",
        "aftercare",
        "results",
        "cost",
        "consultation",
    ]
    title: str
    body: str
    illustration: NotRequired[
        Literal[
            "laser-pulse",
            "shatter",
            "carry-off",
            "remodel",
            "needle",
            "surface",
            "heat",
            "handpiece",
            "calendar",
            "sun",
        ]
    ]
    sources: NotRequired[list[str]]


class BenefitRow(TypedDict):
    """A row of [[benefits]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    events: NotRequired[int]
    people: NotRequired[int]
    counted: NotRequired[str]
    title: str
    text: str
    finding: NotRequired[str]
    sources: NotRequired[list[str]]


class RiskRow(TypedDict):
    """A row of [[risks]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    events: NotRequired[int]
    people: NotRequired[int]
    counted: NotRequired[str]
    name: str
    brief: NotRequired[str]
    band: Literal["common", "uncommon", "rare"]
    text: str
    lasts: NotRequired[str]
    sources: NotRequired[list[str]]


class PreparationRuleRow(TypedDict):
    """A row of [[preparation]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    rule: str
    brief: NotRequired[str]
    avoid: NotRequired[bool]
    why: NotRequired[str]
    from_day: NotRequired[int]
    least_day: NotRequired[int]
    to_day: NotRequired[int]
    sources: NotRequired[list[str]]


class RecoveryStageRow(TypedDict):
    """A row of [[recovery]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    title: str
    from_day: int
    to_day: int
    usual: str
    can_do: NotRequired[str]
    sources: NotRequired[list[str]]


class AftercareRuleRow(TypedDict):
    """A row of [[aftercare]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    rule: str
    brief: NotRequired[str]
    avoid: NotRequired[bool]
    why: NotRequired[str]
    to_day: NotRequired[int]
    least_day: NotRequired[int]
    from_day: NotRequired[int]
    sources: NotRequired[list[str]]


class ActivityRow(TypedDict):
    """A row of [[activities]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    activity: str
    applies_to: NotRequired[str]
    from_day: int
    condition: NotRequired[str]
    rule: NotRequired[str]
    sources: NotRequired[list[str]]


class AlternativeRow(TypedDict):
    """A row of [[alternatives]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    name: str
    good_at: str
    limits: str
    sources: NotRequired[list[str]]


class QuestionRow(TypedDict):
    """A row of [[questions]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    question: str
    answer: str
    sources: NotRequired[list[str]]


class WarningSignRow(TypedDict):
    """A row of [[warning_signs]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    sign: str
    brief: NotRequired[str]
    level: Literal["emergency", "doctor-today", "call", "expected"]
    last_day: NotRequired[int]
    yields_to: NotRequired[str]
    sources: NotRequired[list[str]]


class AskAtConsultationRow(TypedDict):
    """A row of [[ask_at_consultation]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    text: str
    sources: NotRequired[list[str]]


class TermRow(TypedDict):
    """A row of [[glossary]]."""

    key: str
    basis: Literal["clinic", "evidence", "proposed"]
    note: NotRequired[str]
    term: str
    also: NotRequired[str]
    meaning: str
    sources: NotRequired[list[str]]


class PhotoRow(TypedDict):
    """A row of [[photos]]."""

    key: str
    picture: str
    width: int
    height: int
    alt: str
    caption: NotRequired[str]
    credit: NotRequired[str]


class SourceRow(TypedDict):
    """A row of [[sources]]."""

    reference: str
    title: str
    publisher: NotRequired[str]
    year: NotRequired[int]
    url: NotRequired[str]
    evidence: Literal["official", "review", "trial", "study", "patient-information", "book", "report", "provider"]
    checked_date: NotRequired[str]
    shown: NotRequired[bool]


class WaiverRow(TypedDict):
    """A row of [[waivers]]."""

    key: str
    claim: str
    sentence: str
    reason: str
    clinician: str


class Document(TypedDict):
    """A whole treatment."""

    format: int
    slug: str
    name: str
    title: str
    answer: str
    description: str
    language: str
    translation_of: NotRequired[str]
    reviewer: NotRequired[str]
    review_date: NotRequired[str]
    next_review_date: NotRequired[str]
    key_facts: NotRequired[list[KeyFactRow]]
    leads: NotRequired[list[LeadRow]]
    concerns: NotRequired[list[ConcernRow]]
    precautions: NotRequired[list[PrecautionRow]]
    prices: NotRequired[list[PriceRow]]
    sections: NotRequired[list[SectionRow]]
    benefits: NotRequired[list[BenefitRow]]
    risks: NotRequired[list[RiskRow]]
    preparation: NotRequired[list[PreparationRuleRow]]
    recovery: NotRequired[list[RecoveryStageRow]]
    aftercare: NotRequired[list[AftercareRuleRow]]
    activities: NotRequired[list[ActivityRow]]
    alternatives: NotRequired[list[AlternativeRow]]
    questions: NotRequired[list[QuestionRow]]
    warning_signs: NotRequired[list[WarningSignRow]]
    ask_at_consultation: NotRequired[list[AskAtConsultationRow]]
    glossary: NotRequired[list[TermRow]]
    photos: NotRequired[list[PhotoRow]]
    sources: NotRequired[list[SourceRow]]
    waivers: NotRequired[list[WaiverRow]]
