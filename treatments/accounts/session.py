"""What a session of the desk remembers: whose it is, when it began, and when the password was typed last.

Moments are kept as whole seconds since 1970 (UTC), because a session is stored as JSON.
"""

import time

from django.contrib import auth
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from clinic_site.outage import is_outage

#: In seconds. However busy it is, a session ends after a working day.
LONGEST = 12 * 3600
#: In seconds. For so long after the password was typed, an account may be changed without typing it again.
RECENT = 5 * 60

BEGAN, TYPED, CONFIRMED = "began_at", "password_typed_at", "confirmed_at"


class SessionStore(db.SessionStore):
    """Django's own, but that a cookie which it never gave out names no session.

    PostgreSQL would break off when asked for one with U+0000 in it. A database or a disk that is away is told as that,
    and not as the end of the session.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key if set(session_key or "") <= set(VALID_KEY_CHARS) else None)

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as error:
            if error.__context__ and is_outage(error.__context__):
                raise error.__context__ from None
            raise


def account_of(request: HttpRequest) -> User:
    """The account that is signed in; PermissionDenied if none is, for views that let only staff in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def begin(request: HttpRequest) -> None:
    """Count from now: the password has just been typed."""
    request.session[BEGAN] = request.session[TYPED] = now()


def note_click(request: HttpRequest) -> None:
    """Let the time after which an idle session ends begin anew; that of the whole session goes on."""
    request.session.setdefault(BEGAN, now())
    request.session.modified = True


def end_if_over(request: HttpRequest) -> None:
    """Sign out whoever has been signed in for longer than any session lasts."""
    began = request.session.get(BEGAN)
    if began is not None and now() - began > LONGEST:
        auth.logout(request)


def confirm(request: HttpRequest) -> None:
    """Remember that the password was typed again, and the code of the app where the account has one."""
    request.session[CONFIRMED] = now()


def is_confirmed(request: HttpRequest) -> bool:
    """Whether they were typed again (`confirm`) within the last five minutes."""
    return is_recent(request.session.get(CONFIRMED))


def is_just_begun(request: HttpRequest) -> bool:
    """Whether the password was typed within the last five minutes, to sign in or again."""
    return is_confirmed(request) or is_recent(request.session.get(TYPED))


def is_recent(moment: int | None) -> bool:
    """Whether a moment is at most five minutes away; None is not."""
    # A clock may have been set back meanwhile: a moment that then seems to lie ahead counts like one just gone.
    return moment is not None and abs(now() - moment) <= RECENT


def now() -> int:
    return int(time.time())
