"""Whose session it is."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.utils.functional import SimpleLazyObject

from treatments.accounts.session import account_of


class TestTheAccountOfARequest:
    def test_is_the_one_that_is_signed_in(self, rf):
        request = rf.get("/admin/")
        # As Django's middleware sets it.
        request.user = SimpleLazyObject(lambda: User(username="rosa"))

        assert account_of(request).username == "rosa"

    def test_is_refused_where_nobody_is_signed_in(self, rf):
        request = rf.get("/admin/")
        request.user = AnonymousUser()

        with pytest.raises(PermissionDenied):
            account_of(request)
