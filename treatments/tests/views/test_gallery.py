"""The gallery has every component, and is there for developers alone."""

import re

import pytest
from django.db import transaction
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from treatments.models import Clinic
from treatments.running import sample
from treatments.tests.meaning import headings, ids, parsed
from treatments.tests.source_files import ROOT
from treatments.views import gallery
from treatments.web.requests import with_clinic

COMPONENTS = {path.stem for path in (ROOT / "templates" / "components").glob("*.html")}


@pytest.fixture(scope="module")
def page(django_db_setup, django_db_blocker):
    """The gallery, as a developer's site shows it; made once, and afterwards the database is as before."""
    with django_db_blocker.unblock(), transaction.atomic():
        sample.bring()
        request = RequestFactory().get("/components/")
        with_clinic(request).clinic = Clinic.objects.prefetched()
        content = gallery.gallery(request).render().content
        transaction.set_rollback(True)
    return parsed(content)


class TestTheGallery:
    @pytest.mark.django_db
    def test_has_no_url_without_debug(self, client):
        assert client.get("/components/").status_code == 404
        with pytest.raises(NoReverseMatch):
            reverse("treatments:gallery")

    def test_shows_every_component(self):
        shown = {state.component for state in gallery.every_state()}

        assert sorted(COMPONENTS - shown) == []
        assert sorted(shown - COMPONENTS) == []

    @pytest.mark.slow
    def test_has_something_to_see_of_each_state(self, page):
        states = page.select("section > p.quiet + div")

        # What belongs into the head is there.
        empty = [state.find_previous("h2").get_text() for state in states if not state.find()]
        assert empty == ["page_head", "version_links"]
        assert len(states) == len(gallery.every_state()) > 60
        assert page.find("link", rel="canonical")

    @pytest.mark.slow
    def test_has_each_id_once_and_no_empty_heading(self, page):
        names = [nav.get("aria-label") for nav in page.find_all("nav")]

        assert len(ids(page)) == len(set(ids(page)))
        assert len(names) == len(set(names)) > 5
        assert [level for level, text in headings(page) if not text] == []
        assert not [name for name in ids(page) if re.search(r"\s", name)]
