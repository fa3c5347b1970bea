"""`make` for another user than the one who installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow


@pytest.fixture
def clone():
    """A folder with the site's Makefile and an environment that the user who runs it may not write."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-make-"))
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(settings.BASE_DIR / name, folder)
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\necho served\n")
    python.chmod(0o755)
    (folder / ".venv" / "python").touch()
    shutil.copy(folder / "requirements.txt", folder / ".venv" / "runtime")
    folder.chmod(0o755)
    (folder / ".venv").chmod(0o555)
    yield folder
    (folder / ".venv").chmod(0o755)
    shutil.rmtree(folder)


def make(folder):
    user = "nobody" if os.geteuid() == 0 else None
    # Not as a part of the make that runs the tests.
    variables = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}
    return subprocess.run(["make", "run"], cwd=folder, env=variables, capture_output=True, text=True, user=user)


class TestMakeRunAsAnotherUser:
    def test_serves_what_is_installed_though_the_list_was_touched(self, clone):
        os.utime(clone / "requirements.txt")

        made = make(clone)

        assert (made.returncode, made.stdout, made.stderr) == (0, "served\n", "")

    def test_says_whose_the_packages_are_when_the_list_has_changed(self, clone):
        (clone / "requirements.txt").write_text("other\n")

        made = make(clone)

        assert made.returncode != 0
        assert (
            "Packages have changed, and .venv belongs to another user; let that user run “make run” once" in made.stderr
        )
        assert "ermission denied" not in made.stderr
