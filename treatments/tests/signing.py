"""Accounts of staff, and signing in as they do, with a password and a code."""

import re
import time

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from treatments.tests.screens import screen
from treatments.values.availability import DAY

SIGN_IN = "/admin/login/"
SECOND_FACTOR = "/admin/second-factor/"
PASSWORD = "correct horse battery"
MINUTE = DAY / 24 / 60


def make_staff(name, *roles, may=(), **values):
    """An account of the desk with these roles, and with permissions of its own by their codenames."""
    user = get_user_model().objects.create_user(name, is_staff=True, **{"email": f"{name}@example.org", **values})
    user.groups.set(Group.objects.filter(name__in=roles))
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    return user


def confirm(client):
    """As if whoever is signed in had just typed the password again."""
    session = client.session
    session["confirmed_at"] = int(time.time())
    session.save()


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
