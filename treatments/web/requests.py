"""Requests of the network as views get them: with the clinic, and at the desk with the account that is signed in."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase

from treatments.models import Clinic

#: What a middleware is given, and what it returns: the way from a request to its response.
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SiteRequest(HttpRequest):
    """What the middleware passes on to a view; `middleware.clinic_time` has read the clinic."""

    clinic: Clinic


class StaffRequest(SiteRequest):
    """A request of somebody who is signed in."""

    user: User


def with_clinic(request: HttpRequest) -> SiteRequest:
    """The same request, where Django knows only that it is one: in methods of the admin."""
    return cast(SiteRequest, request)


def of_staff(request: HttpRequest) -> StaffRequest:
    """The same request, in a view that lets nobody in who is not signed in."""
    return cast(StaffRequest, request)
