"""Another treatment is one file, as docs/guides/new-treatment.md says: the guide is followed in a copy."""

import re

import pytest

from treatments.tests.guides import copy_to, follow, run

pytestmark = pytest.mark.slow

#: What a visitor reads, printed by a program that runs in the copy.
VISIT = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic_site.settings"
django.setup()
from django.test import Client
from treatments.models import Treatment
from treatments.publication import publishing
# The sample is out of sight, so that whatever speaks of it otherwise is seen.
publishing.withdraw(Treatment.objects.get(slug="pico-laser"))
for path in ("/treatments/light-peel/", "/", "/treatments/", "/consultation/details/", "/sitemap.xml"):
    response = Client().get(path, headers={"host": "localhost"})
    print("PAGE", path, response.status_code)
    print(response.content.decode())
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """{path: (status, content)} of what a visitor of the copy reads, after the guide was followed in it."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    copy_to(folder)
    run(folder, "manage.py", "prepare")
    follow("new-treatment.md", folder)
    (folder / "visit.py").write_text(VISIT, encoding="utf-8")
    said = run(folder, "visit.py")
    found = re.split(r"^PAGE (\S+) (\d+)\n", said, flags=re.M)[1:]
    return {path: (int(status), content) for path, status, content in zip(*[iter(found)] * 3, strict=True)}


class TestATreatmentFromOneFile:
    def test_has_a_page_of_its_own(self, pages):
        status, content = pages["/treatments/light-peel/"]

        assert status == 200
        assert "A light peel, explained" in content
        assert "Wait until it has healed." in content

    @pytest.mark.parametrize("path", ["/", "/treatments/", "/consultation/details/"])
    def test_is_named_by_its_name(self, pages, path):
        assert "Light peel" in pages[path][1]

    def test_is_found_by_search_engines(self, pages):
        assert "/treatments/light-peel/</loc>" in pages["/sitemap.xml"][1]

    @pytest.mark.parametrize("path", ["/treatments/light-peel/", "/"])
    def test_stands_on_a_site_that_speaks_of_no_other_treatment(self, pages, path):
        assert re.findall(r"\blaser|\bpico", pages[path][1], re.I) == []
