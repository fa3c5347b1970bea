"""A developer looks at every component in every state, as `make dev` shows them."""

import itertools
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from django.conf import settings

from treatments.tests.postgres import free_port
from treatments.tests.waiting import until

pytestmark = pytest.mark.journey


def answers(address):
    """Whether a page is there."""
    try:
        return urllib.request.urlopen(address, timeout=30).status == 200
    except urllib.error.URLError:
        return False


@pytest.fixture(scope="module")
def gallery(site):
    """The URL of the gallery, on the site's own data."""
    port = str(free_port())
    environment = {**os.environ, "DEBUG": "1", "DATA_DIR": str(site.folder), "PORT": port}
    environment.pop("DJANGO_SETTINGS_MODULE")
    command = [sys.executable, "manage.py", "runserver", "--noreload", port]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/components/"
    until(lambda: answers(address), patience=60)
    yield address
    process.terminate()
    process.wait(30)


@pytest.fixture
def page(chromium, gallery):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(gallery)
    yield page
    context.close()


class TestTheGallery:
    @pytest.mark.parametrize(("width", "scheme"), list(itertools.product((320, 1280), ("light", "dark"))))
    def test_has_nothing_that_axe_complains_of(self, page, complaints, width, scheme):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)

        assert complaints(page) == []

    @pytest.mark.parametrize(("width", "size"), [(320, "100%"), (360, "200%")])
    def test_cuts_nothing_off_on_a_small_screen_or_with_text_twice_as_large(self, page, width, size):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(f"document.documentElement.style.fontSize = '{size}'")

        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_is_in_the_sites_own_sheets(self, page):
        assert page.evaluate("document.styleSheets.length") == 2
        assert page.locator(".tag").first.evaluate("tag => getComputedStyle(tag).borderTopLeftRadius") != "0px"
