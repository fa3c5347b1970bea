"""What is too much is refused before it is read; how long https binds a browser depends on whether the site is open."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import StopUpload
from django.utils import timezone

from treatments.models import Clinic, ConsultationRequest
from treatments.tests.builders import make_clinic
from treatments.tests.tables import one_in

DETAILS, SIGN_IN, UPLOAD = "/consultation/details/", "/admin/login/", "/admin/treatments/treatment/1/part/photos/"
MEGABYTE = 1024 * 1024
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def stored(monkeypatch):
    """How many bytes of files were taken in anywhere."""
    taken = []

    def take(handler, chunk, start):
        taken.append(len(chunk))
        raise StopUpload(connection_reset=True)

    for kind in ("TemporaryFileUploadHandler", "MemoryFileUploadHandler"):
        monkeypatch.setattr(f"django.core.files.uploadhandler.{kind}.receive_data_chunk", take)
    return taken


class Unread:
    """A body that must not be read."""

    def __init__(self, size):
        self.size = size

    def read(self, *size):
        raise AssertionError("it was read")

    readline = read


def send_unread(client, path, size, kind, **options):
    """Announce so many bytes, of which none may be read."""
    announced = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(size), "wsgi.input": Unread(size)}
    return client.generic("POST", path, **options, **announced)


@pytest.mark.django_db
class TestABody:
    @pytest.mark.parametrize("kind", one_in(4, [URLENCODED, "multipart/form-data; boundary=x", "application/json"]))
    @pytest.mark.parametrize("path", one_in(4, [DETAILS, "/", "/nowhere/", SIGN_IN, UPLOAD]))
    def test_of_more_than_a_megabyte_is_refused_unread(self, client, path, kind):
        response = send_unread(client, path, 150 * MEGABYTE, kind)

        assert response.status_code == 413
        assert "nothing was saved" in response.content.decode()

    def test_of_an_anonymous_upload_is_stored_nowhere(self, client, stored):
        client.cookies["csrftoken"] = "a" * 32

        response = client.post(UPLOAD, {"picture": SimpleUploadedFile("a.jpg", bytes(2 * MEGABYTE))})

        assert response.status_code == 413
        assert stored == []

    def test_of_staff_may_hold_a_picture(self, desk):
        assert desk.post(SIGN_IN, {"picture": SimpleUploadedFile("a.jpg", bytes(2 * MEGABYTE))}).status_code != 413

    def test_of_staff_has_an_end_too(self, desk):
        assert send_unread(desk, UPLOAD, 65 * MEGABYTE, "multipart/form-data; boundary=x").status_code == 413


@pytest.mark.django_db
class TestAForm:
    @pytest.mark.parametrize("fields", [201, 5_000])
    @pytest.mark.parametrize("multipart", [True, False])
    def test_of_more_than_two_hundred_fields_is_refused(self, client, fields, multipart):
        answers = {f"f{number}": "x" for number in range(fields)}
        body = answers if multipart else "&".join(f"{name}=x" for name in answers)

        response = client.post(DETAILS, body, **({} if multipart else {"content_type": URLENCODED}))

        assert response.status_code == 400
        assert "nothing was saved" in response.content.decode()
        assert not ConsultationRequest.objects.exists()

    @pytest.mark.parametrize("path", [DETAILS, SIGN_IN])
    def test_that_did_not_come_in_whole_is_refused(self, client, path):
        half = {"CONTENT_TYPE": URLENCODED, "CONTENT_LENGTH": "70", "wsgi.input": io.BytesIO(b"name=Ai")}

        response = client.generic("POST", path, **half)

        assert response.status_code == 400

    def test_of_two_hundred_is_read(self, client):
        response = client.post(DETAILS, {f"f{number}": "x" for number in range(200)})

        assert response.status_code == 422

    @pytest.mark.slow
    def test_of_the_desk_may_have_as_many_as_a_part_needs(self, desk):
        response = desk.post(SIGN_IN, {f"f{number}": "x" for number in range(5_000)})

        assert response.status_code in (200, 302)


@pytest.mark.django_db
class TestAQuery:
    @pytest.mark.parametrize("name", ["task/?state__exact", "comment/?q", "edition/?treatment__id__exact", "source/?q"])
    @pytest.mark.parametrize("value", ["a%00b", "%%0000"])
    def test_never_has_the_null_character_in_it(self, desk, name, value):
        response = desk.get(f"/admin/treatments/{name}={value}")

        assert response.status_code in (200, 302)
        assert "\0" not in str(response.wsgi_request.GET)


def sent(client):
    return client.get("/", secure=True).headers.get("Strict-Transport-Security")


@pytest.mark.django_db
class TestHttps:
    def test_binds_for_a_day_until_the_site_is_open_and_then_for_a_year(self, client):
        make_clinic()
        assert sent(client) == "max-age=86400"

        Clinic.objects.open_since(timezone.now())

        assert sent(client) == "max-age=31536000"

    def test_binds_more_than_this_host_only_when_its_owner_says_so(self, client, settings):
        settings.HSTS_INCLUDE_SUBDOMAINS = settings.HSTS_PRELOAD = True
        make_clinic()
        assert sent(client) == "max-age=86400"

        Clinic.objects.open_since(timezone.now())

        assert sent(client) == "max-age=31536000; includeSubDomains; preload"

    @pytest.mark.parametrize(
        "refused",
        one_in(
            3,
            [
                lambda client: send_unread(client, DETAILS, 150 * MEGABYTE, "text/plain", secure=True),
                lambda client: client.post(DETAILS, {f"f{number}": "x" for number in range(201)}, secure=True),
                lambda client: client.get("/", secure=True, headers={"host": "evil.example"}),
            ],
        ),
        ids=["too many bytes", "too many fields", "another host"],
    )
    def test_binds_and_no_search_engine_keeps_it_where_a_request_is_refused(self, client, refused):
        make_clinic()

        response = refused(client)

        assert response.status_code in (400, 413)
        assert response.headers["Strict-Transport-Security"] == "max-age=86400"
        assert response.headers["X-Robots-Tag"] == "noindex"

    def test_is_not_promised_by_http(self, client):
        assert "Strict-Transport-Security" not in client.get("/").headers
