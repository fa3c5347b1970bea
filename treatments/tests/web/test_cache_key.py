"""A page's cache key is another one whenever the page is, and the same one never comes back for another page."""

import datetime
import functools
import re
from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from treatments.article.listing import listed
from treatments.models import Approval, Clinic, Clinician, Edition, Notice, OpeningHours, Photo, Treatment
from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.running import sample
from treatments.tests.builders import (
    canonical_document,
    full_document,
    make_clinic,
    make_edition_of,
    make_picture,
    plain_document,
)
from treatments.tests.screens import screen, typed
from treatments.tests.tables import one_in
from treatments.views.treatment import page_of
from treatments.web import pages
from treatments.web.published import CACHE_CONTROL, DECLARED, page_at

#: Nine in the morning at the clinic, and still the day before in New York, so that its zone shows.
MORNING = datetime.datetime(2026, 7, 10, 1, tzinfo=datetime.UTC)
PATH = "/treatments/light-peel/"
PATHS = [PATH, f"{PATH}care/", f"{PATH}sources/", "/", "/accessibility/", "/privacy/", "/treatments/"]
#: Another value for every column that a test changes.
OTHER = {
    **{"country": "JP", "time_zone": "America/New_York", "language": "ms", "slug": "other", "weekday": 6},
    **{"email": "other@example.org", "kind": "consent", "key": "other", "opens": datetime.time(8)},
    **{"phone": "+60323456780", "out_of_hours_phone": "+60323456781", "emergency_number": "999"},
    **{"reviewer": None, "review_date": None, "next_review_date": None, "expires_on": datetime.date(2027, 1, 31)},
    **{"whatsapp": "+60123456780"},
}


def small(**changes):
    """A treatment that is quick to publish and to show, and shows all that is shown of a clinic."""
    signs = [{"key": level, "basis": "clinic", "sign": "Pain.", "level": level} for level in ("call", "emergency")]
    price = {"key": "face", "what": "Face", "least": 500, "per": "session", "currency": "MYR", "basis": "clinic"}
    return plain_document(warning_signs=signs, prices=[price], **changes)


@pytest.fixture
def published(time_machine):
    """A public treatment, its clinic with hours, and its notices, all of this morning."""
    time_machine.move_to(MORNING)
    make_clinic(phone="03-2345 6789", email="a@example.org")
    OpeningHours.objects.create(weekday=1, opens="09:00", closes="17:00")
    for kind in ("privacy", "accessibility"):
        Notice.objects.create(kind=kind, text="Our text.", added_at=MORNING)
    treatment = documents.write(canonical_document(small()))
    publishing.publish_sample(treatment)
    Approval.objects.create(edition=treatment.editions.get(), number="A 1", expires_on="2026-12-31")
    picture = make_picture(colour="teal")
    portrait = {"picture": picture.name, "width": picture.size[0], "height": picture.size[1]}
    Clinician.objects.create(name="Dr Lim", title="Doctor", register="Council", register_number="1", **portrait)
    Clinician.objects.create(name="Dr Tan", title="Doctor", register="Council", register_number="2", order=1)
    return treatment


@pytest.fixture
def _public_address(monkeypatch):
    """Pages say whether the site is open, as on a public address, where the desk would want a second factor."""
    for module in ("web.middleware", "web.context", "web.filling"):
        monkeypatch.setattr(f"treatments.{module}.is_not_open", lambda clinic: clinic.opened_at is None)
    monkeypatch.setattr(Clinic, "may_show_prices", property(lambda clinic: clinic.shows_prices))
    monkeypatch.setattr(Clinic, "may_say_free", property(lambda clinic: clinic.says_free))


def ask(client, path=PATH, **headers):
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def shown(client, path=PATH):
    """The page's tag, after making sure that it is kept under it."""
    tag = ask(client, path).headers["ETag"]
    assert ask(client, path).headers["ETag"] == tag
    return tag


def rendered(client):
    """All published pages as they are rendered now, whatever is kept: {path: what readers and search engines see}."""
    pages.store.clear()
    return {path: what_is_seen(ask(client, path)) for path in PATHS}


def what_is_seen(answer):
    return answer.status_code, answer.content, answer.headers.get("X-Robots-Tag")


def declared(path):
    """The columns that the page at this path shows, as its view declares them."""
    return page_at(path)[0].shows


def changed(before, after):
    """The paths of the pages that look different."""
    return {path for path in PATHS if before[path] != after[path]}


def shows(answer, text):
    return text.encode() in answer.content


def another(row, field):
    """Another value than the row's in this column."""
    value = getattr(row, field.attname)
    if field.name in OTHER:
        return OTHER[field.name]
    if isinstance(value, bool):
        return not value
    if field.get_internal_type().endswith("IntegerField"):
        return (value or 0) + 5
    if field.get_internal_type() in ("DateTimeField", "TimeField"):
        return datetime.time(20) if field.get_internal_type() == "TimeField" else MORNING - datetime.timedelta(days=3)
    return f"Another {field.name}"[: field.max_length]


def columns_that_change(model):
    """The columns of a model that a test can change one by one."""
    # A treatment's address is for ever, and a review has three columns or none; pages show that of the edition.
    fixed = ("slug", "reviewer", "review_date", "next_review_date") if model is Treatment else ()
    fields = [field for field in model._meta.concrete_fields if not field.is_relation and not field.primary_key]
    return [field for field in fields if field.name not in fixed]


@pytest.fixture
def _with_every_part(published):
    """The treatment's newest edition has every part that an article can have, and it says what changed."""
    document = canonical_document(full_document())
    text = documents.canonical(document)
    review = {"next_review_date": document.get("next_review_date")}
    Edition.objects.create(treatment=published, number=2, document=text, digest=documents.digest(text), **review)


@pytest.mark.django_db
@pytest.mark.usefixtures("_public_address", "_with_every_part")
class TestWhatAPublishedPageShows:
    """That each view declares all of it, and no more."""

    def test_is_declared_by_every_view_whose_pages_are_kept(self, client):
        assert {page_at(path)[0] for path in PATHS} == set(DECLARED.values())
        assert [ask(client, path).headers["Cache-Control"] for path in PATHS] == [CACHE_CONTROL] * len(PATHS)

    @pytest.mark.parametrize("path", PATHS)
    def test_is_read_from_no_other_table(self, client, path):
        with CaptureQueriesContext(connection) as queries:
            ask(client, path)

        read = {table for query in queries for table in re.findall(r"\btreatments_(\w+)\b", query["sql"])}
        models = {model.__name__.lower() for model, _column in declared(path)}
        assert models <= read <= models | {"edition", "treatment"}

    @pytest.mark.slow
    @pytest.mark.parametrize("model", [Clinic, OpeningHours, Notice, Treatment, Approval, Clinician])
    def test_is_in_the_columns_that_are_declared(self, client, model):
        make_edition_of(small(slug="other-peel", name="Other peel"))
        Treatment.objects.filter(slug="other-peel").update(order=3)
        before = rendered(client)

        seen: dict[str, set[tuple[type[Model], str]]] = {path: set() for path in PATHS}
        for row in model.objects.exclude(**{"slug": "other-peel"} if model is Treatment else {}):
            for field in columns_that_change(model):
                with transaction.atomic():
                    model.objects.filter(pk=row.pk).update(**{field.attname: another(row, field)})
                    for path in changed(before, rendered(client)):
                        seen[path].add((model, field.name))
                    transaction.set_rollback(True)

        assert seen == {path: {column for column in declared(path) if column[0] is model} for path in PATHS}

    def test_is_not_who_published_it_for_that_is_forgotten_with_an_account(self, client, published):
        somebody = get_user_model().objects.create_user("Somebody", is_staff=True)
        publishing.publish_sample(published, by=somebody)
        before = rendered(client)

        somebody.delete()

        assert rendered(client) == before


def desk_clinic(desk, **values):
    """Save the clinic's screen with these values in the place of those that it shows."""
    address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])
    sent = {name: value for name, value in (typed(screen(desk, address)) | values).items() if value is not None}
    response = desk.post(address, sent)
    assert response.status_code == 302, screen(desk, address).select(".errorlist")


def open_or_close(desk, button):
    desk.post("/admin/treatments/clinic/checklist/open/", {button: "yes", "sure": "1"})


def desk_notice(desk, kind):
    response = desk.post("/admin/treatments/notice/add/", {"kind": kind, "text": "Another text."})
    assert response.status_code == 302


def desk_treatment(desk, **values):
    address = reverse("admin:treatments_treatment_change", args=[Treatment.objects.get(slug="light-peel").pk])
    assert desk.post(address, typed(screen(desk, address)) | values).status_code == 302


def desk_row(desk, model, **values):
    row = model.objects.first()
    address = reverse(f"admin:treatments_{model._meta.model_name}_change", args=[row.pk])
    assert desk.post(address, typed(screen(desk, address)) | values).status_code == 302


def withdraw_or_bring_back(desk, wanted):
    treatment = Treatment.objects.get(slug="light-peel")
    desk.post(reverse("admin:treatments_treatment_withdraw", args=[treatment.pk]), {"wanted": wanted})


def withdraw_picture(desk):
    desk.post(reverse("admin:treatments_photo_withdraw", args=[Photo.objects.get().pk]))


def publish(desk, **values):
    """Publish the draft of the treatment with these values."""
    Treatment.objects.filter(slug="light-peel").update(**values)
    publishing.publish_sample(Treatment.objects.get(slug="light-peel"))


def publish_at_a_set_time(desk):
    """As the worker does; that the gate is asked is tried elsewhere."""
    Treatment.objects.filter(slug="light-peel").update(title="Planned", publish_at=MORNING, publish_by=desk.staff)
    assert len(publishing.publish_due(MORNING)) == 1


def bring_missing_notice(desk):
    Notice.objects.filter(kind="privacy").delete()
    sample.bring()


MORE_HOURS = {"weekday": "7", "opens": "10:00", "closes": "11:00"}
WAYS_IN: dict[str, Callable[[Client], None]] = {
    **{
        f"Clinic.{name}": functools.partial(desk_clinic, **{name: OTHER.get(name, f"Another {name}")})
        for name in sorted({name for path in PATHS for model, name in declared(path) if model is Clinic})
        if name not in ("opened_at", "shows_demonstration_hours", "shows_prices", "says_free")
    },
    "Clinic.shows_demonstration_hours": lambda desk: desk_clinic(desk, shows_demonstration_hours="on"),
    "Clinic.opened_at": lambda desk: open_or_close(desk, "open"),
    "Clinic.opened_at again": lambda desk: open_or_close(desk, "close"),
    "OpeningHours.weekday": lambda desk: desk_clinic(desk, **{"opening_hours-0-weekday": "6"}),
    "OpeningHours.opens": lambda desk: desk_clinic(desk, **{"opening_hours-0-opens": "08:00"}),
    "OpeningHours.closes": lambda desk: desk_clinic(desk, **{"opening_hours-0-closes": "20:00"}),
    "OpeningHours, one more": lambda desk: desk_clinic(
        desk, **{f"opening_hours-1-{name}": value for name, value in MORE_HOURS.items()}
    ),
    "OpeningHours, one less": lambda desk: desk_clinic(desk, **{"opening_hours-0-DELETE": "on"}),
    "Notice, privacy": lambda desk: desk_notice(desk, "privacy"),
    "Notice, accessibility": lambda desk: desk_notice(desk, "accessibility"),
    "Notice, by an upgrade": bring_missing_notice,
    "Clinic.says_free": lambda desk: desk_clinic(desk, says_free="on"),
    "Clinic.shows_prices": lambda desk: desk_clinic(desk, shows_prices="on"),
    "Approval.number": lambda desk: desk_row(desk, Approval, number="A 2"),
    "Approval.expires_on": lambda desk: desk_row(desk, Approval, expires_on="2027-01-31"),
    **{
        f"Clinician.{name}": functools.partial(desk_row, model=Clinician, **{name: f"Another {name}"})
        for name in ("name", "title", "register", "register_number")
    },
    "Clinician.order": lambda desk: desk_row(desk, Clinician, order="5"),
    "Clinician.picture": lambda desk: desk_row(desk, Clinician, no_picture="on"),
    "Treatment.order": lambda desk: desk_treatment(desk, order="9"),
    "Treatment.withdrawn_at": lambda desk: withdraw_or_bring_back(desk, "gone"),
    "Treatment.withdrawn_at again": lambda desk: withdraw_or_bring_back(desk, "back"),
    "Edition": lambda desk: publish(desk, title="Another title", name="Another name"),
    "Edition, at a set time": publish_at_a_set_time,
    "a picture's file": withdraw_picture,
}


def showing(way):
    """The paths of the pages that declare the column which this way changes; none for a way that is not one column."""
    column = way.removesuffix(" again")
    return [path for path in PATHS if column in {f"{model.__name__}.{name}" for model, name in declared(path)}]


def in_files(pages_seen):
    """{path: the text of its file}, of pages as they are rendered: none while the site is not open, nor of errors."""
    is_open = Clinic.objects.current().opened_at is not None
    return {path: body if is_open and status == 200 else None for path, (status, body, _robots) in pages_seen.items()}


@pytest.mark.slow
@pytest.mark.django_db
class TestAChangeOfWhatPagesShow:
    @pytest.fixture(autouse=True)
    def _site(self, _public_address, published, monkeypatch):
        monkeypatch.setattr("treatments.running.checklist.may_open", lambda lines: True)
        monkeypatch.setattr("treatments.publication.gate.reasons", lambda document, today, seen: [])
        make_edition_of(small(slug="other-peel", name="Other peel"))
        Treatment.objects.filter(slug="other-peel").update(order=3)
        picture = make_picture()
        photo = {"picture": picture.name, "width": picture.size[0], "height": picture.size[1], "alt": "An arm."}
        Photo.objects.create(treatment=published, key="arm", **photo)
        publish(None)

    @pytest.mark.parametrize("way", WAYS_IN)
    def test_is_read_at_once(self, desk, way, written):
        desk.staff = get_user_model().objects.get()
        if not way.startswith("Clinic.opened_at"):
            Clinic.objects.open_since(MORNING)
        if way.endswith("again"):
            WAYS_IN[way.removesuffix(" again")](desk)
        before, tags = rendered(desk), {path: ask(desk, path).headers.get("ETag", "") for path in PATHS}
        assert {path: written(path) for path in PATHS} == in_files(before)

        WAYS_IN[way](desk)

        assert [written(path) for path in PATHS] == [None] * len(PATHS)
        seen = {path: what_is_seen(ask(desk, path, if_none_match=tags[path])) for path in PATHS}
        after = rendered(desk)
        others = changed(before, after)
        assert others == (set(showing(way)) or others)
        assert others
        assert {path: seen[path] for path in others} == {path: after[path] for path in others}
        assert {path: written(path) for path in PATHS} == in_files(after)

    def test_is_tried_for_everything_that_is_declared(self):
        everything = {f"{model.__name__}.{column}" for path in PATHS for model, column in declared(path)}

        tried = {way.split(",")[0] for way in WAYS_IN}

        # The columns of a notice are written together, once.
        assert {column for column in everything if not column.startswith("Notice.")} <= tried
        assert "Notice" in tried


@pytest.mark.django_db
class TestARestoredDatabase:
    @pytest.mark.parametrize(
        "change",
        one_in(
            3,
            [
                lambda title: publish(None, title=title, name=title),
                lambda title: (Clinic.objects.update(name=title), Clinic.objects.touch()),
                lambda title: [Notice.objects.add(kind=kind, text=title) for kind in ("privacy", "accessibility")],
            ],
        ),
        ids=["an edition", "the clinic", "a notice"],
    )
    def test_never_brings_back_a_page_that_was_made_after_the_backup(self, client, published, time_machine, change):
        # A clock that stands still, and numbers that are given again: only what is random tells the pages apart.
        time_machine.move_to(MORNING, tick=False)
        before = rendered(client)
        known = "nothing"
        backup = transaction.savepoint()

        for title, other in (("First", "Second"), ("Second", "First"), ("First", "Second")):
            transaction.savepoint_rollback(backup)
            assert {path: what_is_seen(ask(client, path, if_none_match=known)) for path in PATHS} == before
            change(title)
            seen = {path: ask(client, path, if_none_match=known) for path in PATHS}
            known = ", ".join([known, *(seen[path].headers["ETag"] for path in PATHS if shows(seen[path], title))])

            assert {page.status_code for page in seen.values()} == {200}
            assert any(shows(page, title) for page in seen.values())
            assert not any(shows(page, other) for page in seen.values())


@pytest.mark.django_db
class TestAPageThatChangesWhileItIsRendered:
    def test_is_not_kept(self, client, published, monkeypatch):
        def publish_meanwhile(*arguments):
            publish(None, title="Changed meanwhile")
            return page_of(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr("treatments.views.treatment.page_of", publish_meanwhile)
            overtaken = ask(client)

        assert overtaken.status_code == 200
        assert "ETag" not in overtaken.headers
        assert b"Changed meanwhile" in ask(client).content

    def test_is_not_kept_in_a_language_that_is_chosen_meanwhile(self, client, published, monkeypatch):
        def choose_meanwhile(*arguments):
            translation.activate("ms")
            return listed(*arguments)

        with translation.override("en"), monkeypatch.context() as patch:
            patch.setattr("treatments.views.home.listed", choose_meanwhile)
            response = ask(client, "/")

        assert b'<html lang="ms">' in response.content
        assert "ETag" not in response.headers


@pytest.mark.django_db
class TestTheCacheKey:
    @pytest.mark.parametrize("path", ["/", "/treatments/"])
    def test_of_a_list_changes_with_every_edition(self, client, published, path):
        before = shown(client, path)
        published.name = "Renamed peel"
        published.save()
        assert shown(client, path) == before
        publishing.publish_sample(published)

        response = ask(client, path)

        assert response.headers["ETag"] != before
        assert b"Renamed peel" in response.content

    def test_changes_when_the_review_runs_out(self, client, time_machine):
        time_machine.move_to(datetime.datetime(2026, 7, 10, 15, tzinfo=datetime.UTC), tick=False)
        make_clinic()
        review = {"reviewer": "Dr Lee", "review_date": "2026-01-10", "next_review_date": "2026-07-10"}
        make_edition_of(small(**review))
        before = shown(client)

        time_machine.move_to(datetime.datetime(2026, 7, 10, 16, tzinfo=datetime.UTC), tick=False)

        assert shown(client) != before

    def test_does_not_change_when_the_draft_is_saved(self, client, published):
        before = shown(client)
        published.title = "After"
        published.save()

        assert shown(client) == before

    def test_is_another_for_another_build(self, client, published, monkeypatch):
        before = shown(client)
        monkeypatch.setattr(pages, "build", lambda: "another build")

        assert shown(client) != before

    def test_is_another_for_another_language(self, client, published):
        before = shown(client, "/")

        with translation.override("ms"):
            response = ask(client, "/")

        assert response.headers["ETag"] != before
        assert b'<html lang="ms">' in response.content
