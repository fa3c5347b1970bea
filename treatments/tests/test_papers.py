"""docs/security.md, privacy.md, operations.md name only what there is: tests, files, commands, variables, columns."""

import ast
import re
import shlex
import shutil

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class

from treatments.models import comment, consultation, link_asked, search_word
from treatments.tests import guides
from treatments.tests.source_files import ROOT

DOCS = ROOT / "docs"
TESTS = ROOT / "treatments" / "tests"
PAPERS = [path for path in (DOCS / f"{name}.md" for name in ("security", "privacy", "operations")) if path.exists()]
#: What stands between backticks or in an indented block.
CODE = re.compile(r"`([^`\n]+)`|^ {4,}(.+)$", re.M)
#: A test, by its file in treatments/tests, and maybe a class and a function.
TEST = re.compile(r"(?:\w+/)*test_\w+\.py(?:::\w+)*")
COMMAND = re.compile(r"manage\.py ([a-z_]+)([^;|&>#]*)")


def text_of(path):
    return path.read_text(encoding="utf-8")


def code_in(path):
    """The pieces of code of a paper, one line each."""
    return [inline or block for inline, block in CODE.findall(text_of(path))]


def names_in(path):
    """The classes and functions of a file of tests, each with its class before it."""
    for node in ast.parse(text_of(path)).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
            for inner in ast.walk(node):
                if isinstance(node, ast.ClassDef) and isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}::{inner.name}"


def anchors_of(path):
    """The anchors of a paper's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
class TestAPaper:
    def test_names_only_tests_that_there_are(self, path):
        named = {test for code in code_in(path) for test in TEST.findall(code)}

        for test in named:
            file, _, name = test.partition("::")
            assert (TESTS / file).is_file(), test
            assert not name or name in names_in(TESTS / file), test
        assert named

    def test_names_only_files_that_there_are(self, path):
        named = {code for code in code_in(path) if re.fullmatch(r"(?:treatments|clinic_site|docs)/[\w./-]+", code)}

        assert [file for file in named if not (ROOT / file).exists()] == []

    def test_leads_only_to_places_that_there_are(self, path):
        for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text_of(path)):
            file, _, anchor = link.partition("#")
            target = (DOCS / file).resolve() if file else path
            assert target.exists(), link
            assert not anchor or anchor in anchors_of(target), link

    def test_names_only_commands_that_there_are_with_what_they_take(self, path):
        called = [found for code in code_in(path) for found in COMMAND.findall(code)]

        for name, rest in called:
            command = load_command_class(get_commands()[name], name)
            arguments = shlex.split(rest)
            if arguments:
                command.create_parser("manage.py", name).parse_args(arguments)

    def test_names_only_commands_of_make_that_there_are(self, path):
        targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.M))

        assert {name for code in code_in(path) for name in re.findall(r"^make ([a-z]+)", code)} <= targets

    def test_names_only_variables_and_settings_that_there_are(self, path):
        variables = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of(DOCS / "configuration.md"), re.M))

        named = {name for code in code_in(path) for name in re.findall(r"(?:^|\s)([A-Z]+(?:_[A-Z]+)+)(?==|$)", code)}

        assert [name for name in named if name not in variables and not hasattr(settings, name)] == []


class TestTheColumns:
    """docs/privacy.md names every column that is declared, and every table of ours that a person stands in."""

    @pytest.mark.parametrize("module", [consultation, comment, link_asked, search_word], ids=lambda it: it.__name__)
    def test_that_are_declared_are_all_in_the_paper(self, module):
        declared = {*module.PERSONAL, *module.KEPT, *module.TECHNICAL}

        assert declared <= set(code_in(DOCS / "privacy.md"))

    def test_are_of_tables_that_there_are(self):
        tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}

        named = re.findall(r"`((?:treatments|auth|otp|django|axes)_[a-z_]+)`", text_of(DOCS / "privacy.md"))

        assert set(named) <= tables
        assert len(named) > 10


@pytest.mark.slow
class TestOperations:
    def test_has_commands_that_run_in_their_order(self, monkeypatch, tmp_path):
        """With the variables of the paper, in a copy of the project; the restore finds a new machine."""
        folder, backups = tmp_path / "site", tmp_path / "backups"
        backups.mkdir(mode=0o700)
        blocks = re.findall(r"^ {4,}(\S.*)$", text_of(DOCS / "operations.md"), re.M)
        for name, value in (line.split("=", 1) for line in blocks if re.match(r"[A-Z_]+=", line)):
            monkeypatch.setenv(name, value.replace("/srv/backups", str(backups)))
        guides.copy_to(folder)

        ran = []
        for line in blocks:
            if line.startswith(".venv/bin/python manage.py "):
                command = shlex.split(line.replace("/srv/backups", str(backups)))[1:]
                if "restore" in command:
                    shutil.rmtree(folder / "var")
                guides.run(folder, *command)
                ran.append(command[1])

        assert ran == ["check", "prepare", "staff", "backup", "restore", "erase_expired"]
