"""What the desk does for editors besides saving: counts, previews of what is typed, and no trust in any text."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse
from django.utils import timezone

from treatments.models import PARTS, Clinic, ConsultationRequest, Edition, Treatment
from treatments.publication import publishing
from treatments.running import retention
from treatments.tests.builders import (
    make_fit_treatment,
    make_full_treatment,
    make_open_clinic,
    make_picture,
    make_request,
    picture_bytes,
)
from treatments.tests.meaning import parsed, words
from treatments.tests.screens import part_address, screen, typed
from treatments.text import pictures
from treatments.values.availability import DAY

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

BENEFIT = {"title": "Smoother", "text": "For weeks.", "basis": "clinic"}
HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7|add:1 }}"""


def change_address(treatment):
    return reverse("admin:treatments_treatment_change", args=[treatment.pk])


class TestTheWorkbench:
    def test_says_for_each_part_how_much_is_to_mend(self, desk):
        rows = [{"title": f"A {place}", "text": "Yes.", "basis": "proposed"} for place in ("first", "second")]
        treatment = make_fit_treatment(benefits=rows)

        page = screen(desk, change_address(treatment))

        rows = page.select(".desk-parts tbody tr")
        to_mend = {row.a["href"].split("=")[1]: words(row.select("td")[1]) for row in rows}
        assert to_mend["benefits"] == "2"
        assert set(to_mend.values()) == {"2", ""}
        assert "2 reasons stand against publishing" in words(page.select_one(".desk-parts"))

    def test_says_that_nothing_stands_against_publishing(self, desk):
        page = screen(desk, change_address(make_fit_treatment()))

        assert "Nothing stands against publishing" in words(page.select_one(".desk-parts"))


@pytest.fixture
def four_rows_per_screen(monkeypatch):
    """Drawing is slow, and four rows are as good as forty."""
    monkeypatch.setattr("treatments.admin.treatment_screens.ROWS_PER_SCREEN", 4)


@pytest.mark.usefixtures("four_rows_per_screen")
class TestALongPart:
    """Ten rows are three screens of four."""

    @pytest.fixture
    def long(self):
        rows = [
            {"title": f"Benefit {number}", "text": "It is painless." if number == 5 else "Yes.", "basis": "clinic"}
            for number in range(10)
        ]
        return make_fit_treatment(benefits=rows)

    def test_is_shown_screen_by_screen(self, desk, long):
        pages = [screen(desk, part_address(long, "benefits") + f"&screen={number}") for number in range(4)]

        assert [len(page.select(".has_original")) for page in pages] == [4, 4, 2, 0]
        links = pages[1].select(".worklist__lists a")
        assert [words(link) for link in links] == ["1 to 4", "5 to 8", "9 to 10"]
        assert [link.get("aria-current") for link in links] == [None, "page", None]
        assert not screen(desk, part_address(long, "risks")).select(".worklist__lists")

    @pytest.mark.parametrize("number", range(3))
    def test_is_saved_screen_by_screen_without_a_change(self, desk, long, number):
        before = publishing.draft_of(long)
        address = part_address(long, "benefits") + f"&screen={number}"

        response = desk.post(address, {**typed(screen(desk, address)), "_continue": "1"})

        assert response.status_code == 302
        assert response.headers["Location"] == address.removesuffix("&screen=0")
        assert publishing.draft_of(long) == before

    def test_takes_a_row_of_its_second_screen_and_a_new_one_at_the_end(self, desk, long):
        address = part_address(long, "benefits") + "&screen=1"
        values = typed(screen(desk, address))
        new = {"benefit_rows-4-title": "Benefit 3", "benefit_rows-4-text": "Also.", "benefit_rows-4-basis": "clinic"}

        desk.post(address, {**values, **new, "benefit_rows-2-title": "Changed"})

        rows = publishing.draft_of(long)["benefits"]
        assert [row["title"] for row in rows] == [
            "Changed" if number == 6 else f"Benefit {number}" for number in range(10)
        ] + ["Benefit 3"]
        assert len({row["key"] for row in rows}) == 11

    def test_shows_the_right_rows_again_when_something_is_wrong(self, desk, long):
        address = part_address(long, "benefits") + "&screen=2"

        response = desk.post(address, {**typed(screen(desk, address)), "benefit_rows-1-title": ""})

        page = parsed(response.content)
        assert [words(label) for label in page.select(".has_original .inline_label")][1].startswith("Benefit 9")
        assert publishing.draft_of(long)["benefits"][9]["title"] == "Benefit 9"

    def test_is_led_to_the_screen_of_a_row(self, desk, long):
        page = screen(desk, reverse("admin:treatments_treatment_publish", args=[long.pk]))

        (link,) = page.select(".gate li > a")
        assert link["href"].endswith("?part=benefits&screen=1#benefit_rows-1")

    @pytest.mark.parametrize("number", ["x", "-1", "99999999", "%00", ""])
    def test_answers_nonsense_with_a_screen(self, desk, long, number):
        assert desk.get(part_address(long, "benefits") + f"&screen={number}").status_code == 200

    def test_leads_from_a_problem_of_shape_to_its_row(self, desk, long):
        long.benefit_rows.filter(title="Benefit 6").update(text="Signs\x07")

        page = screen(desk, reverse("admin:treatments_treatment_publish", args=[long.pk]))

        assert page.select_one(".gate a")["href"].endswith("?part=benefits&screen=1#benefit_rows-2")

    def test_takes_no_row_of_another_treatment(self, desk, long):
        other = make_fit_treatment(slug="other", name="Other", benefits=[BENEFIT])
        address = part_address(long, "benefits")
        values = {**typed(screen(desk, address)), "benefit_rows-0-id": other.benefit_rows.get().pk}

        desk.post(address, {**values, "benefit_rows-0-title": "Stolen"})

        assert other.benefit_rows.get().title == "Smoother"


@pytest.mark.usefixtures("four_rows_per_screen")
class TestSourcesOnSeveralScreens:
    @pytest.fixture
    def treatment(self):
        sources = [{"reference": f"R{number}", "title": f"T{number}", "evidence": "review"} for number in range(1, 7)]
        return make_fit_treatment(sources=sources)

    @pytest.mark.parametrize(
        "changes",
        [
            {"sources-4-reference": "R6", "sources-4-title": "New", "sources-4-evidence": "review"},
            {"sources-0-reference": "R6"},
            {"sources-0-reference": "R2", "sources-1-reference": "R1"},
        ],
        ids=["new", "changed", "swapped"],
    )
    def test_have_no_reference_twice(self, desk, treatment, changes):
        address = part_address(treatment, "sources")
        before = publishing.draft_of(treatment)

        response = desk.post(address, {**typed(screen(desk, address)), **changes})

        assert response.status_code == 200
        assert "this reference" in words(parsed(response.content).select_one(".errorlist"))
        assert publishing.draft_of(treatment) == before

    def test_take_the_reference_of_one_that_is_deleted(self, desk, treatment):
        address = part_address(treatment, "sources")
        new = {"sources-4-reference": "R3", "sources-4-title": "New", "sources-4-evidence": "review"}

        desk.post(address, {**typed(screen(desk, address)), "sources-2-DELETE": "on", **new})

        assert treatment.sources.get(reference="R3").title == "New"


class TestAPreviewOfWhatIsTyped:
    def test_shows_it_in_a_new_tab_and_saves_nothing(self, desk):
        treatment = make_fit_treatment(benefits=[BENEFIT])
        address = part_address(treatment, "benefits")
        page = screen(desk, address)
        before = publishing.draft_of(treatment), Clinic.objects.current().changed_at
        assert page.select_one("input[name=_preview]")["formtarget"] == "_blank"

        values = {**typed(page), "benefit_rows-0-title": "Typed and not saved", "_preview": "1"}
        response = desk.post(address, values)

        assert "Typed and not saved" in words(parsed(response.content).select_one("main"))
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert (publishing.draft_of(treatment), Clinic.objects.current().changed_at) == before

    def test_shows_a_row_that_is_new(self, desk):
        treatment = make_fit_treatment(benefits=[BENEFIT])
        address = part_address(treatment, "benefits")
        values = typed(screen(desk, address))
        new = {"benefit_rows-1-title": "Brand new", "benefit_rows-1-text": "Yes.", "benefit_rows-1-basis": "clinic"}

        response = desk.post(address, {**values, **new, "_preview": "1"})

        assert "Brand new" in response.content.decode()
        assert treatment.benefit_rows.count() == 1

    def test_of_the_head_too(self, desk):
        treatment = make_fit_treatment(benefits=[BENEFIT])
        address = change_address(treatment)

        response = desk.post(address, {**typed(screen(desk, address)), "title": "Another title", "_preview": "1"})

        assert parsed(response.content).title.text == "Another title"
        treatment.refresh_from_db()
        assert treatment.title != "Another title"

    def test_leaves_no_picture_behind_for_longer_than_a_day(self, desk):
        treatment = make_fit_treatment()
        kept = make_picture(colour="white")
        treatment.photo_rows.create(key="a", picture=kept.name, width=1, height=1, alt="Skin")
        address = part_address(treatment, "photos")
        file = SimpleUploadedFile("skin.png", picture_bytes(colour="red"))
        new = {"photo_rows-1-file": file, "photo_rows-1-alt": "Skin", "_preview": "1"}
        desk.post(address, {**typed(screen(desk, address)), **new})
        now = timezone.now()
        assert len(pictures.stored_before(now + DAY)) == 2

        retention.erase_expired(now + DAY / 2)
        assert len(pictures.stored_before(now + DAY)) == 2
        retention.erase_expired(now + 2 * DAY)

        assert pictures.stored_before(now + DAY) == [kept.name]

    def test_leaves_no_part_of_a_picture_that_could_not_be_stored_for_longer_than_a_day(self, db):
        digest, now = "0" * 64, timezone.now()
        for name in (f"{digest}-480.avif", f"{digest}-480.webp.x1.part"):
            default_storage.save(f"{pictures.FOLDER}/{name}", ContentFile(b"part"))

        retention.erase_expired(now + DAY / 2)
        assert len(default_storage.listdir(pictures.FOLDER)[1]) == 2
        retention.erase_expired(now + 2 * DAY)

        assert default_storage.listdir(pictures.FOLDER)[1] == []

    def test_says_what_makes_no_page_and_saves_nothing(self, desk):
        treatment = make_fit_treatment(benefits=[BENEFIT])
        address = part_address(treatment, "benefits")
        values = {**typed(screen(desk, address)), "benefit_rows-0-text": "New words.", "_preview": "1"}
        # As an earlier version let it be saved.
        treatment.risk_rows.filter(key="redness").update(text="Signs\x07")

        response = desk.post(address, values)

        assert "risks[0].text" in response.content.decode()
        assert response.status_code == 422
        assert treatment.benefit_rows.get().text != "New words."

    def test_shows_the_errors_of_what_cannot_be_saved(self, desk):
        treatment = make_fit_treatment(benefits=[BENEFIT])
        address = part_address(treatment, "benefits")

        response = desk.post(address, {**typed(screen(desk, address)), "benefit_rows-0-title": "", "_preview": "1"})

        assert parsed(response.content).select_one(".errorlist")


class TestTooMuchAtOnce:
    def test_is_refused_in_words_and_drops_nothing(self, desk, settings):
        settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
        treatment = make_full_treatment()
        before = publishing.draft_of(treatment)

        response = desk.post(part_address(treatment, "benefits"), {f"f{number}": "x" for number in range(11)})

        assert response.status_code == 400
        assert "nothing was saved" in response.content.decode()
        assert publishing.draft_of(treatment) == before

    def test_is_more_than_a_thousand_rows_of_the_widest_part(self, settings):
        widest = max(len(model._meta.fields) for model in PARTS.values())

        assert 1000 * (widest + 3) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def make_hostile(row):
    """Put the hostile text into every column that holds a text."""
    for column in row._meta.fields:
        is_text = isinstance(column, models.CharField | models.TextField) and not column.choices and not column.unique
        if (
            is_text
            and getattr(row, column.name)
            and column.name not in ("key", "slug", "reference", "url", "currency", "picture", "language", "claim")
            and column.name not in getattr(row, "refers", ())
        ):
            setattr(row, column.name, HOSTILE[: column.max_length])
    type(row).objects.filter(pk=row.pk).update(
        **{column.name: getattr(row, column.name) for column in row._meta.fields if not column.primary_key}
    )


@pytest.fixture
def hostile():
    """A treatment, an edition and a request in which every text is hostile."""
    make_open_clinic(phone=HOSTILE[:30])
    treatment = make_full_treatment()
    for row in [treatment, *(row for model in PARTS.values() for row in model.objects.all())]:
        make_hostile(row)
    treatment.refresh_from_db()
    publishing.publish_sample(treatment, note=HOSTILE)
    Treatment.objects.filter(pk=treatment.pk).update(title="Another title")
    treatment.refresh_from_db()
    publishing.publish_sample(treatment, note=HOSTILE)
    request = make_request(name=HOSTILE, message=HOSTILE)
    ConsultationRequest.objects.filter(pk=request.pk).update(email="a@example.org")
    return treatment, request


class TestHostileText:
    def test_stays_text_on_every_screen(self, desk, hostile):
        treatment, request = hostile
        edition = Edition.objects.get(number=2)
        requests = "/admin/treatments/consultationrequest/"
        editions = f"/admin/treatments/edition/{edition.pk}/"
        act = f"{requests}{request.pk}/act/"
        addresses = [
            *(part_address(treatment, part) for part in PARTS),
            change_address(treatment),
            *(reverse(f"admin:treatments_treatment_{name}", args=[treatment.pk]) for name in ("preview", "publish")),
            *(reverse(f"admin:treatments_{name}_changelist") for name in ("treatment", "edition", "message")),
            *(f"{editions}{name}" for name in ("change/", "compare/", "compare/?with=draft", "restore/")),
            *("/admin/", "/admin/?list=waiting", "/admin/treatments/clinic/1/change/"),
            *(requests, f"{requests}?q=%3Cscript%3Ealert(1)", f"{requests}{request.pk}/change/", f"{requests}day/"),
            *(f"{act}{verb}/" for verb in ("called", "book", "offer", "cancel")),
            *(treatment.get_absolute_url(), "/", "/treatments/"),
        ]

        shown = 0
        for address in addresses:
            response = desk.get(address)
            assert response.status_code == 200, address
            page = BeautifulSoup(response.content, "html.parser")
            assert not page.select("[onerror], img[src=x]"), address
            assert not [script for script in page.select("script") if script.text.strip() == "alert(1)"], address
            assert "8" not in page.text.partition("onerror=alert(1)>")[2][:1], address
            shown += "<script>alert(1)</script>" in page.text or "<script>alert(1)" in str(typed_texts(page))
        assert shown > 25


def typed_texts(page):
    return [field.get("value") or field.text for field in page.select("input, textarea")]
