"""What docs/security.md says of ASVS 5.0 and no other test looks at."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth.models import User

from treatments.tests.source_files import ROOT, lines_with


@pytest.mark.django_db
class TestTrace:
    @pytest.mark.parametrize(
        "path", ["/", "/consultation/", "/healthz", "/admin/", "/admin/login/", "/static/none.css"]
    )
    def test_sends_nothing_back(self, client, path):
        response = client.trace(path, headers={"cookie": "a=secret", "x-secret": "secret"})

        assert b"secret" not in response.content
        assert response.headers["Content-Type"] != "message/http"

    @pytest.mark.parametrize("path", ["/", "/treatments/", "/consultation/", "/consultation/link/", "/admin/login/"])
    def test_is_no_method_of_a_page(self, client, clinic, path):
        assert client.trace(path).status_code == 405


class TestAnAccountThatIsSwitchedOff:
    def test_is_out_at_its_next_click(self, desk):
        assert desk.get("/admin/").status_code == 200

        User.objects.update(is_active=False)

        assert desk.get("/admin/").headers["Location"].startswith("/admin/login/")


class TestOurCode:
    def test_runs_nothing_that_was_put_together_and_unpickles_nothing(self):
        # Neither code nor the commands of a shell.
        dangerous = r"(?<![\w.])(?:eval|exec)\(|shell=True|os\.(?:system|popen)|\bpickle\b|\bmark_safe\(f|yaml\.load"
        ours = [*(ROOT / "clinic_site").rglob("*.py"), *(ROOT / "treatments").rglob("*.py")]

        assert lines_with(dangerous, (path for path in ours if "tests" not in path.parts)) == []

    def test_of_the_desks_scripts_writes_no_html_and_stores_nothing(self):
        dangerous = (
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|(?:local|session)Storage|postMessage"
        )

        assert lines_with(dangerous, (ROOT / "static" / "js").glob("*.js")) == []


class TestCookies:
    def test_of_https_belong_to_this_host_alone_and_go_by_https_alone(self, tmp_path):
        read = (
            "from clinic_site import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, "
            "s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SECURE_SSL_REDIRECT)"
        )
        variables = {**os.environ, "DATA_DIR": str(tmp_path), "SITE_URL": "https://www.example.org"}

        done = subprocess.run([sys.executable, "-c", read], cwd=ROOT, env=variables, capture_output=True, text=True)

        assert done.stdout.split() == ["__Host-sessionid", "__Host-csrftoken", "True"], done.stderr
