"""Prometheus gets figures of all processes, from a site that is asked for them with its token."""

import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from treatments.tests.journeys.conftest import METRICS_TOKEN
from treatments.tests.waiting import until

pytestmark = pytest.mark.journey


@pytest.fixture(scope="session")
def ask(site):
    """Asks the site: ask(path, token) gives status and text."""

    def asked(path, token=""):
        request = urllib.request.Request(site.url + path)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    until(lambda: asked("/readyz")[0] == 200)
    return asked


def figures(ask):
    """{(name, the values of its labels, sorted): value} of what the site says."""
    status, text = ask("/metrics", METRICS_TOKEN)
    assert status == 200
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, *sorted(sample.labels.values())): sample.value for sample in samples}


class TestTheFigures:
    @pytest.mark.parametrize("token", ["", "wrong", METRICS_TOKEN[:-1], f"{METRICS_TOKEN}x"])
    def test_are_for_nobody_without_the_token(self, ask, token):
        status, text = ask("/metrics", token)

        assert status == 401
        assert "clinic_" not in text

    def test_count_what_was_asked_in_every_process(self, ask):
        page = ("clinic_requests_total", "200", "GET", "treatments:consultation")
        before = figures(ask).get(page, 0)

        # So many that both processes answer some.
        for _time in range(40):
            ask("/consultation/")

        after = figures(ask)
        assert after[page] - before == 40
        assert after["clinic_request_seconds_count", "treatments:consultation"] >= 40

    def test_hold_no_address(self, ask):
        ask("/consultation/0123456789abcdefghijkl.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG/?name=Anna")

        text = ask("/metrics", METRICS_TOKEN)[1]

        assert not [word for word in ("0123456789abcdef", "Anna", "/consultation/") if word in text]

    def test_say_what_is_ready_and_what_waits(self, ask):
        seen = figures(ask)

        assert [seen["clinic_ready", part] for part in ("database", "tables", "disk", "worker")] == [1] * 4
        assert {("clinic_letters", "queued"), ("clinic_letters", "failed")} <= seen.keys()
        assert {("clinic_tasks_overdue",), ("clinic_oldest_letter_seconds",)} <= seen.keys()
        assert 0 <= seen["clinic_worker_silent_seconds",] < 120
