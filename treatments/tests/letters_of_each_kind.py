"""A message of each kind in each of its wordings, for tests that read all letters."""

from treatments.models import Act, Message, MessageKind
from treatments.models.message import ABOUT_TREATMENT


def one_message_of_each_kind(request):
    """Unsaved messages about a request that holds a visit, and about its treatment, in each of their wordings."""
    start = request.held_visit().start.isoformat()
    for kind in MessageKind:
        if kind in ABOUT_TREATMENT:
            yield Message(pk=1, kind=kind, treatment=request.treatment, payload={"at": start})
        elif kind == MessageKind.CLINIC_NOTICE:
            for act in Act:
                yield Message(pk=1, kind=kind, request=request, payload={"act": act, "start": start})
        else:
            for end in (start, None):
                yield Message(pk=1, kind=kind, request=request, payload={"start": start, "was": start, "end": end})
