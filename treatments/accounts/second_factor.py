"""The second factor of a staff account: an authenticator app, and recovery codes for the day the phone is lost."""

import base64
import io

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login, verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from treatments.accounts.session import account_of

#: As many recovery codes as one keeps on a slip of paper.
RECOVERY_CODES = 10
#: By how many steps of 30 seconds a phone's clock may be wrong (RFC 6238, 5.2 advises one).
TOLERANCE = 1
#: How many digits a code of an app has.
DIGITS = 6


def is_awaited(user: User) -> bool:
    """Whether the account may do nothing before it has shown its second factor.

    In a demonstration an account need not have one.
    """
    # Whoever has signed in with this very request has not been looked at by the middleware.
    is_verified = hasattr(user, "is_verified") and user.is_verified()
    return not is_verified and (not settings.IS_DEMONSTRATION or app_of(user) is not None)


def app_of(user: User) -> TOTPDevice | None:
    """The authenticator app of the account, or None."""
    return TOTPDevice.objects.devices_for_user(user, confirmed=True).first()


def new_key() -> str:
    """A secret for an authenticator app, as 40 hexadecimal digits (160 bits, RFC 4226, 4)."""
    key: str = random_hex(20)
    return key


def in_groups(key: str) -> str:
    """The secret as people type it into an app: base 32 in groups of four."""
    text = base64.b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def picture_of(user: User, key: str) -> str:
    """The secret as a picture to scan, an SVG element as text."""
    url = TOTPDevice(user=user, key=key).config_url
    drawn = io.BytesIO()
    qrcode.make(url, image_factory=qrcode.image.svg.SvgPathImage, border=2).save(drawn)
    return drawn.getvalue().decode().partition("?>")[2]


@transaction.atomic
def enrol(request: HttpRequest, key: str, code: str) -> list[str] | None:
    """Take the app with this secret into use if it shows this code now; None if it does not.

    Returns the account's new recovery codes; the session then counts as verified.
    """
    app = TOTP(bytes.fromhex(key))
    if not (is_of_app(code) and app.verify(int(code), TOLERANCE)):
        return None
    user = account_of(request)
    forget(user)
    # The code is used up, as it would be at a sign-in.
    device = TOTPDevice.objects.create(user=user, name="app", key=key, last_t=app.t())
    codes = renew_codes(user)
    let_in(request, device)
    return codes


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """Give the account new recovery codes in place of all it had, and return them; each can be used once."""
    # The device stays the same, so that a session that was verified by one of its codes stays verified.
    paper, _is_new = StaticDevice.objects.get_or_create(user=user, name="paper")
    paper.token_set.all().delete()
    codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=paper, token=code) for code in codes)
    return codes


def codes_left(user: User) -> int:
    """How many recovery codes the account has left."""
    left: int = StaticToken.objects.filter(device__user=user).count()
    return left


def verify(request: HttpRequest, code: str) -> bool:
    """Whether the app shows this code, or it is a recovery code; if so the session counts as verified."""
    user = account_of(request)
    device = device_for(user, code)
    if device is None or verify_token(user, device.persistent_id, code) is None:
        return False
    let_in(request, device)
    return True


def seconds_to_wait(user: User, code: str) -> int:
    """For how long no further code of this kind is looked at, because wrong ones came before: whole seconds, or 0."""
    device = device_for(user, code)
    _is_allowed, why = device.verify_is_allowed() if device else (True, None)
    return int((why["locked_until"] - timezone.now()).total_seconds()) + 1 if why else 0


def was_used(user: User, code: str) -> bool:
    """Whether this is a code that the app shows now, but that was used already."""
    app = app_of(user)
    if app is None or not is_of_app(code):
        return False
    shown = TOTP(app.bin_key, app.step, app.t0, app.digits, app.drift)
    return bool(shown.verify(int(code), app.tolerance) and shown.t() <= app.last_t)


def device_for(user: User, code: str) -> TOTPDevice | StaticDevice | None:
    """The app or the recovery codes of the account, by the shape of the code; None if it has no such thing."""
    return app_of(user) if is_of_app(code) else StaticDevice.objects.filter(user=user).first()


def is_of_app(code: str) -> bool:
    """Whether a code looks like one that an app shows; recovery codes are longer."""
    return code.isascii() and code.isdecimal() and len(code) == DIGITS


def let_in(request: HttpRequest, device: TOTPDevice | StaticDevice) -> None:
    """Count the session as verified by this device."""
    # Under a new key: whoever got hold of the old one does not get in with it.
    request.session.cycle_key()
    login(request, device)


@transaction.atomic
def forget(user: User) -> None:
    """Take app and recovery codes from the account: at its next sign-in it begins anew."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
