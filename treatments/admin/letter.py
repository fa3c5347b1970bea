"""The page of a letter, shown to staff in a frame of the screen on which they confirm the act that sends it."""

from typing import Final

from django.http import Http404, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from treatments.admin.act import check_may_act, verb_called, with_newest_event, would_do
from treatments.consultation.acting import NotPossible
from treatments.times import holding
from treatments.web.requests import StaffRequest

#: A letter has its styles inside, which no page of ours may have: so it is a response of its own, which can load
#: nothing, run nothing, send nothing, and be shown by our own pages alone.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox"


@require_POST
@xframe_options_sameorigin
def letter_view(request: StaffRequest, pk: int, name: str, number: int) -> HttpResponse:
    """The page of one of the letters that an act would send, counted from 0; 404 where it would not.

    What was filled in is posted, for it may be a name or an address, which no URL should hold. Nothing is done.
    """
    check_may_act(request)
    consultation, verb = with_newest_event(pk), verb_called(name)
    form = verb.form(request.POST, consultation=consultation, clinic=request.clinic)
    if not form.is_valid():
        raise Http404
    try:
        letters = would_do(verb, consultation, form, by=request.user).letters
    except (NotPossible, holding.TimeGone) as refused:
        raise Http404 from refused
    if number >= len(letters):
        raise Http404
    (page, _kind), *_others = letters[number][1].alternatives
    return HttpResponse(str(page), headers={"Content-Security-Policy": POLICY})
