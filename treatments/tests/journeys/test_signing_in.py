"""A member of staff sets up a second factor and signs in with it: by keyboard alone, on a phone's width."""

import base64
import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django_otp.oath import TOTP

from treatments.tests.journeys.hands import Keyboard, leave_by
from treatments.tests.waiting import until

pytestmark = pytest.mark.journey

SECOND_FACTOR = "/admin/second-factor/"


@pytest.fixture
def newcomer(site, request):
    """The name and password of an account that nobody has used."""
    name = f"newcomer-{os.urandom(4).hex()}"
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    said = subprocess.run(
        [sys.executable, "manage.py", "staff", name],
        cwd=settings.BASE_DIR,
        env={**environment, "DATA_DIR": str(site.folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return name, said.stdout.partition("with the password ")[2].split()[0]


def sign_in(page, hands, newcomer):
    name, password = newcomer
    hands.type("Username", name)
    hands.type("Password", password)
    hands.press("button", "Log in")


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
def test_a_second_factor_is_set_up_and_asked_for(visit, newcomer, complaints, scripts):
    page = visit("/admin/", width=360, scripts=scripts)
    hands = Keyboard(page)
    sign_in(page, hands, newcomer)
    hands.press("link", "Set up a second factor")
    secret = page.locator(".qr__secret").inner_text().replace(" ", "")

    hands.type("Code", f"{TOTP(base64.b32decode(secret)).token():06}")
    hands.press("button", "Turn it on")

    assert page.locator(".recovery li").count() == 10
    recovery = page.locator(".recovery li").first.inner_text()
    hands.press("link", "I have kept them; go on")
    hands.press("button", "Log out")
    page.goto(page.url.partition("/admin/")[0] + "/admin/")
    sign_in(page, hands, newcomer)
    hands.type("Code", "wrong")
    hands.press("button", "Go on")
    wrong_at = time.monotonic()
    assert "This code is not right" in page.locator(".errorlist").inner_text()
    # A second long the next code is not looked at.
    until(lambda: time.monotonic() > wrong_at + 1)
    # The form is there again with what was typed.
    page.get_by_label("Code").fill("")
    hands.type("Code", recovery)
    hands.press("button", "Go on")
    assert page.locator(".worklist").count() == 1


@pytest.mark.parametrize("width", [360, 1280])
def test_every_screen_is_clean(visit, newcomer, complaints, width):
    page = visit("/admin/", width=width)
    sign_in(page, Keyboard(page), newcomer)
    visit(SECOND_FACTOR, page=page)
    check(page, complaints)
    secret = page.locator(".qr__secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(f"{TOTP(base64.b32decode(secret)).token():06}")
    leave_by(page.get_by_role("button", name="Turn it on"))
    check(page, complaints)
    visit(SECOND_FACTOR, page=page)
    check(page, complaints)
    leave_by(page.get_by_role("button", name="Log out"))
    visit("/admin/", page=page)
    sign_in(page, Keyboard(page), newcomer)
    check(page, complaints)


def check(page, complaints):
    assert complaints(page) == [], page.title()
    assert page.evaluate("violations") == [], page.title()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.title()
