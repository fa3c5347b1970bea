"""What Sentry is sent of an error holds nothing of the person whom it met."""

import logging

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from clinic_site import errors
from treatments.tests.builders import make_open_clinic
from treatments.views import consultation

LINK = "0123456789abcdefghijkl.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
TYPED = {"name": "Anna Example", "phone": "+60123456789", "email": "anna@example.org"}


@pytest.fixture
def sent():
    """The envelopes that were sent, as bytes."""
    envelopes = []

    class Kept(Transport):
        def capture_envelope(self, envelope):
            envelopes.append(envelope.serialize())

    before = sentry_sdk.get_global_scope().client
    errors.send_to("https://key@sentry.example.org/1", Kept)
    yield envelopes
    sentry_sdk.get_global_scope().set_client(before)


@pytest.mark.django_db
def test_an_error_on_a_page_with_a_form_tells_of_nobody(client, sent, monkeypatch):
    make_open_clinic()
    client.raise_request_exception = False

    def fail(data, *_others, **_more):
        typed = {key: data[key] for key in TYPED}
        try:
            raise KeyError(str(typed))
        except KeyError as error:
            logging.getLogger("treatments").error("Did not take %s of %s", typed, LINK)
            raise ValueError(f"cannot take {typed} at {LINK}") from error

    monkeypatch.setattr(consultation, "ConsultationForm", fail)
    referrer = f"http://testserver/consultation/{LINK}/"
    response = client.post(f"/consultation/details/?link={LINK}", TYPED, headers={"referer": referrer})

    assert response.status_code == 500
    text = b"".join(sent).decode()
    assert "ValueError" in text
    assert "KeyError" in text
    assert "consultation_details" in text
    secret = [*TYPED.values(), "Anna", "anna%40", "60123456789", LINK[:22], LINK[23:], "127.0.0.1", "Referer", "Cookie"]
    assert [word for word in secret if word in text] == []


def test_an_address_is_no_name_of_a_page():
    event = {
        "transaction": f"/consultation/{LINK}/",
        "transaction_info": {"source": "url"},
        "exception": {"values": [{"type": "ValueError", "value": "Anna"}]},
    }

    assert errors.without_person(event, {}) == {
        "exception": {"values": [{"type": "ValueError", "stacktrace": {"frames": []}}]}
    }
