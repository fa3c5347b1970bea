"""A page in several languages: treatments that name the one that they translate."""

import json
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from treatments.models import Edition, Treatment
from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.publication.checking import check
from treatments.tests.builders import canonical_document, full_document, make_edition_of, make_fit_treatment, reviewed
from treatments.tests.screens import page_of, screen, typed
from treatments.values.document_format import Refused
from treatments.web import pages

HERE = "http://127.0.0.1:8000"
PAGES = ("", "care/", "sources/")


def bring(slug, language, original="", **changes):
    """A draft with this slug, as a file brings it."""
    named = {"translation_of": original} if original else {}
    checked = check(full_document(slug=slug, language=language, name=slug, **named, **changes))
    if checked.problems:
        raise Refused(checked.problems)
    return publishing.bring_in(checked.document, is_confirmed=False)[0]


def show(slug, language, original="", **changes):
    """The same, and its page is public, as a sample."""
    treatment = bring(slug, language, original, **changes)
    publishing.publish_sample(treatment)
    return treatment


@pytest.fixture
def family(clinic):
    """A page in three languages, and two others: one on its own and one that was never published."""
    show("peel", "en")
    show("kupas", "ms", "peel")
    show("huan-fu", "zh", "peel")
    bring("ar", "ar", "peel")
    show("filler", "en")


@pytest.mark.django_db
@pytest.mark.usefixtures("family")
class TestAPageInSeveralLanguages:
    @pytest.mark.parametrize("page", PAGES)
    def test_leads_to_the_others_by_what_their_languages_call_themselves(self, read, page):
        found = read(f"/treatments/kupas/{page}").select(".versions a")

        assert [(link.text, link["lang"], link["hreflang"], link["href"]) for link in found] == [
            ("English", "en", "en", f"/treatments/peel/{page}"),
            ("中文", "zh", "zh", f"/treatments/huan-fu/{page}"),
        ]

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("slug", ["peel", "kupas", "huan-fu"])
    def test_tells_search_engines_of_all_of_them_and_of_the_original(self, read, slug, page):
        links = read(f"/treatments/{slug}/{page}").head.select("link[rel=alternate]")

        assert [(link["hreflang"], link["href"]) for link in links] == [
            ("en", f"{HERE}/treatments/peel/{page}"),
            ("ms", f"{HERE}/treatments/kupas/{page}"),
            ("zh", f"{HERE}/treatments/huan-fu/{page}"),
            ("x-default", f"{HERE}/treatments/peel/{page}"),
        ]

    def test_says_in_its_data_what_translates_what(self, read):
        original, translation = (web_page_of(read(f"/treatments/{slug}/")) for slug in ("peel", "kupas"))

        assert [one["@id"] for one in original["workTranslation"]] == [
            f"{HERE}/treatments/kupas/",
            f"{HERE}/treatments/huan-fu/",
        ]
        assert translation["translationOfWork"]["@id"] == original["@id"]
        assert (original["inLanguage"], translation["inLanguage"]) == ("en", "ms")

    def test_stands_in_the_sitemap_with_its_others(self, client):
        root = ElementTree.fromstring(client.get("/sitemap.xml").content)

        spaces = {"": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
        found = {
            url.findtext("loc", namespaces=spaces).removeprefix(f"{HERE}/treatments/"): [
                link.get("hreflang") for link in url.findall("x:link", spaces)
            ]
            for url in root.findall("url", spaces)
        }
        assert found["filler/"] == []
        assert found["peel/"] == found["kupas/"] == found["huan-fu/"] == ["en", "ms", "zh", "x-default"]

    def test_whose_page_has_no_other_language_says_nothing(self, read):
        page = read("/treatments/filler/")

        assert page.select(".versions, link[rel=alternate]") == []
        assert not {"workTranslation", "translationOfWork"} & web_page_of(page).keys()

    @pytest.mark.parametrize("path", ["/", "/treatments/"])
    def test_is_listed_once_in_the_site_s_language(self, read, path):
        assert [link["href"] for link in read(path).select(".index--treatments .index__name a")] == [
            "/treatments/filler/",
            "/treatments/peel/",
        ]

    @pytest.mark.parametrize(
        ("language", "listed"), [("ms", "kupas"), ("zh-hans", "huan-fu"), ("ta", "peel"), ("ms-Arab", "peel")]
    )
    def test_is_listed_in_the_language_of_another_site_or_else_the_original(self, read, language, listed):
        with override_settings(LANGUAGE_CODE=language, LANGUAGES=[(language, "")]):
            page = read("/treatments/")

        assert [link["href"] for link in page.select(".index--treatments .index__name a")][1:] == [
            f"/treatments/{listed}/"
        ]

    def test_names_no_original_that_was_withdrawn(self, read):
        publishing.withdraw(Treatment.objects.get(slug="peel"))

        page = read("/treatments/kupas/")

        assert [link["hreflang"] for link in page.select(".versions a")] == ["zh"]
        assert [link["hreflang"] for link in page.head.select("link[rel=alternate]")] == ["ms", "zh"]
        assert "translationOfWork" not in web_page_of(page)

    @pytest.mark.parametrize("page", PAGES)
    def test_has_another_tag_once_one_of_them_changes(self, client, page):
        path = f"/treatments/peel/{page}"
        before = client.get(path).headers["ETag"]
        draft = Treatment.objects.get(slug="ar")

        seen = [before]
        for act in (publishing.publish_sample, publishing.withdraw, publishing.bring_back):
            act(draft)
            seen.append(client.get(path).headers["ETag"])
            assert ('hreflang="ar"' in client.get(path).text) is (act is not publishing.withdraw)

        assert len(set(seen)) == 4
        assert client.get(path, headers={"If-None-Match": seen[-1]}).status_code == 304

    def test_is_one_query_once_it_is_kept(self, client):
        client.get("/treatments/peel/")

        with CaptureQueriesContext(connection) as queries:
            client.get("/treatments/peel/")

        assert len(queries) == 1

    @pytest.mark.parametrize("path", ["/treatments/peel/", "/treatments/", "/sitemap.xml"])
    def test_costs_the_same_queries_with_more_languages(self, client, path):
        before = queries_of(client, path)
        for tag in ("ta", "hi", "th", "id", "ja"):
            make_edition_of(full_document(slug=tag, language=tag, translation_of="peel"))

        assert queries_of(client, path) == before

    def test_of_which_two_are_in_one_language_shows_the_first(self, read):
        make_edition_of(full_document(slug="abc", language="ms", translation_of="peel"))

        assert [link["href"] for link in read("/treatments/peel/").select(".versions a")] == [
            "/treatments/abc/",
            "/treatments/huan-fu/",
        ]
        assert [link["hreflang"] for link in read("/treatments/kupas/").select(".versions a")] == ["en", "zh"]


def web_page_of(page):
    (web_page,) = [
        node
        for node in json.loads(page.find("script", type="application/ld+json").string)["@graph"]
        if node["@type"] == "MedicalWebPage"
    ]
    return web_page


def queries_of(client, path):
    pages.store.clear()
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


#: (slug, language, what it names), and what is said of it where “peel” has the translation “kupas”.
WRONG = [
    (("a", "zh", "a"), "translation_of: A page cannot be a translation of itself."),
    (("a", "zh", "no-such"), "translation_of: There is no treatment “no-such”. Give the address of one that is here."),
    (("a", "zh", "kupas"), "translation_of: “kupas” is a translation itself, of “peel”. Name that one."),
    (("a", "ms", "peel"), "language: “kupas” says the same in this language already. Each language can have one page."),
    (("a", "EN", "peel"), "language: “peel” says the same in this language already. Each language can have one page."),
    (
        ("peel", "en", "other"),
        "translation_of: “kupas” is a translation of this page. A page that has translations cannot be one.",
    ),
    (("peel", "ms", ""), "language: “kupas” says the same in this language already. Each language can have one page."),
]


@pytest.mark.django_db
class TestATranslationThatIsNone:
    @pytest.fixture(autouse=True)
    def _others(self, clinic):
        bring("peel", "en")
        bring("kupas", "ms", "peel")
        bring("other", "de")

    @pytest.mark.parametrize(("draft", "says"), WRONG)
    def test_is_refused_by_the_import(self, draft, says):
        before = Treatment.objects.count()

        with pytest.raises(Refused) as refused:
            bring(*draft)

        assert says in str(refused.value)
        assert Treatment.objects.count() == before

    @pytest.mark.parametrize(("draft", "says"), WRONG)
    def test_is_refused_at_the_desk(self, desk, draft, says):
        slug, language, original = draft
        treatment = Treatment.objects.filter(slug=slug).first() or make_fit_treatment(slug=slug)
        address = reverse("admin:treatments_treatment_change", args=[treatment.pk])
        values = typed(screen(desk, address)) | {"language": language, "translation_of": original}

        page = page_of(desk.post(address, values))

        assert says.split(": ", 1)[1] in page.text
        treatment.refresh_from_db()
        assert treatment.language != language or treatment.translation_of != original

    @pytest.mark.parametrize(("draft", "says"), WRONG[1:])
    def test_stops_at_the_gate(self, draft, says):
        slug, language, original = draft
        treatment = Treatment.objects.filter(slug=slug).first() or reviewed(make_fit_treatment(slug=slug))
        Treatment.objects.filter(pk=treatment.pk).update(language=language, translation_of=original)

        with pytest.raises(publishing.Stopped) as stopped:
            publishing.publish(treatment)
        with pytest.raises(Refused):
            publishing.publish_sample(treatment)

        assert says.split(": ", 1)[1] in str(stopped.value)

    def test_that_is_one_is_saved_at_the_desk(self, desk):
        treatment = make_fit_treatment(slug="ok")
        address = reverse("admin:treatments_treatment_change", args=[treatment.pk])

        response = desk.post(address, typed(screen(desk, address)) | {"language": "zh", "translation_of": "peel"})

        assert response.status_code == 302
        treatment.refresh_from_db()
        assert (treatment.language, treatment.translation_of) == ("zh", "peel")


@pytest.mark.django_db
def test_an_edition_says_what_its_document_does():
    make_edition_of(full_document())
    treatment = documents.write(canonical_document(full_document(slug="x", language="ms", translation_of="light-peel")))

    edition = publishing.publish_sample(treatment)

    assert (edition.language, edition.translation_of, edition.original) == ("ms", "light-peel", "light-peel")
    assert Edition.objects.get(treatment__slug="light-peel").original == "light-peel"
