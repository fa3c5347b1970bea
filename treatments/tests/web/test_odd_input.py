"""Whatever arrives is answered below 500, leaves nothing half-written and shows nobody else's data."""

import random

import pytest
from django.db import transaction

from treatments.models import ConsultationRequest, SeatCell
from treatments.tests.builders import make_edition_of, make_form_key, make_open_clinic, make_request, plain_document
from treatments.tests.monday import NOW

pytestmark = pytest.mark.slow

ODD = [
    "",
    " ",
    "\0",
    "a\0b",
    "\x07",
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe",
    "x" * 100_000,
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "{{ 7 * 7 }}{% now 'Y' %}",
    "../../etc/passwd",
    "-1",
    "9" * 400,
    "1e309",
    "NaN",
    "0000-00-00T00:00Z",
    "2026-06-01T02:00Z",
    "2026-06-01T02:01Z",
    "1066-10-14T09:00Z",
    "9999-12-31T23:59Z",
    "2026-06-01T02:00+99:99",
    "on",
    "a@b",
    "a@example.org",
    "+60123456789",
    "٠١٢٣٤٥٦٧٨٩",
    "\u202eabc",
    "👩🏽‍⚕️",
    "pregnant",
    "yıldız@example.org",
    "a@straße.de",
    "a@" + "é" * 70 + ".com",
    "a@exa\u200bmple。org",
    "+60 3-2161 1234 ext 5",
    "\u3164",
    "\u2068Ann\u2028Tan",
]
FIELDS = ["name", "phone", "email", "treatment", "best_time", "precautions", "message", "consent", "time", "seen"]
FIELDS += ["text", "form_key", "leave_empty", "notice", "asked", "csrfmiddlewaretoken", "unknown"]
METHODS = ["get", "post", "post", "post", "head", "put", "delete", "patch", "options"]


def odd_request(client, dice, paths):
    """Send one odd request; return the response."""
    path = dice.choice(paths)
    if dice.random() < 0.3:
        name = dice.choice(["time", "day", "from", "treatment", "before", "after", "x"])
        path += f"?{name}={dice.choice(['%00', '%ff', 'x', '2026-06-01'])}"
    answers = {"name": "A", "email": "a@example.org", "consent": "on", "best_time": "any", "form_key": make_form_key()}
    for name in dice.sample(FIELDS, dice.randrange(5)):
        answers[name] = dice.choice([dice.choice(ODD), [dice.choice(ODD), dice.choice(ODD)]])
    for name in dice.sample(list(answers), min(len(answers), dice.randrange(3))):
        del answers[name]
    method = dice.choice(METHODS)
    if method == "post":
        return client.post(path, answers)
    return getattr(client, method)(path)


@pytest.mark.django_db
class TestOddInput:
    @pytest.mark.parametrize("number", [500, pytest.param(10_000, marks=pytest.mark.prove)])
    def test_is_answered_below_500_and_writes_nothing_half(self, client, time_machine, number):
        time_machine.move_to(NOW)
        make_open_clinic()
        mine = make_request(NOW.replace(hour=15), name="Zebedee")
        forged = f"/consultation/{mine.public_id}.{'A' * 43}/"
        paths = ["/consultation/", *["/consultation/details/"] * 4, "/consultation/link/", "/consultation/nonsense/"]
        own = [mine.private_path(), "/" + mine.letter_link().split("/", 3)[3]]
        paths += [path + way for path in own for way in ("change/?time=x", "phone/", "will-come/")]
        paths += [forged + way for way in ("", "cancel/", "will-come/", "phone/", "held/what-we-hold.json")]
        paths += [f"/consultation/{'é' * 22}.x/"]
        comments = make_edition_of(plain_document()).get_absolute_url() + "comments/"
        paths += [comments, comments, f"/comments/{mine.public_id}.{'A' * 43}/"]
        dice, statuses = random.Random(20260601), set()

        for _request in range(number):
            with transaction.atomic():
                response = odd_request(client, dice, paths)
                transaction.set_rollback(dice.random() < 0.9)
            assert response.status_code < 500
            statuses.add(response.status_code)
            assert b"Zebedee" not in getattr(response, "content", b"")

        assert {200, 302, 404, 405, 422} <= statuses
        for request in ConsultationRequest.objects.exclude(pk=mine.pk):
            assert request.events.count() == 1
            assert request.cells.count() in (0, 6)
            assert request.name
            assert (request.wished_at is None) or request.cells.count() == 0
        assert SeatCell.objects.filter(request=mine).count() == 6
