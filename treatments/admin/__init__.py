"""The clinic's desk: Django's admin, one module for each noun that staff meet."""

from treatments.admin import act, clinic, comment, consultation, edition, message, part, photo, staff, task, treatment

__all__ = [
    "act",
    "clinic",
    "comment",
    "consultation",
    "edition",
    "message",
    "part",
    "photo",
    "staff",
    "task",
    "treatment",
]
