"""Every model, and PARTS: the kinds of row that make up a treatment, by their names in a document."""

from treatments.models.activity import Activity
from treatments.models.approval import Approval
from treatments.models.care import AftercareRule, PreparationRule, RecoveryStage, WarningLevel, WarningSign
from treatments.models.clinic import Clinic
from treatments.models.clinician import Clinician
from treatments.models.closure import Closure
from treatments.models.comment import Comment, CommentState
from treatments.models.consultation import BestTime, ConsultationRequest, RequestState, RequestWay
from treatments.models.edition import Edition
from treatments.models.effect import Benefit, Risk, RiskBand
from treatments.models.lead import Lead
from treatments.models.link_asked import LinkAsked
from treatments.models.message import Message, MessageKind, MessageState
from treatments.models.notice import Notice, NoticeKind
from treatments.models.opening_hours import OpeningHours, Weekday
from treatments.models.overview import Illustration, KeyFact, Measure, Place, Section
from treatments.models.part import Basis, Part, Prose, Row, Statement
from treatments.models.photo import Photo
from treatments.models.price import Per, Price
from treatments.models.question import AskAtConsultation, Question, Term
from treatments.models.request_event import Act, RequestEvent
from treatments.models.review import ReviewedStatement
from treatments.models.search_word import SearchWord
from treatments.models.seat import SeatCell
from treatments.models.source import EvidenceKind, Source
from treatments.models.suitability import (
    Alternative,
    Concern,
    ConcernAdvice,
    Evidence,
    Precaution,
    PrecautionAdvice,
)
from treatments.models.task import Task, TaskKind, TaskState
from treatments.models.treatment import Treatment
from treatments.models.waiver import Waiver

#: In the order of the public page; pictures, sources and what patients do not read last.
PARTS: dict[str, type[Row]] = {
    model.part: model
    for model in (
        KeyFact,
        Lead,
        Concern,
        Precaution,
        Price,
        Section,
        Benefit,
        Risk,
        PreparationRule,
        RecoveryStage,
        AftercareRule,
        Activity,
        Alternative,
        Question,
        WarningSign,
        AskAtConsultation,
        Term,
        Photo,
        Source,
        Waiver,
    )
}

__all__ = [
    "PARTS",
    "Act",
    "Activity",
    "AftercareRule",
    "Approval",
    "Alternative",
    "AskAtConsultation",
    "Basis",
    "Benefit",
    "BestTime",
    "Clinic",
    "Clinician",
    "Closure",
    "Comment",
    "CommentState",
    "Concern",
    "ConcernAdvice",
    "ConsultationRequest",
    "Edition",
    "Evidence",
    "EvidenceKind",
    "Illustration",
    "KeyFact",
    "Lead",
    "LinkAsked",
    "Measure",
    "Message",
    "MessageKind",
    "MessageState",
    "Notice",
    "NoticeKind",
    "OpeningHours",
    "Part",
    "Per",
    "Photo",
    "Place",
    "Precaution",
    "PrecautionAdvice",
    "PreparationRule",
    "Price",
    "Prose",
    "Question",
    "RecoveryStage",
    "RequestEvent",
    "RequestState",
    "RequestWay",
    "ReviewedStatement",
    "Risk",
    "RiskBand",
    "Row",
    "SearchWord",
    "SeatCell",
    "Section",
    "Source",
    "Statement",
    "Task",
    "TaskKind",
    "TaskState",
    "Term",
    "Treatment",
    "Waiver",
    "WarningLevel",
    "WarningSign",
    "Weekday",
]
