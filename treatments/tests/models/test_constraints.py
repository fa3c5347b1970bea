"""The database itself refuses what must not be, whoever writes, and the models say why in words."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from treatments.models import (
    PARTS,
    AftercareRule,
    Approval,
    Benefit,
    Clinic,
    Clinician,
    Closure,
    Comment,
    Concern,
    ConsultationRequest,
    Edition,
    KeyFact,
    Lead,
    LinkAsked,
    Message,
    Notice,
    OpeningHours,
    Photo,
    Precaution,
    PreparationRule,
    Price,
    RecoveryStage,
    RequestEvent,
    ReviewedStatement,
    Risk,
    SearchWord,
    SeatCell,
    Section,
    Source,
    Statement,
    Task,
    Treatment,
    WarningSign,
)
from treatments.publication import document as documents
from treatments.tests.builders import PICTURE, needed_row
from treatments.tests.tables import one_in

NINE, FIVE = datetime.time(9), datetime.time(17)
MONDAY = datetime.datetime(2026, 6, 1, 9, tzinfo=datetime.UTC)
TUESDAY = datetime.datetime(2026, 6, 2, 9, tzinfo=datetime.UTC)
TODAY = datetime.date(2026, 6, 1)
REVIEWED = {"reviewer": "Dr Lee", "review_date": TODAY}

#: What an erased request holds, and what must not be left of it.
ERASED = {"erased_at": MONDAY, "name": "", "phone": ""}
LEFT_BEHIND = (
    {"phone": "1"},
    {"email": "a@example.org"},
    {"message": "My secret"},
    {"best_time": "morning"},
    {"precautions": "pregnant"},
    {"needs_clinician": True},
    {"offered_times": "2026-06-01T02:00Z"},
    {"wished_at": MONDAY},
    {"note": "Called twice."},
    {"answers_digest": "0" * 64},
    {"client_digest": "0" * 64},
    {"network_digest": "0" * 64},
)

#: The smallest row of every model that the database takes.
VALID: dict[type[models.Model], dict[str, Any]] = {
    Clinic: {"pk": 1},
    OpeningHours: {"weekday": 1, "opens": NINE, "closes": FIVE},
    Closure: {"starts_at": MONDAY, "ends_at": TUESDAY, "reason": "Public holiday"},
    Notice: {"kind": "privacy", "text": "We keep little."},
    ConsultationRequest: {"way": "call", "name": "Aisha", "phone": "1"},
    Comment: {"name": "Aisha", "text": "It helped me."},
    RequestEvent: {"act": "asked", "state_after": "requested"},
    SeatCell: {"seat": 0, "starts_at": MONDAY},
    SearchWord: {"word": b"aisha"},
    Message: {"kind": "confirmed", "key": "a"},
    Task: {"kind": "call", "due_at": MONDAY},
    LinkAsked: {"email": "a@example.org", "mailbox_digest": "0" * 64},
    Edition: {"number": 1, "document": "{}", "digest": "0" * 64},
    Approval: {"number": "A 1", "expires_on": TODAY},
    Clinician: {"name": "Dr Lim", "register": "Council", "register_number": "1"},
    ReviewedStatement: {"part": "risks", "key": "a", "digest": "0" * 64, "words": {}},
    Treatment: {
        "slug": "peel",
        "name": "Peel",
        "title": "A peel",
        "answer": "It peels.",
        "description": "All about peels.",
        "language": "en",
    },
    **{model: needed_row(part) for part, model in PARTS.items() if part != Photo.part},
    KeyFact: {"key": "a", "label": "Time", "measure": "sessions", "least": 3, "most": 6},
    PreparationRule: {"key": "a", "rule": "Stop.", "from_day": -4, "to_day": -1, "least_day": -2},
    AftercareRule: {"key": "a", "rule": "Cover up.", "from_day": 1, "to_day": 5, "least_day": 3},
    Photo: {"key": "a", "picture": PICTURE, "width": 1, "height": 1, "alt": "Skin"},
}
ROWS = [model for model in PARTS.values() if model is not Source]
STATEMENTS = [model for model in PARTS.values() if issubclass(model, Statement)]
RULES = [PreparationRule, AftercareRule]
FILLED = {
    "clinic": (Clinic, ["name"]),
    "closure": (Closure, ["reason"]),
    "approval": (Approval, ["number"]),
    "clinician": (Clinician, ["name", "register", "register_number"]),
    "notice": (Notice, ["text"]),
    "comment": (Comment, ["name", "text"]),
    "message": (Message, ["key"]),
    "edition": (Edition, ["document"]),
    "reviewed_statement": (ReviewedStatement, ["digest"]),
    "treatment": (Treatment, ["name", "title", "answer", "description"]),
}


def texts_needed_in(model):
    """(constraint, column) of each text that a row of a part cannot be without; references have another constraint."""
    for column in documents.fields_of(model):
        is_text = isinstance(column, models.CharField | models.TextField) and not column.choices
        if is_text and not column.blank and column.name not in ("key", "reference"):
            end = f"_{column.name}_is_filled"
            names = (constraint.name for constraint in model._meta.constraints)
            yield next((name for name in names if name.endswith(end)), f"{model.__name__}{end}"), column.name


#: (constraint, model, what breaks it).
BREAKS = [
    *((f"{table}_{name}_is_filled", model, {name: ""}) for table, (model, names) in FILLED.items() for name in names),
    *((constraint, model, {name: ""}) for model in PARTS.values() for constraint, name in texts_needed_in(model)),
    *(
        (f"{model._meta.model_name}_key_is_a_slug", model, {"key": key})
        for model in ROWS
        for key in ("", "Upper case", "a--b", "a\n")
    ),
    *((f"{model._meta.model_name}_basis_is_known", model, {"basis": "rumour"}) for model in STATEMENTS),
    *((f"{model._meta.model_name}_days_in_order", model, {"from_day": 0, "to_day": -1}) for model in RULES),
    *(
        (f"{model._meta.model_name}_least_day_lies_within", model, {"least_day": day})
        for model, days in ((PreparationRule, (-5, 0)), (AftercareRule, (0, 6)))
        for day in days
    ),
    *(
        (f"{model._meta.model_name}_count_is_whole", model, count)
        for model in (Benefit, Risk)
        for count in (
            {"people": 42},
            {"events": 2},
            {"events": 43, "people": 42},
            {"events": 0, "people": 0},
        )
    ),
    *(("preparation_ends_by_the_day", PreparationRule, {"to_day": day}) for day in (1, None)),
    *(("aftercare_starts_on_the_day", AftercareRule, {"from_day": day}) for day in (-1, None)),
    *(("treatment_language_is_a_tag", Treatment, {"language": text}) for text in ("", "English", "en us", "e", "en\n")),
    *(("treatment_slug_is_a_slug", Treatment, {"slug": text}) for text in ("", "Light", "light_peel", "light\n")),
    *(("source_reference_is_short", Source, {"reference": text}) for text in ("", "r1", "9", "R1\n")),
    ("clinic_is_one_row", Clinic, {"id": 2}),
    ("clinic_country_has_two_letters", Clinic, {"country": "my"}),
    ("clinic_country_has_two_letters", Clinic, {"country": "M"}),
    ("opening_hours_weekday_is_known", OpeningHours, {"weekday": 0}),
    ("opening_hours_weekday_is_known", OpeningHours, {"weekday": 8}),
    ("opening_hours_close_after_they_open", OpeningHours, {"closes": NINE}),
    ("closure_ends_after_it_starts", Closure, {"ends_at": MONDAY}),
    ("notice_kind_is_known", Notice, {"kind": "cookies"}),
    ("consultation_request_can_be_answered", ConsultationRequest, {"phone": "", "email": ""}),
    ("consultation_request_way_is_known", ConsultationRequest, {"way": "fax"}),
    ("consultation_request_state_is_known", ConsultationRequest, {"state": "lost"}),
    ("consultation_request_best_time_is_known", ConsultationRequest, {"best_time": "night"}),
    *(
        ("consultation_request_erased_or_named", ConsultationRequest, changes)
        for changes in (
            {"name": ""},
            {"erased_at": MONDAY},
            *({**ERASED, **left} for left in LEFT_BEHIND),
        )
    ),
    *(
        ("consultation_request_reference_can_be_read_out", ConsultationRequest, {"reference": text})
        for text in ("", "ABCDE", "ACDEF0", "acdefg", "ACDEF\n")
    ),
    ("comment_state_is_known", Comment, {"state": "lost", "decided_at": MONDAY}),
    ("comment_waits_or_was_decided", Comment, {"decided_at": MONDAY}),
    *(("comment_waits_or_was_decided", Comment, {"state": state}) for state in ("shown", "refused")),
    ("comment_answer_has_its_moment", Comment, {"answer": "Thank you."}),
    ("comment_answer_has_its_moment", Comment, {"answered_at": MONDAY}),
    ("request_event_act_is_known", RequestEvent, {"act": "guessed"}),
    ("request_event_state_before_is_known", RequestEvent, {"state_before": "lost"}),
    ("request_event_state_after_is_known", RequestEvent, {"state_after": ""}),
    ("message_kind_is_known", Message, {"kind": "advert"}),
    ("message_state_is_known", Message, {"state": "lost"}),
    ("message_is_about_a_request_or_a_treatment", Message, {"kind": "review-due"}),
    ("message_is_about_a_request_or_a_treatment", Message, {"request": None}),
    ("message_sent_has_its_moment", Message, {"state": "sent"}),
    ("message_sent_has_its_moment", Message, {"sent_at": MONDAY}),
    ("task_kind_is_known", Task, {"kind": "nap"}),
    ("task_state_is_known", Task, {"state": "lost", "ended_at": MONDAY}),
    ("task_is_about_a_request_or_the_clinic", Task, {"kind": "wave"}),
    ("task_is_about_a_request_or_the_clinic", Task, {"request": None}),
    ("task_not_delivered_names_its_letter", Task, {"kind": "not-delivered"}),
    *(("task_ended_has_its_moment", Task, {"state": state}) for state in ("done", "lapsed")),
    ("task_ended_has_its_moment", Task, {"ended_at": MONDAY}),
    ("link_asked_has_an_address_until_answered", LinkAsked, {"answered_at": MONDAY}),
    *(("clinic_visit_takes_whole_cells", Clinic, {"visit_minutes": minutes}) for minutes in (0, 7, 485)),
    *(
        ("clinic_numbers_can_be_reckoned_with", Clinic, {name: number})
        for name, number in [
            ("notice_hours", 8785),
            ("horizon_days", 367),
            ("call_back_hours", 0),
            ("call_back_hours", 8785),
            ("keep_visit_days", 0),
            ("keep_visit_days", 10981),
            ("keep_request_days", 13),
            ("keep_request_days", 10981),
        ]
    ),
    ("opening_hours_are_on_whole_five_minutes", OpeningHours, {"opens": datetime.time(9, 2)}),
    ("opening_hours_are_on_whole_five_minutes", OpeningHours, {"closes": datetime.time(17, 0, 1)}),
    ("seat_cell_starts_on_whole_five_minutes", SeatCell, {"starts_at": MONDAY.replace(minute=2)}),
    ("seat_cell_starts_on_whole_five_minutes", SeatCell, {"starts_at": MONDAY.replace(second=1)}),
    ("search_word_is_filled", SearchWord, {"word": b""}),
    ("search_word_is_of_one", SearchWord, {"request": None}),
    ("edition_number_starts_at_one", Edition, {"number": 0}),
    ("edition_digest_is_sha256", Edition, {"digest": "g" * 64}),
    ("edition_digest_is_sha256", Edition, {"digest": "0" * 63}),
    ("treatment_review_has_a_reviewer", Treatment, {"reviewer": "Dr Lee"}),
    ("treatment_review_has_a_reviewer", Treatment, {"review_date": TODAY}),
    (
        "treatment_next_review_is_later",
        Treatment,
        {"reviewer": "Dr Lee", "review_date": TODAY, "next_review_date": TODAY},
    ),
    ("treatment_next_review_is_later", Treatment, {"next_review_date": TODAY}),
    ("key_fact_measure_is_known", KeyFact, {"measure": "smiles"}),
    ("key_fact_least_not_above_most", KeyFact, {"least": 7}),
    ("key_fact_says_words_or_numbers", KeyFact, {"value": "long"}),
    ("key_fact_says_words_or_numbers", KeyFact, {"least": None}),
    ("key_fact_says_words_or_numbers", KeyFact, {"measure": ""}),
    ("key_fact_says_words_or_numbers", KeyFact, {"value": "", "measure": "", "least": None, "most": None}),
    ("key_fact_pain_is_out_of_ten", KeyFact, {"measure": "pain-score", "most": 11}),
    ("key_fact_pain_is_out_of_ten", KeyFact, {"measure": "pain-score", "least": 11, "most": None}),
    ("lead_place_is_known", Lead, {"place": "attic"}),
    ("price_per_is_known", Price, {"per": "month"}),
    ("price_amounts_in_order", Price, {"least": 200, "most": 100}),
    ("price_amounts_in_order", Price, {"least": -1}),
    ("section_place_is_known", Section, {"place": "attic"}),
    ("section_illustration_is_known", Section, {"illustration": "unicorn"}),
    ("concern_advice_is_known", Concern, {"advice": "maybe"}),
    ("concern_evidence_is_known", Concern, {"evidence": "rumour"}),
    ("concern_sessions_from_not_above_sessions_to", Concern, {"sessions_from": 4, "sessions_to": 3}),
    ("concern_weeks_apart_from_not_above_weeks_apart_to", Concern, {"weeks_apart_from": 4, "weeks_apart_to": 3}),
    ("concern_pain_score_is_out_of_ten", Concern, {"pain_score": Decimal("10.01")}),
    ("concern_pain_score_is_out_of_ten", Concern, {"pain_score": Decimal("-0.01")}),
    ("precaution_advice_is_known", Precaution, {"advice": "never"}),
    ("precaution_asked_first_has_a_question", Precaution, {"ask_first": True}),
    ("risk_band_is_known", Risk, {"band": "often"}),
    ("recovery_stage_from_day_not_above_to_day", RecoveryStage, {"from_day": 2}),
    ("warning_sign_level_is_known", WarningSign, {"level": "shrug"}),
    ("photo_has_a_size", Photo, {"width": 0}),
    ("photo_has_a_size", Photo, {"height": 0}),
    ("source_evidence_is_known", Source, {"evidence": "rumour"}),
    ("source_year_is_plausible", Source, {"year": 1499}),
    ("source_year_is_plausible", Source, {"year": 2201}),
]

#: (constraint, model, the columns that may not stand twice, what sets a second row apart, what must not clash as well).
ONCE = [
    *(
        (f"{model._meta.model_name}_key_unique_in_treatment", model, ["treatment_id", "key"], {"key": "b"}, {})
        for model in ROWS
        if model not in (KeyFact, Lead)
    ),
    ("lead_key_unique_in_treatment", Lead, ["treatment_id", "key"], {"key": "b"}, {"place": "risks"}),
    ("lead_place_once_in_treatment", Lead, ["treatment_id", "place"], {"place": "risks"}, {"key": "b"}),
    (
        "keyfact_key_unique_in_treatment",
        KeyFact,
        ["treatment_id", "key"],
        {"key": "b"},
        {"measure": "weeks-apart"},
    ),
    (
        "key_fact_measure_once_in_treatment",
        KeyFact,
        ["treatment_id", "measure"],
        {"measure": "weeks-apart"},
        {"key": "b"},
    ),
    ("opening_hours_start_once", OpeningHours, ["clinic_id", "weekday", "opens"], {"weekday": 2}, {}),
    ("source_reference_unique_in_treatment", Source, ["treatment_id", "reference"], {"reference": "R2"}, {}),
    ("seat_cell_once_a_visit", SeatCell, ["request_id", "starts_at"], {"starts_at": TUESDAY}, {"seat": 1}),
    ("task_of_request_open_once", Task, ["request_id", "kind"], {"kind": "confirm"}, {}),
    ("reviewed_statement_is_seen_once", ReviewedStatement, ["treatment_id", "part", "key"], {"key": "b"}, {}),
    ("edition_number_unique_in_treatment", Edition, ["treatment_id", "number"], {"number": 2}, {}),
]

#: Unique constraints that need two rows of their own; each has a test below.
BY_HAND = {"seat_cell_held_once", "task_of_letter_open_once", "task_of_clinic_open_once"}

#: Values at the edge of what the database takes.
EDGES = [
    (Clinic, {"country": "SG"}),
    (OpeningHours, {"weekday": 7}),
    (ConsultationRequest, {"phone": "", "email": "a@example.org"}),
    (ConsultationRequest, {"name": "", "phone": "", "erased_at": MONDAY}),
    (Comment, {"state": "shown", "decided_at": MONDAY, "answer": "Thank you.", "answered_at": MONDAY}),
    (Comment, {"state": "refused", "decided_at": MONDAY}),
    (Message, {"state": "sent", "sent_at": MONDAY}),
    (Task, {"state": "done", "ended_at": MONDAY}),
    (Task, {"state": "lapsed", "ended_at": MONDAY}),
    (Task, {"kind": "wave", "request": None}),
    (LinkAsked, {"email": "", "answered_at": MONDAY}),
    (Treatment, {"reviewer": "Dr Lee", "review_date": TODAY, "next_review_date": datetime.date(2026, 6, 2)}),
    (KeyFact, {"most": 3}),
    (KeyFact, {"most": None}),
    (KeyFact, {"value": "A tingle", "measure": "", "least": None, "most": None}),
    (Concern, {"pain_score": Decimal("0"), "sessions_from": 3, "sessions_to": 3}),
    (Concern, {"pain_score": Decimal("10"), "weeks_apart_from": 2}),
    (Precaution, {"ask_first": True, "question": "Are you pregnant?"}),
    (Benefit, {"events": 42, "people": 42}),
    (Benefit, {"events": 0, "people": 1}),
    (Risk, {"events": 42, "people": 42}),
    (PreparationRule, {"from_day": None, "to_day": 0, "least_day": None}),
    (PreparationRule, {"from_day": -1, "to_day": -1, "least_day": -1}),
    (AftercareRule, {"from_day": 0, "to_day": None, "least_day": 9}),
    (RecoveryStage, {"from_day": 1, "to_day": 1}),
    (Source, {"year": 1500}),
    (Source, {"year": 2200}),
    (ReviewedStatement, {"part": "", "key": ""}),
    (Edition, {"digest": "0123456789abcdef" * 4}),
]


def values_of(model, **changes):
    """The valid values of a row, with what it belongs to in place."""
    values = {**VALID[model], **changes}
    names = {column.name for column in model._meta.fields}
    if model not in (ConsultationRequest, Message) and "treatment" in names:
        values["treatment"] = Treatment.objects.get_or_create(slug="peel", defaults=VALID[Treatment])[0]
    if "request" in names:
        request = ConsultationRequest.objects.first()
        values.setdefault("request", request or ConsultationRequest.objects.create(**VALID[ConsultationRequest]))
    if "edition" in names:
        values["edition"] = Edition.objects.first() or Edition.objects.create(**values_of(Edition))
    if "clinic" in names:
        Clinic.objects.current()
    if "id" in changes:
        del values["pk"]
    return values


def by_create(model, changes):
    model.objects.create(**values_of(model, **changes))


def by_bulk_create(model, changes):
    model.objects.bulk_create([model(**values_of(model, **changes))])


def by_update(model, changes):
    row = model.objects.create(**values_of(model))
    models.QuerySet(model).filter(pk=row.pk).update(**changes)


def said_of(constraint, model, columns):
    """What a database says of a broken unique constraint: SQLite names the columns, PostgreSQL the constraint."""
    table = model._meta.db_table
    return rf"\b{constraint}\b|failed: {', '.join(f'{table}.{column}' for column in columns)}"


def name_of(value):
    return value if isinstance(value, str) else ""


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize(("constraint", "model", "changes"), one_in(6, BREAKS), ids=name_of)
    def test_refuses(self, constraint, model, changes):
        for write in (by_create, by_bulk_create, by_update):
            with pytest.raises(IntegrityError, match=rf"\b{constraint}\b"), transaction.atomic():
                write(model, changes)

    @pytest.mark.parametrize(("constraint", "model", "columns", "apart", "besides"), one_in(6, ONCE), ids=name_of)
    def test_refuses_a_second(self, constraint, model, columns, apart, besides):
        message = said_of(constraint, model, columns)
        by_create(model, {})
        for write in (by_create, by_bulk_create):
            with pytest.raises(IntegrityError, match=message), transaction.atomic():
                write(model, besides)

        other = model.objects.create(**values_of(model, **apart, **besides))
        with pytest.raises(IntegrityError, match=message), transaction.atomic():
            models.QuerySet(model).filter(pk=other.pk).update(**{name: VALID[model][name] for name in apart})

    @pytest.mark.parametrize(("model", "changes"), one_in(3, EDGES))
    def test_takes_what_is_just_right(self, model, changes):
        by_create(model, changes)

        assert model.objects.count() == 1

    @pytest.mark.parametrize("model", one_in(6, [*ROWS, Source]))
    def test_takes_the_same_key_in_another_treatment(self, model):
        by_create(model, {})
        other = Treatment.objects.create(**{**VALID[Treatment], "slug": "other"})

        model.objects.create(**{**VALID[model], "treatment": other})

        assert model.objects.count() == 2

    def test_refuses_a_second_visit_at_a_seat(self):
        by_create(SeatCell, {})
        other = ConsultationRequest.objects.create(**VALID[ConsultationRequest])

        for write in (by_create, by_bulk_create):
            message = said_of("seat_cell_held_once", SeatCell, ["seat", "starts_at"])
            with pytest.raises(IntegrityError, match=message), transaction.atomic():
                write(SeatCell, {"request": other})
        by_create(SeatCell, {"request": other, "seat": 1})

    def test_refuses_a_second_open_task_about_a_letter(self):
        by_create(Message, {})
        task = {"kind": "not-delivered", "message": Message.objects.get()}
        by_create(Task, {**task, "state": "lapsed", "ended_at": MONDAY})
        by_create(Task, task)

        with pytest.raises(IntegrityError, match=said_of("task_of_letter_open_once", Task, ["message_id"])):
            by_create(Task, task)

    def test_refuses_a_second_open_task_of_the_clinic_of_one_kind(self):
        by_create(Task, {"kind": "wave", "request": None, "state": "done", "ended_at": MONDAY})
        by_create(Task, {"kind": "wave", "request": None})
        by_create(Task, {"kind": "mail-fails", "request": None})

        with pytest.raises(IntegrityError, match=said_of("task_of_clinic_open_once", Task, ["kind"])):
            by_create(Task, {"kind": "wave", "request": None})

    def test_takes_a_task_again_that_was_ended(self):
        for state in ("done", "lapsed", "done"):
            by_create(Task, {"state": state, "ended_at": MONDAY})
        by_create(Task, {})

        assert Task.objects.count() == 4

    def test_takes_words_in_place_of_numbers_as_often_as_needed(self):
        words = {"value": "A tingle", "measure": "", "least": None, "most": None}

        by_create(KeyFact, words)
        by_create(KeyFact, {**words, "key": "b"})

        assert KeyFact.objects.count() == 2


def test_every_constraint_is_broken_above():
    tested = {constraint for constraint, *_others in [*BREAKS, *ONCE]} | BY_HAND

    found = {
        constraint.name
        for model in apps.get_app_config("treatments").get_models()
        for constraint in model._meta.constraints
    }

    assert tested == found


class TestARow:
    @pytest.mark.parametrize(
        ("model", "changes", "where", "message"),
        one_in(
            3,
            [
                (KeyFact, {"value": "long"}, "value", "Give either a value in words, or what the numbers count"),
                (KeyFact, {"measure": "", "least": None, "most": None}, "value", "Give either a value in words"),
                (KeyFact, {"least": 7}, "most", "This must not be less than “least”, which is 7."),
                (
                    Concern,
                    {"sessions_from": 4, "sessions_to": 3},
                    "sessions_to",
                    "This must not be less than “sessions in studies, from”, which is 4.",
                ),
                (
                    KeyFact,
                    {"measure": "pain-score", "most": 11},
                    "most",
                    "Pain is out of 10: give a number from 0 to 10.",
                ),
                (KeyFact, {"measure": "pain-score", "least": 11, "most": None}, "least", "Pain is out of 10"),
                (
                    Concern,
                    {"weeks_apart_from": 4, "weeks_apart_to": 3},
                    "weeks_apart_to",
                    "This must not be less than “weeks apart, from”, which is 4.",
                ),
                (Concern, {"sessions_to": 3}, "sessions_from", "Give this number too, or leave out both."),
                (Concern, {"weeks_apart_to": 3}, "weeks_apart_from", "Give this number too, or leave out both."),
                (Precaution, {"ask_first": True}, "question", "Write the question that the booking form asks."),
                (Benefit, {"events": 2}, "people", "Give both numbers of the count, or neither."),
                (Risk, {"people": 42}, "people", "Give both numbers of the count, or neither."),
                (
                    Risk,
                    {"events": 43, "people": 42},
                    "people",
                    "This must not be less than “how many had it”, which is 43.",
                ),
                (PreparationRule, {"to_day": 1}, "to_day", "Preparation needs a last day: 0, or a negative number."),
                (PreparationRule, {"to_day": None}, "to_day", "Preparation needs a last day: 0, or a negative number."),
                (PreparationRule, {"from_day": 0}, "to_day", "This must not be less than “from day”, which is 0."),
                (
                    PreparationRule,
                    {"least_day": -5},
                    "least_day",
                    "This must not be less than “from day”, which is -4.",
                ),
                (
                    PreparationRule,
                    {"least_day": 0},
                    "to_day",
                    "This must not be less than “at least, day”, which is 0.",
                ),
                (AftercareRule, {"from_day": -1}, "from_day", "Aftercare needs a first day: 0, or a positive number."),
                (
                    AftercareRule,
                    {"from_day": None},
                    "from_day",
                    "Aftercare needs a first day: 0, or a positive number.",
                ),
                (RecoveryStage, {"from_day": 2}, "to_day", "This must not be less than “from day”, which is 2."),
                (OpeningHours, {"closes": NINE}, "closes", "Closing time must be after opening time."),
                (Treatment, {"next_review_date": TODAY}, "next_review_date", "A next review needs a last one"),
                (
                    Treatment,
                    {**REVIEWED, "next_review_date": TODAY},
                    "next_review_date",
                    "The next review must be later",
                ),
                (Treatment, {"reviewer": "Dr Lee"}, "review_date", "A review needs both a reviewer and a date."),
                (Treatment, {"review_date": TODAY}, "reviewer", "A review needs both a reviewer and a date."),
            ],
        ),
    )
    def test_says_beside_the_field_what_is_wrong(self, model, changes, where, message):
        with pytest.raises(ValidationError) as raised:
            model(**{**VALID[model], **changes}).clean()

        assert list(raised.value.message_dict) == [where]
        assert raised.value.message_dict[where][0].startswith(message)

    @pytest.mark.parametrize("model", one_in(4, VALID))
    def test_that_is_right_has_nothing_to_say(self, model):
        model(**VALID[model]).clean()

    @pytest.mark.parametrize(
        ("model", "changes", "where"),
        [
            (OpeningHours, {"opens": datetime.time(9, 3)}, "opens"),
            (OpeningHours, {"closes": datetime.time(17, 0, 1)}, "closes"),
            (Clinic, {"time_zone": "Mars/Olympus"}, "time_zone"),
            (Photo, {"picture": "../../etc/passwd"}, "picture"),
            (Source, {"url": "javascript:alert(1)"}, "url"),
            (Source, {"reference": "R 9"}, "reference"),
        ],
    )
    def test_says_which_field_holds_no_such_value(self, model, changes, where):
        with pytest.raises(ValidationError) as raised:
            model(**{**VALID[model], **changes}).clean_fields(exclude=["treatment", "clinic"])

        assert list(raised.value.message_dict) == [where]
