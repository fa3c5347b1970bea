"""The dashboard and the example of alert rules name the figures of /metrics, all of them and no others."""

import datetime
import json
import re

import pytest
from django.conf import settings

from treatments.running import metrics, readiness
from treatments.tests.builders import make_open_clinic

DASHBOARD = settings.BASE_DIR / "docs" / "grafana.json"
RULES = settings.BASE_DIR / "docs" / "prometheus-alerts.yml"
#: What Prometheus adds to the name of a counter and of a histogram.
ADDED = re.compile(r"_(total|bucket|count|sum)$")


@pytest.fixture
def names(db, monkeypatch):
    """The names of all figures, as metrics.py gives them."""
    make_open_clinic()
    monkeypatch.setattr(readiness.troubles, "__defaults__", ([],))
    monkeypatch.setattr(metrics.BACKUP, "ask", lambda: datetime.timedelta(hours=1))
    kinds = [*metrics.Now().collect(), *metrics.requests.describe(), *metrics.seconds.describe()]
    return {kind.name for kind in kinds}


def named_in(text):
    return {ADDED.sub("", name) for name in re.findall(r"\bclinic_[a-z_]+", text)}


def test_the_dashboard_shows_every_figure_and_no_other(names):
    panels = json.loads(DASHBOARD.read_text())["panels"]

    assert named_in(" ".join(target["expr"] for panel in panels for target in panel["targets"])) == names


def test_the_rules_watch_every_figure_and_no_other(names):
    text = RULES.read_text()

    assert named_in(text) == names
    assert "absent(clinic_backup_age_seconds)" in text
