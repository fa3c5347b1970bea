"""What names a row on the screens of the desk says days and times as the clinic reads them."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from treatments.models import Treatment
from treatments.tests.source_files import ROOT, lines_with

#: Half past midnight at the clinic, and the day before in UTC.
MOMENT = datetime.datetime(2026, 12, 2, 16, 30, tzinfo=datetime.UTC)


#: What titles need besides.
OTHERS = {"treatment": Treatment(name="Light peel"), "seat": 0}


def moments_of(model):
    return [field.name for field in model._meta.fields if isinstance(field, models.DateTimeField)]


def with_moments(model):
    """A row of the model all of whose moments are that one; not saved."""
    others = {field.name: OTHERS[field.name] for field in model._meta.fields if field.name in OTHERS}
    return model(**dict.fromkeys(moments_of(model), MOMENT), **others)


MODELS = [model for model in apps.get_app_config("treatments").get_models() if moments_of(model)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_title_shows_no_day_of_another_zone(model):
    with timezone.override(ZoneInfo("Asia/Kuala_Lumpur")):
        title = str(with_moments(model))

    assert "2026-12-02" not in title
    assert "2 December" not in title.replace("3 December", "")
    assert ("2026" in title) == ("3 December 2026" in title)


def test_models_leave_the_writing_of_days_to_one_function():
    assert lines_with(r"\{[^}]*:%[YmdjBb]|strftime", (ROOT / "treatments" / "models").glob("*.py")) == []
