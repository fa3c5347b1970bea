"""What nginx is told: it sends a page from a file with the headers with which the site sends it."""

import datetime
import re
import stat

import pytest
from django.core.management import call_command
from django.urls import reverse

from clinic_site.page_files import quarter_of
from treatments.models import Clinic
from treatments.tests.builders import make_clinic, make_edition_of, plain_document
from treatments.web import nginx
from treatments.web.middleware import DAY, YEAR

PATH = "/treatments/light-peel/"
PATHS = ["/", "/treatments/", PATH, f"{PATH}care/", f"{PATH}sources/"]
MIDNIGHT = datetime.datetime(2026, 7, 10, tzinfo=datetime.UTC)
MORNING = datetime.datetime(2026, 7, 10, 1, tzinfo=datetime.UTC)


@pytest.fixture
def treatment(written):
    make_clinic()
    return make_edition_of(plain_document())


class TestWhatNginxIsTold:
    @pytest.fixture(params=["http", "https"])
    def scheme(self, request, settings):
        """The site by http and by https; `client` gets it with `secure`."""
        settings.IS_HTTPS = request.param == "https"
        settings.SITE_URL = f"{request.param}://testserver"
        settings.IS_DEMONSTRATION = False
        return request.param

    @pytest.mark.usefixtures("treatment")
    @pytest.mark.parametrize("path", PATHS)
    def test_are_the_headers_with_which_the_site_sends_a_page(self, client, scheme, written, path):
        Clinic.objects.open_since(MORNING)

        page = client.get(path, secure=scheme == "https")

        # nginx makes these itself.
        own = {name: page.headers.pop(name) for name in ("ETag", "Content-Length")}
        assert list(own) == ["ETag", "Content-Length"]
        assert dict(page.headers) == nginx.headers_of(path)
        assert written(path) == page.content
        told = dict(re.findall(r'add_header (\S+) "(.+)";', nginx.configuration(nginx.Around())))
        told["Content-Type"] = re.search(r'default_type "(.+)";', nginx.configuration(nginx.Around()))[1]
        assert told | {"X-Robots-Tag": "noindex"} == dict(page.headers) | {"X-Robots-Tag": "noindex"}

    @pytest.mark.usefixtures("treatment")
    def test_is_no_header_of_a_page_that_has_others(self, client, written, settings):
        settings.IS_HTTPS = True
        page = client.get(PATH, secure=True)

        # A demonstration by https, which nobody opened: browsers shall not keep to https for a year.
        assert page.headers["Strict-Transport-Security"] == f"max-age={DAY}"
        assert nginx.headers_of(PATH)["Strict-Transport-Security"] == f"max-age={YEAR}"
        assert written(PATH) is None

    @pytest.mark.parametrize("name", ["SITE_URL", "X_FRAME_OPTIONS", "CONTENT_SECURITY_POLICY"])
    def test_once_and_not_again_finds_no_files(self, settings, name):
        before = nginx.mark()
        setattr(
            settings, name, {"DIRECTIVES": {"default-src": ["'self'"]}} if name.startswith("CONTENT") else "another"
        )

        assert nginx.mark() != before

    def test_is_printed_with_the_files_of_its_certificate(self, capsys, settings):
        settings.IS_HTTPS = True
        call_command("nginx", certificate="/etc/a.pem", key="/etc/b.pem")

        printed = capsys.readouterr().out
        assert 'ssl_certificate "/etc/a.pem";' in printed
        assert 'ssl_certificate_key "/etc/b.pem";' in printed

    @pytest.mark.parametrize(
        ("number", "address"), [(0, "$remote_addr"), (1, "$remote_addr"), (2, "$proxy_add_x_forwarded_for")]
    )
    def test_is_whose_address_the_site_reads(self, settings, number, address):
        settings.TRUSTED_PROXIES = number

        assert f"proxy_set_header X-Forwarded-For {address};" in nginx.configuration(nginx.Around())

    def test_is_no_folder_where_there_is_none(self, settings):
        settings.PAGES_DIR = None

        printed = nginx.configuration(nginx.Around())

        assert "try_files" not in printed
        assert "location / {\n        proxy_pass http://clinic;" in printed

    def test_is_the_quarter_of_an_hour_as_the_site_names_it(self, written):
        block = re.search(r"map \$date_gmt \$clinic_quarter \{(.+?)\}\n", nginx.configuration(nginx.Around()), re.S)
        quarters = re.findall(r'"~(.+)" +"\$clinic_day-\$clinic_hour-(\d\d)";', block[1])
        for minute in range(24 * 60):
            moment = MIDNIGHT + datetime.timedelta(minutes=minute)
            said = f"{moment:%A, %d-%b-%Y %H:%M:%S} GMT"
            found = [(re.search(pattern.replace("(?<", "(?P<"), said), name) for pattern, name in quarters]
            named = [f"{match['clinic_day']}-{match['clinic_hour']}-{name}" for match, name in found if match]
            assert named == [quarter_of(moment)]

    def test_is_every_machine(self, capsys):
        call_command("nginx")
        call_command("nginx", "--application=10.0.0.1:8000", "--application=10.0.0.2:8000")

        listed = re.findall(r"^    server (\S+);$", capsys.readouterr().out, re.M)
        assert listed == ["127.0.0.1:8000", "10.0.0.1:8000", "10.0.0.2:8000"]

    def test_is_no_brotli_where_nginx_has_none(self, capsys, written):
        call_command("nginx")
        assert "brotli_static on;" in capsys.readouterr().out

        call_command("nginx", "--without-brotli")
        assert "brotli_static" not in capsys.readouterr().out

    def test_warns_of_a_folder_that_nginx_cannot_enter(self, capsys, written, tmp_path):
        closed = [folder for folder in tmp_path.parents if not folder.stat().st_mode & stat.S_IXOTH]
        call_command("nginx")
        # The outermost: pytest closes its own.
        assert f"cannot pass the folder {closed[-1]}," in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["home", "treatment_list"])
    def test_is_made_of_the_urls(self, name):
        # Pages that search engines may show are not among those that they may not.
        assert not any(re.match(pattern, reverse(f"treatments:{name}")) for pattern in nginx.unlisted())
