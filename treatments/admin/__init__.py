"""The clinic's desk: Django's admin, one module for each noun that staff meet."""

from treatments.admin import (
    act,
    approval,
    clinic,
    clinician,
    closure,
    comment,
    consultation,
    edition,
    message,
    notice,
    opening_hours,
    part_inlines,
    photo,
    staff,
    task,
    treatment,
)

__all__ = [
    "act",
    "approval",
    "clinic",
    "clinician",
    "closure",
    "comment",
    "consultation",
    "edition",
    "message",
    "notice",
    "opening_hours",
    "part_inlines",
    "photo",
    "staff",
    "task",
    "treatment",
]
