import functools

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_page_store():
    cache.clear()


@pytest.fixture(autouse=True)
def _own_media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@functools.lru_cache(maxsize=200)
def parsed(content):
    """The page, parsed; many tests read the same one and none changes it."""
    return BeautifulSoup(content, "html.parser")


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
