"""Migrations of data, run on rows as an earlier version wrote them."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from treatments.models import Comment, ConsultationRequest
from treatments.tests.builders import make_comment, make_request
from treatments.tests.tables import one_in


def migrate(name):
    """Run a migration's Python on the rows that are there."""
    (step,) = importlib.import_module(f"treatments.migrations.{name}").Migration.operations
    with connection.schema_editor() as editor:
        step.code(apps, editor)


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
