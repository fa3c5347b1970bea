"""Several starts at the same moment, on one empty folder or on one empty database, all come up."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from treatments.tests.journeys.serving import serving
from treatments.tests.postgres import postgres

pytestmark = pytest.mark.race


def test_of_two_machines_take_turns(tmp_path):
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
        said = [start.communicate(timeout=300)[0] for start in starts]

    assert [start.returncode for start in starts] == [0, 0]
    assert sorted("The database is ready." in text for text in said) == [False, True]


def come_up(folders, **variables):
    """Serve from all these folders at once, each on a port of its own; what each said until it was up."""

    def start(folder):
        with serving(folder, without=["DATABASE_URL"], **variables) as (_process, _port, said):
            return said

    with ThreadPoolExecutor(len(folders)) as pool:
        return list(pool.map(start, folders))


def test_of_three_in_one_folder_come_up_and_one_makes_the_first_account(tmp_path):
    said = come_up([tmp_path / "data"] * 3)

    assert all("Ctrl-C stops it." in text for text in said)
    assert sorted("with the password" in text for text in said) == [False, False, True]


def test_of_two_on_one_database_come_up_and_one_makes_the_first_account(tmp_path):
    with postgres() as database:
        said = come_up([tmp_path / "one", tmp_path / "other"], DATABASE_URL=database.url, SECRET_KEY="k" * 50)

    assert all("Ctrl-C stops it." in text for text in said)
    assert sorted("with the password" in text for text in said) == [False, True]
