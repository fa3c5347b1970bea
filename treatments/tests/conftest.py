import gc
import shutil

import brotli
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone

from clinic_site.page_files import page_files
from treatments.tests import monday
from treatments.tests.builders import make_open_clinic
from treatments.tests.meaning import parsed
from treatments.web import nginx, pages
from treatments.web.build import build
from treatments.web.filling import Filling


def pytest_collection_finish():
    """What is loaded by now is never garbage, and there is little of it later: looking takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_sessionfinish():
    """Once is enough: pytest would look through everything five times more for what was not closed."""
    pytest_collection_finish()


@pytest.fixture(autouse=True)
def _empty_page_store(monkeypatch):
    """Pages are rendered once in each test, and not made smaller afterwards."""
    pages.store.clear()
    monkeypatch.setattr(pages.store, "later", lambda *call: None)
    monkeypatch.setattr(pages, "filling", Filling(pages.store, pages.key_at))


@pytest.fixture(autouse=True)
def _quick_compression(monkeypatch):
    """Small pages take time; whoever tests that overrides this."""
    compress = brotli.compress
    monkeypatch.setattr(brotli, "compress", lambda text, **options: compress(text, quality=1))


@pytest.fixture(autouse=True)
def _empty_media_folder():
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture
def desk(client, db):
    """A signed-in client that gets and posts screens as a browser does."""
    client.force_login(get_user_model().objects.create_superuser("staff", email="staff@example.org"))
    return client


@pytest.fixture
def read(client):
    """Get a page and parse it; the response is its `.response`."""

    def get(path, status=200, **headers):
        response = client.get(path, headers=headers)
        assert response.status_code == status
        page = parsed(response.content)
        page.response = response
        return page

    return get


@pytest.fixture
def written(settings, tmp_path, monkeypatch, db):
    """Pages become files at once; gives the text of a page's file by its path, None without one."""
    settings.PAGES_DIR = tmp_path / "pages"
    page_files().claim(build())
    monkeypatch.setattr(pages.store, "later", lambda call, *arguments: call(*arguments))

    def text(path, name="index.html"):
        file = page_files().place(nginx.mark(), timezone.now(), path) / name
        return file.read_bytes() if file.exists() else None

    return text


@pytest.fixture
def monday_morning(time_machine):
    """The clock stands at monday.NOW."""
    time_machine.move_to(monday.NOW, tick=False)


@pytest.fixture
def clinic(db):
    return make_open_clinic()


@pytest.fixture
def receptionist(db):
    return get_user_model().objects.create_user("Rosa", is_staff=True)


@pytest.fixture
def manager(db):
    return get_user_model().objects.create_user("Mei", is_staff=True)
