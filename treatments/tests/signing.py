"""Signing in as staff do, with a password and a code."""

import re

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from treatments.tests.screens import screen
from treatments.values.availability import DAY

SIGN_IN = "/admin/login/"
SECOND_FACTOR = "/admin/second-factor/"
PASSWORD = "correct horse battery"
MINUTE = DAY / 24 / 60


def sign_in(client, name="rosa", password=PASSWORD, **headers):
    return client.post(SIGN_IN, {"username": name, "password": password}, headers=headers)


def code_now(user):
    device = TOTPDevice.objects.get(user=user)
    return f"{TOTP(device.bin_key).token():06}"


def enrol(client):
    """Set up a second factor as staff do, and return the recovery codes."""
    page = screen(client, SECOND_FACTOR)
    key = client.session["second_factor_key"]
    assert page.select_one(".qr svg path")
    response = client.post(SECOND_FACTOR, {"code": f"{TOTP(bytes.fromhex(key)).token():06}"})
    return re.findall(r"<code>(\w+)</code>", response.content.decode())
