"""Whose session it is, and what is said when it cannot be stored."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, OperationalError
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


@pytest.mark.django_db
class TestASession:
    def test_that_cannot_be_stored_now_is_an_outage(self, desk, monkeypatch):
        def fail(*arguments, **options):
            raise OperationalError("database or disk is full")

        monkeypatch.setattr(Session, "save", fail)
        desk.raise_request_exception = False

        response = desk.get("/admin/")

        assert (response.status_code, response.headers["Retry-After"]) == (503, "30")

    @pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/second-factor/"])
    @pytest.mark.parametrize(
        "made_up", [r'"aaaaaaaaaaaaaaaa\000"', r'"\377\376aaaaaaaaaaaaaaaa"', "A" * 32, "a" * 4000]
    )
    def test_that_a_cookie_makes_up_is_none(self, client, path, made_up):
        response = client.get(path, headers={"cookie": f"sessionid={made_up}"})

        assert response.status_code in (200, 302)
        assert response.wsgi_request.session.session_key is None

    def test_that_somebody_ended_meanwhile_is_not(self, desk, monkeypatch):
        def after_its_end(*arguments, **options):
            raise DatabaseError("Forced update did not affect any rows.")

        monkeypatch.setattr(Session, "save", after_its_end)

        assert desk.get("/admin/").status_code == 400
