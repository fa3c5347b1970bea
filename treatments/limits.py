"""How much may come from one network address, and what it is counted by; nobody's address is stored in clear."""

import datetime
import hashlib
import hmac
import json

from django.conf import settings

from treatments.models import Clinic

#: Requests, or comments, from one network address in an hour. Many patients can share a mobile carrier's address, so
#: more than the first number are set apart, and only more than the second are turned away.
MANY_FROM_CLIENT = 10
MOST_FROM_CLIENT = 100
HOUR = datetime.timedelta(hours=1)


class TooMany(Exception):
    """So much came from one network address within an hour that no more is taken."""


def locked_clinic():
    """The clinic's row, held until the end of the transaction: limits are counted by one request after the other."""
    Clinic.objects.current()
    return Clinic.objects.select_for_update().prefetch_related("opening_hours").get(pk=Clinic.ONLY)


def digest_of(value):
    """A keyed digest that tells equal values and gives nothing away."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
