"""Follows a guide of docs/guides in a copy of the project: what it tells to write is written, its commands are run."""

import os
import re
import shlex
import shutil
import subprocess
import sys

from treatments.tests.source_files import ROOT

GUIDES = ROOT / "docs" / "guides"
#: A file or a line that a guide tells to write, or commands to run, each with its block.
STEP = re.compile(
    r"^(?:A new file `(?P<new>\S+)`|In `(?P<file>\S+)`, (?P<side>above|below|instead of) `(?P<line>[^`]+)`):\n\n"
    r"```\w+\n(?P<block>.*?)^```\n|^```sh\n(?P<commands>.*?)^```\n",
    re.M | re.S,
)


#: Where the tests stand in a copy that use what its guide has added.
USE = "treatments/tests/test_use.py"


def copy_with(guide, folder, use=""):
    """A copy of the project in a folder that is not there yet, in which a guide was followed; `guide` is its name.

    `use` is the text of tests that use what the guide adds; they are written to USE.
    """
    copy_to(folder)
    follow(guide, folder)
    if use:
        (folder / USE).write_text(use, encoding="utf-8")
    return folder


def copy_to(folder):
    """Copy the project to a folder that is not there yet."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", "var", "staticfiles", "__pycache__"))


def follow(guide, folder):
    """Do what a guide says in a copy of the project; every step leaves a trace."""
    for step in STEP.finditer((GUIDES / guide).read_text(encoding="utf-8")):
        if step["new"]:
            path = folder / step["new"]
            assert not path.exists()
            path.write_text(step["block"], encoding="utf-8")
        elif step["file"]:
            path = folder / step["file"]
            path.write_text(with_block(path.read_text(encoding="utf-8"), step), encoding="utf-8")
        else:
            for command in step["commands"].splitlines():
                run(folder, *shlex.split(command.removeprefix(".venv/bin/python ")))


def with_block(text, step):
    """The text of a file with the step's block beside or for the line that the step names, which stands there once."""
    line = f"{step['line']}\n"
    assert text.count(f"\n{line}") == 1, step["line"]
    pieces = {"below": (line, step["block"]), "above": (step["block"], line), "instead of": (step["block"],)}
    return text.replace(f"\n{line}", "\n" + "".join(pieces[step["side"]]))


def run(folder, *arguments):
    """Run Python in the copy, whose own settings hold; what it printed. Fails with that if it does."""
    ours = ("DJANGO_SETTINGS_MODULE", "DATA_DIR", "DATABASE_URL", "CACHE_URL", "PYTEST_XDIST_WORKER")
    variables = {name: value for name, value in os.environ.items() if name not in ours}
    variables |= {"DATA_DIR": str(folder / "var"), "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    return done.stdout
