"""Questions, answers and words."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled
from treatments.models.part import Prose, Statement


class Question(Statement):
    """A question that patients ask, and its answer."""

    part = "questions"
    named_by = "question"
    anchor = "question"
    prose = {"answer": Prose.MARKDOWN}

    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer"), help_text=_("Markdown."))

    class Meta(Statement.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions and answers")
        constraints = [
            *Statement.Meta.constraints,
            filled("question", "question"),
            filled("question", "answer"),
        ]

    def __str__(self) -> str:
        return self.question


class AskAtConsultation(Statement):
    """A question worth asking us, for the printable list."""

    part = "ask_at_consultation"
    named_by = "text"
    anchor = "ask"
    prose = {"text": Prose.PLAIN}
    is_medical = False

    text = models.TextField(_("question"))

    class Meta(Statement.Meta):
        verbose_name = _("question to ask")
        verbose_name_plural = _("questions to ask at the consultation")
        constraints = [*Statement.Meta.constraints, filled("ask_at_consultation", "text")]

    def __str__(self) -> str:
        return self.text


class Term(Statement):
    """A word that needs explaining."""

    part = "glossary"
    named_by = "term"
    anchor = "term"
    said_once = "term"
    is_medical = False

    term = models.CharField(_("term"), max_length=80)
    also = models.CharField(
        _("also written"),
        max_length=200,
        blank=True,
        help_text=_("Other forms found in the text, separated by commas: “scars, scarring”."),
    )
    meaning = models.TextField(_("meaning"))

    class Meta(Statement.Meta):
        verbose_name = _("term")
        verbose_name_plural = _("glossary")
        constraints = [*Statement.Meta.constraints, filled("term", "term"), filled("term", "meaning")]

    def __str__(self) -> str:
        return self.term
