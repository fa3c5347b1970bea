"""What a request has, for tests that know that it is there; they fail where it is not."""

from treatments.models import ConsultationRequest, RequestEvent
from treatments.values.visit import Visit


def visit_of(request: ConsultationRequest) -> Visit:
    """The visit that a request holds, read anew."""
    visit = request.held_visit()
    assert visit is not None, "The request holds no visit."
    return visit


def last_event(request: ConsultationRequest) -> RequestEvent:
    """The newest event of a request."""
    event = request.events.last()
    assert event is not None, "Nothing was ever done to the request."
    return event
