"""The site as `make run` serves it, once for all journeys, and browsers to visit it with."""

import itertools
import re
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from treatments.tests.journeys.firefox import firefox
from treatments.tests.journeys.hands import leave_by
from treatments.tests.journeys.serving import serving

#: Every accessibility rule that we hold ourselves to.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
#: Who may read the figures for Prometheus.
METRICS_TOKEN = "figures-of-this-site-for-a-test-alone"
#: Numbers for their addresses.
patients = itertools.count()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A running site: its `url` and `folder`, and the `name` and `password` of its first staff account."""
    folder = tmp_path_factory.mktemp("data")
    # A trusted proxy, so that each patient of these tests can come from an address of her own.
    variables = {"TRUSTED_PROXIES": "1", "METRICS_TOKEN": METRICS_TOKEN}
    with serving(folder, without=["DATABASE_URL"], **variables) as (_process, port, said):
        account = re.search(r"as (\S+) with the password (\S+)", said)
        assert account, said
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", name=account[1], password=account[2], folder=folder)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, site):
    """Open a page of the site: visit(path, width=360, scheme="dark", scripts=False)."""
    contexts = []

    def open_page(path, *, width=1280, scheme="light", scripts=True, page=None):
        if page is None:
            context = chromium.new_context(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,
                java_script_enabled=scripts,
                extra_http_headers={"X-Forwarded-For": f"10.0.{next(patients)}.1"},
            )
            contexts.append(context)
            # Counted before the page's own first line runs.
            context.add_init_script(
                "window.violations = []; document.addEventListener('securitypolicyviolation',"
                " event => violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"
            )
            page = context.new_page()
        page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(visit, site):
    """A page of the desk, signed in."""

    def open_desk(**options):
        page = visit("/admin/", **options)
        page.get_by_label("Username").fill(site.name)
        page.get_by_label("Password").fill(site.password)
        leave_by(page.get_by_role("button", name="Log in"))
        return page

    return open_desk


@pytest.fixture(scope="session")
def complaints():
    """What axe finds wrong with a page, in a line each."""

    def check(page):
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]})
        return [
            f"{rule['id']}: {node['html'][:120]}" for rule in found.response["violations"] for node in rule["nodes"]
        ]

    return check


@pytest.fixture(scope="session")
def fox(tmp_path_factory):
    """A Firefox that runs no script of a page."""
    with firefox(tmp_path_factory.mktemp("firefox"), scripts=False) as browser:
        yield browser
