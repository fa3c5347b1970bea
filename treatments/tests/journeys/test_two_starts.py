"""Two machines start the site at the same moment on one empty database."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from treatments.tests.postgres import postgres

pytestmark = pytest.mark.race


def test_take_turns(tmp_path):
    with postgres() as database:
        starts = [
            subprocess.Popen(
                [sys.executable, "manage.py", "prepare"],
                cwd=settings.BASE_DIR,
                env={"PATH": os.environ["PATH"], "DATABASE_URL": database.url, "DATA_DIR": str(tmp_path / name)},
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in ("one", "other")
        ]
        said = [start.communicate(timeout=60)[0] for start in starts]

    assert [start.returncode for start in starts] == [0, 0]
    assert sorted("The database is ready." in text for text in said) == [False, True]
