"""What a session of the desk remembers: when it began, and when the password was typed last.

Moments are kept as whole seconds since 1970, as JSON can hold them.
"""

import time

from django.contrib import auth

#: In seconds. However busy it is, a session ends after a working day.
LONGEST = 12 * 3600
#: In seconds. So long a password that was typed again is good for what changes an account.
RECENT = 5 * 60

BEGAN, TYPED, CONFIRMED = "began_at", "password_typed_at", "confirmed_at"


def begin(request):
    """Count from now: the password has just been typed."""
    request.session[BEGAN] = request.session[TYPED] = now()


def note_click(request):
    """Let the hours after which nobody stays signed in begin anew; those of the whole session go on."""
    request.session.setdefault(BEGAN, now())
    request.session.modified = True


def end_if_over(request):
    """Sign out whoever has been signed in for longer than any session lasts."""
    began = request.session.get(BEGAN)
    if began is not None and now() - began > LONGEST:
        auth.logout(request)


def confirm(request):
    """Remember that password, and code where the account has one, were typed again."""
    request.session[CONFIRMED] = now()


def is_confirmed(request):
    """Whether they were typed again within the last five minutes."""
    return is_recent(request.session.get(CONFIRMED))


def is_just_begun(request):
    """Whether the password was typed within the last five minutes, be it to sign in."""
    return is_confirmed(request) or is_recent(request.session.get(TYPED))


def is_recent(moment):
    # Clocks are set: a moment that seems to come is no more, and no less, than one just gone.
    return moment is not None and abs(now() - moment) <= RECENT


def now():
    return int(time.time())
