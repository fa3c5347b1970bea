"""Home, list, notices, errors and the pages for machines say what they should, with whatever the clinic has given."""

import contextlib
import datetime
import itertools
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.db import OperationalError
from django.urls import NoReverseMatch, reverse

from treatments.models import Clinic, Notice, OpeningHours, Treatment
from treatments.publication import publishing
from treatments.tests.builders import (
    full_document,
    make_clinic,
    make_edition_of,
    make_picture,
    make_published_treatment,
    make_treatment,
    plain_document,
)
from treatments.tests.meaning import headings, ids, meta, structured_data, words
from treatments.tests.tables import one_in
from treatments.text import pictures
from treatments.urls import urlpatterns
from treatments.views import error

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
PUBLIC = ["/", "/treatments/", "/privacy/", "/accessibility/", "/consultation/"]


@pytest.fixture
def notices():
    """One notice of each kind."""
    return [
        Notice.objects.create(kind=kind, text=f"## About {kind}\n\nThis is **our** text.", added_at=LONG_AGO)
        for kind in ("privacy", "accessibility", "consent")
    ]


def make_public_and_others():
    """One public treatment, a draft, and one that was withdrawn."""
    make_edition_of(plain_document(slug="shown", name="Shown"))
    make_treatment(slug="draft", name="Draft")
    gone = make_edition_of(plain_document(slug="gone", name="Gone"))
    gone.withdrawn_at = LONG_AGO
    gone.save()


@pytest.mark.django_db
class TestEveryPage:
    @pytest.mark.parametrize("path", PUBLIC)
    def test_has_a_title_a_description_and_one_main_heading(self, read, notices, path):
        page = read(path)

        assert words(page.title)
        assert len(meta(page, "description")) > 30
        assert len(page.find_all("h1")) == 1
        assert len(ids(page)) == len(set(ids(page)))
        assert page.html["lang"] == "en"

    @pytest.mark.parametrize("path", one_in(4, PUBLIC))
    def test_never_skips_a_level_of_headings(self, read, notices, path):
        make_edition_of(full_document())

        levels = [level for level, _text in headings(read(path))]

        assert levels[0] == 1
        assert all(level - before <= 1 for before, level in zip(levels, levels[1:], strict=False))

    @pytest.mark.parametrize("path", PUBLIC)
    def test_names_its_canonical_address(self, read, notices, path):
        page = read(path, host="localhost")

        address = f"http://127.0.0.1:8000{path}"
        assert page.find("link", rel="canonical")["href"] == meta(page, "og:url") == address

    @pytest.mark.parametrize("path", one_in(5, PUBLIC))
    def test_has_no_link_of_ours_that_leads_nowhere(self, read, client, notices, path):
        make_edition_of(full_document())

        addresses = {link["href"] for link in read(path).select("a[href^='/']")}

        assert addresses
        assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)

    @pytest.mark.parametrize("path", ["/", "/treatments/", "/privacy/", "/no-such-page/"])
    def test_of_a_site_that_is_not_open_asks_to_be_left_out_of_search(self, client, notices, settings, path):
        settings.IS_DEMONSTRATION = False

        assert client.get(path).headers["X-Robots-Tag"] == "noindex"


@pytest.mark.django_db
class TestTheHomePage:
    def test_leads_to_each_public_treatment_and_to_a_consultation(self, read):
        make_public_and_others()

        page = read("/")

        assert [words(heading) for heading in page.main.select("h3:has(a)")] == ["Shown"]
        assert page.main.find("a", href="/treatments/shown/")
        assert page.main.find("a", href="/consultation/")

    def test_tells_how_a_consultation_works_in_three_steps(self, read):
        heading = read("/").find("h2", string="How a consultation works")

        assert len(heading.find_next("ol").find_all("li")) == 3

    def test_without_treatments_has_no_heading_for_them(self, read):
        assert "Treatments" not in [text for _level, text in headings(read("/"))]

    def test_names_the_clinic_to_machines_with_no_more_than_is_known(self, read):
        assert set(structured_data(read("/"))["MedicalClinic"]) == {"@type", "@id", "name", "url"}

    def test_names_phone_and_address_once_they_are_known(self, read):
        make_clinic(phone="+60 3-2345 6789", address="1 Jalan Satu\nKuala Lumpur")

        node = structured_data(read("/"))["MedicalClinic"]

        assert (node["telephone"], node["address"]) == ("+60 3-2345 6789", "1 Jalan Satu Kuala Lumpur")

    @pytest.mark.parametrize(
        ("typed", "named"), [("03-2345 6789 x12", "+60 3-2345 6789 ext. 12"), ("call us", "call us"), ("999", "999")]
    )
    def test_names_a_phone_as_it_is_dialled_from_abroad(self, read, typed, named):
        make_clinic(phone=typed)

        assert structured_data(read("/"))["MedicalClinic"]["telephone"] == named


@pytest.mark.django_db
class TestTheListOfTreatments:
    def test_has_each_public_treatment_in_the_clinics_order(self, read):
        for slug, order in (("last", 3), ("first", 1), ("second", 2)):
            treatment = make_edition_of(plain_document(slug=slug, name=slug))
            treatment.order = order
            treatment.save()

        page = read("/treatments/")

        assert [words(heading) for heading in page.main.select("h3:has(a)")] == ["first", "second", "last"]

    def test_has_them_in_the_same_order_whatever_a_draft_is_called(self, read):
        for slug in ("first", "second"):
            make_edition_of(plain_document(slug=slug, name=slug))
        Treatment.objects.filter(slug="first").update(name="Zest")

        assert [words(heading) for heading in read("/treatments/").main.select("h3:has(a)")] == ["first", "second"]

    def test_describes_a_treatment_as_its_edition_does(self, read):
        treatment = make_edition_of(full_document(description="As it was published, in fifty letters or rather more."))
        treatment.description = treatment.name = "As it is in the draft"
        treatment.save()

        text = words(read("/treatments/").main)

        assert "As it was published" in text
        assert "in the draft" not in text

    def test_shows_the_first_picture_of_each_and_leaves_one_out_that_was_withdrawn(self, read):
        shown, gone = make_picture(size=(64, 48)), make_picture(size=(48, 64))
        for slug, picture in (("shown", shown), ("gone", gone), ("without", None)):
            photos = [{"picture": picture.name, "width": 64, "height": 48, "alt": "Clear skin"}] if picture else []
            make_edition_of(plain_document(slug=slug, name=slug, photos=photos))
        pictures.withdraw(gone.name)

        (image,) = read("/treatments/").main.select("img")

        assert words(image.find_parent("li").h3) == "shown"
        assert image["src"] == f"/pictures/{shown.digest}-64.jpg"
        assert (image["width"], image["height"], image["alt"]) == ("64", "48", "")

    def test_names_the_treatments_to_machines(self, read):
        make_public_and_others()

        assert structured_data(read("/treatments/"))["ItemList"]["itemListElement"] == [
            {"@type": "ListItem", "position": 1, "name": "Shown", "url": "http://127.0.0.1:8000/treatments/shown/"}
        ]

    def test_without_treatments_says_so(self, read):
        assert "There is nothing to read here yet." in words(read("/treatments/").main)


@pytest.mark.django_db
class TestANotice:
    @pytest.mark.parametrize("kind", ["privacy", "accessibility"])
    def test_is_dated_and_set_as_text(self, read, notices, kind):
        page = read(f"/{kind}/")

        assert words(page.h1) == f"{kind.title()} notice"
        assert "Wednesday 1 January 2020" in words(page.main)
        assert words(page.find("h2")) == f"About {kind}"
        assert words(page.strong) == "our"

    def test_is_the_newest_of_its_kind(self, read, notices):
        Notice.objects.create(kind="privacy", text="A new wording.")

        assert "A new wording." in words(read("/privacy/").main)
        assert "This is our text." in words(read("/accessibility/").main)

    def test_that_holds_html_shows_it_as_text(self, read):
        Notice.objects.create(kind="privacy", text="<script>alert(1)</script> [a](javascript:alert(1))")

        page = read("/privacy/")

        assert not page.main.find("script")
        assert not page.main.find("a")
        assert "<script>alert(1)</script>" in words(page.main)

    def test_that_was_never_written_is_not_found(self, read):
        read("/privacy/", status=404)


@pytest.mark.django_db
class TestAnError:
    def test_404_leads_on(self, read):
        page = read("/no-such-page/", status=404)

        assert words(page.h1) == words(page.title) == "This page is not here"
        assert page.main.find("a", href="/treatments/")
        assert meta(page, "robots") == "noindex"

    def test_410_leads_on(self, read):
        treatment = make_edition_of(full_document())
        treatment.withdrawn_at = LONG_AGO
        treatment.save()

        page = read(treatment.get_absolute_url(), status=410)

        assert words(page.h1) == words(page.title) == "This page is gone"
        assert meta(page, "robots") == "noindex"

    @pytest.mark.parametrize("path", one_in(4, ["/", "/treatments/light-peel/", "/consultation/", "/no-such-page/"]))
    def test_400_answers_a_host_that_is_not_ours(self, read, path):
        make_edition_of(full_document())

        page = read(path, status=400, host="evil.example")

        assert words(page.h1) == "We could not read that"
        assert "evil.example" not in page.response.content.decode()

    def test_400_answers_a_host_that_is_not_ours_for_a_page_that_is_kept(self, read):
        make_clinic()
        treatment = make_edition_of(full_document())
        read(treatment.get_absolute_url())

        read(treatment.get_absolute_url(), status=400, host="evil.example")

    def test_500_says_that_it_is_of_our_account(self, client, read, monkeypatch):
        def fail(*arguments):
            raise RuntimeError("A secret of the database")

        treatment = make_edition_of(full_document())
        monkeypatch.setattr("treatments.views.treatment.Article", fail)
        client.raise_request_exception = False

        page = read(treatment.get_absolute_url(), status=500)

        assert words(page.h1) == "Something went wrong on our side"
        assert "secret" not in page.response.content.decode()

    def test_403_of_a_form_without_our_cookie_says_what_to_do(self, client):
        client.handler.enforce_csrf_checks = True

        response = client.post("/consultation/", {"name": "Aisha"})

        assert response.status_code == 403
        assert "load the page again and send it once more" in response.content.decode()


@pytest.mark.django_db
class TestWhereAnErrorLeads:
    """On to what helps most, the likeliest first."""

    def steps(self, response):
        page = BeautifulSoup(response.content, "html.parser")
        return [link["href"] for link in page.select(".next-steps a")]

    def test_for_a_page_that_is_not_here(self, client):
        steps = self.steps(client.get("/consultation/no-such-link/"))

        assert steps == ["/treatments/", "/consultation/", "/consultation/link/"]

    def test_for_a_treatment_that_is_gone(self, client):
        make_edition_of(full_document())
        Treatment.objects.update(withdrawn_at=LONG_AGO)

        assert self.steps(client.get("/treatments/light-peel/")) == ["/treatments/", "/consultation/"]

    def test_for_what_could_not_be_read(self, client):
        assert self.steps(client.get("/", headers={"host": "evil.example"})) == ["/treatments/", "/consultation/"]

    def test_for_a_form_without_our_cookie(self, client):
        client.handler.enforce_csrf_checks = True

        steps = self.steps(client.post("/consultation/", {"name": "Aisha"}))

        assert steps == ["/consultation/", "/treatments/", "/consultation/link/"]

    def test_for_our_own_fault_tries_again_first(self, rf):
        assert self.steps(error.server_error(rf.get("/treatments/"))) == ["", "/", "/treatments/"]


class TestTheServersFault:
    def test_is_drawn_without_the_database(self, rf):
        # Not marked for the database: a query here would fail the test.
        response = error.server_error(rf.get("/"))

        assert response.status_code == 500
        assert "Something went wrong on our side" in response.content.decode()

    def test_asks_to_come_back_when_the_database_does_not_answer(self, rf):
        try:
            raise OperationalError
        except OperationalError:
            response = error.server_error(rf.get("/"))

        assert (response.status_code, response.headers["Retry-After"]) == (503, "30")


@pytest.mark.django_db
class TestTheSitemap:
    def read(self, client):
        response = client.get("/sitemap.xml")
        assert response.headers["Content-Type"].startswith("application/xml")
        space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        root = ElementTree.fromstring(response.content)
        assert root.tag == f"{space}urlset"
        return {url.findtext(f"{space}loc"): url.findtext(f"{space}lastmod") for url in root.findall(f"{space}url")}

    def test_has_every_public_page_and_no_other(self, client):
        make_public_and_others()

        paths = [address.removeprefix("http://127.0.0.1:8000") for address in self.read(client)]

        assert sorted(paths) == sorted([*PUBLIC, "/treatments/shown/"])

    @pytest.mark.slow
    def test_has_every_page_that_search_engines_may_show_and_no_other(self, client, notices):
        make_edition_of(plain_document(slug="shown"))
        paths = ["/no-such-page/", "/treatments/no-such/"]
        for pattern, arguments in itertools.product(urlpatterns, ([], ["shown"])):
            with contextlib.suppress(NoReverseMatch):
                paths.append(reverse(f"treatments:{pattern.name}", args=arguments))

        answers = {path: client.get(path) for path in paths}

        pages = {path for path, answer in answers.items() if answer.headers["Content-Type"].startswith("text/html")}
        shown = {path for path in pages if "X-Robots-Tag" not in answers[path].headers}
        assert shown == {address.removeprefix("http://127.0.0.1:8000") for address in self.read(client)}
        assert len(pages) > len(shown) + 5

    def test_says_that_the_lists_change_with_what_they_list(self, client, time_machine):
        time_machine.move_to(datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC), tick=False)
        make_published_treatment()
        treatment = make_edition_of(plain_document(slug="gone"))
        time_machine.move_to(datetime.datetime(2026, 6, 2, 12, tzinfo=datetime.UTC), tick=False)
        publishing.withdraw(treatment)

        changed = self.read(client)

        for path in ("/", "/treatments/"):
            moment = datetime.datetime.fromisoformat(changed[f"http://127.0.0.1:8000{path}"])
            assert moment == datetime.datetime(2026, 6, 2, 12, tzinfo=datetime.UTC)

    def test_says_when_a_treatment_last_changed(self, client, time_machine):
        time_machine.move_to(datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC), tick=False)
        treatment = make_published_treatment()
        time_machine.move_to(datetime.datetime(2026, 6, 2, 12, tzinfo=datetime.UTC), tick=False)
        treatment.benefit_rows.update(title="Softer")
        publishing.publish_sample(treatment)

        changed = self.read(client)["http://127.0.0.1:8000/treatments/light-peel/"]

        assert datetime.datetime.fromisoformat(changed) == datetime.datetime(2026, 6, 2, 12, tzinfo=datetime.UTC)

    def test_is_well_formed_without_treatments(self, client):
        assert len(self.read(client)) == len(PUBLIC)


@pytest.mark.django_db
class TestTheRobotsFile:
    def test_names_the_sitemap_and_keeps_crawlers_off_the_desk(self, client):
        response = client.get("/robots.txt")

        assert response.headers["Content-Type"].startswith("text/plain")
        lines = response.content.decode().splitlines()
        assert lines[0] == "User-agent: *"
        assert "Disallow: /admin/" in lines
        assert "Disallow: /treatments/" not in lines
        assert lines[-1] == "Sitemap: http://127.0.0.1:8000/sitemap.xml"


@pytest.mark.django_db
class TestEveryAnswer:
    @pytest.mark.parametrize("host", one_in(4, ["testserver", "evil.example"]))
    @pytest.mark.parametrize(
        "path",
        one_in(
            4,
            [
                "/healthz",
                "/readyz",
                "/",
                "/consultation/",
                "/robots.txt",
                "/no-such-page/",
                "/static/css/site.css",
                "/admin/",
            ],
        ),
    )
    def test_keeps_the_browser_strict_whoever_gives_it(self, client, path, host):
        headers = client.get(path, headers={"host": host}).headers

        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Access-Control-Allow-Origin" not in headers

    def test_has_these_headers_too_when_the_database_is_away(self, client, monkeypatch):
        def fail(path):
            raise OperationalError

        monkeypatch.setattr("treatments.web.pages.state_of", fail)
        client.raise_request_exception = False

        response = client.get("/")

        assert response.status_code == 503
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


class TestAProbe:
    def test_of_life_needs_no_database_and_no_host_name(self, client):
        response = client.get("/healthz", headers={"host": "10.1.2.3:9999"})

        assert (response.status_code, response.content) == (200, b"ok\n")
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
class TestTheHelpBlock:
    def groups(self, read, **clinic):
        """What stands for each level, by its value, on the page of a clinic with these columns."""
        make_clinic(**clinic)
        page = read(make_edition_of(full_document()).get_absolute_url())
        return {group["class"][1].removeprefix("help__group--"): group for group in page.select(".help__group")}

    def test_for_each_level_is_never_dropped_and_begins_with_the_worst(self, read):
        groups = self.groups(read)

        assert [words(group.h3) for group in groups.values()] == [
            "Emergency",
            "See a doctor today",
            "Call us the same day",
            "What is usual",
        ]
        assert words(groups["expected"].p) == "Redness of the face is usual for a day."

    def test_without_phone_sends_to_the_clinic_that_treated_the_patient(self, read):
        groups = self.groups(read)

        assert "Call the clinic that treated you. If we are closed or do not answer, see a doctor today." in words(
            groups["call"]
        )
        assert "Call your local emergency number." in words(groups["emergency"])
        assert not any(group.select("a[href^=tel]") for group in groups.values())

    def test_with_phones_links_them(self, read):
        groups = self.groups(
            read, phone="+60 3-2345 6789", out_of_hours_phone="+60 12 345 6789", emergency_number="999"
        )

        calls = {level: [link["href"] for link in group.select("a[href^=tel]")] for level, group in groups.items()}
        assert calls == {
            "emergency": ["tel:999"],
            "doctor-today": [],
            "call": ["tel:+60323456789", "tel:+60123456789"],
            "expected": [],
        }
        assert "the clinic that treated you" not in words(groups["call"])
        assert "If we are closed or do not answer, see a doctor today." in words(groups["call"])
        assert "local emergency number" not in words(groups["emergency"])

    def test_shows_what_was_typed_before_and_is_no_number_without_a_link(self, read):
        typed = {
            "phone": "call us <now>",
            "out_of_hours_phone": "03-2345 6789 / 6780",
            "emergency_number": "112 or 999",
        }

        groups = self.groups(read, **typed)

        assert "call us <now> Out of hours: 03-2345 6789 / 6780" in words(groups["call"])
        assert "Emergency 112 or 999" in words(groups["emergency"])
        assert not any(group.select("a[href^=tel]") for group in groups.values())


@pytest.mark.django_db
class TestTheFooter:
    def open(self, *hours):
        clinic = Clinic.objects.current()
        for weekday, opens, closes in hours:
            OpeningHours.objects.create(
                clinic=clinic, weekday=weekday, opens=datetime.time(opens), closes=datetime.time(closes)
            )

    def hours(self, page):
        return [(words(days), words(days.find_next_sibling("dd"))) for days in page.footer.find_all("dt")]

    def test_groups_days_with_the_same_hours(self, read):
        self.open(*((day, 9, 17) for day in range(1, 6)), (6, 10, 13))

        assert self.hours(read("/")) == [("Monday to Friday", "9:00 – 17:00"), ("Saturday", "10:00 – 13:00")]

    def test_keeps_days_apart_that_a_closed_day_divides(self, read):
        self.open((1, 9, 17), (3, 9, 17))

        assert self.hours(read("/")) == [("Monday", "9:00 – 17:00"), ("Wednesday", "9:00 – 17:00")]

    def test_puts_the_intervals_of_a_day_side_by_side(self, read):
        self.open((1, 14, 17), (1, 9, 12), (2, 9, 12))

        assert self.hours(read("/")) == [("Monday", "9:00 – 12:00, 14:00 – 17:00"), ("Tuesday", "9:00 – 12:00")]

    def test_says_that_demonstration_hours_are_not_real(self, read):
        self.open((1, 9, 17))
        make_clinic(shows_demonstration_hours=True)

        assert "These hours are a demonstration, not real ones." in words(read("/").footer)

    def test_says_nothing_of_the_kind_about_real_hours(self, read):
        self.open((1, 9, 17))

        assert "demonstration" not in words(read("/").footer)

    def test_without_hours_has_no_heading_for_them(self, read):
        make_clinic(shows_demonstration_hours=True)

        assert not read("/").footer.find_all(["h2", "dl", "dt"])

    def test_has_what_is_known_of_the_clinic(self, read):
        make_clinic(name="Clinic & Co", address="1 Jalan Satu\nKL", phone="+60 3-2345 6789", email="hello@example.org")

        footer = read("/").footer

        assert "Clinic & Co" in words(footer)
        assert words(footer.address) == "1 Jalan Satu KL"
        assert footer.find("a", href="tel:+60323456789")
        assert footer.find("a", href="mailto:hello@example.org")

    def test_leads_to_the_notices(self, read):
        assert {"/privacy/", "/accessibility/"} <= {link["href"] for link in read("/").footer.find_all("a")}
