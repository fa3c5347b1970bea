"""Migrations of data, run on rows as an earlier version wrote them."""

import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

from treatments.models import Comment, ConsultationRequest, Edition
from treatments.tests.builders import full_document, make_comment, make_edition_of, make_request
from treatments.tests.tables import one_in


def migrate(name):
    """Run a migration's Python on the rows that are there."""
    steps = importlib.import_module(f"treatments.migrations.{name}").Migration.operations
    (code,) = [step.code for step in steps if hasattr(step, "code")]
    with connection.schema_editor() as editor:
        code(apps, editor)


@pytest.mark.django_db(transaction=True)
class TestNamesTurnNothingRound:
    @pytest.mark.parametrize(
        ("was", "now"),
        one_in(
            5,
            [
                ("Ann \u202egnp.exe Tan", "Ann gnp.exe Tan"),
                ("\u2066Aisha\u2069 ", "Aisha"),
                ("علی\u200cرضا", "علی\u200cرضا"),
                ("\u202e\u2066", "\u202e\u2066"),
                ("Ann ", "Ann "),
            ],
        ),
    )
    def test_and_keep_all_their_letters(self, was, now):
        make_request(name=was)
        make_comment(name=was)

        migrate("0012_names_turn_nothing_round")

        assert (ConsultationRequest.objects.get().name, Comment.objects.get().name) == (now, now)


@pytest.mark.django_db(transaction=True)
def test_an_edition_knows_the_language_of_its_document(monkeypatch):
    make_edition_of(full_document())
    make_edition_of(full_document(slug="kupas", language="ms", translation_of="light-peel"))
    # As editions were before; a migration sees no method of ours.
    monkeypatch.setattr(type(Edition.objects.all()), "update", QuerySet.update)
    Edition.objects.update(language="en", translation_of="")

    migrate("0027_editions_know_their_language")

    found = Edition.objects.order_by("pk").values_list("language", "translation_of")
    assert list(found) == [("en", ""), ("ms", "light-peel")]
