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
        named = {
            code
            for code in code_in(path)
            if re.fullmatch(
                r"(?:treatments|clinic_site|docs|static|templates)/[\w./-]+|requirements\S*|Makefile|Dockerfile", code
            )
        }

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
                command = shlex.split(line.partition(" > ")[0].replace("/srv/backups", str(backups)))[1:]
                if "restore" in command:
                    shutil.rmtree(folder / "var")
                guides.run(folder, *command)
                ran.append(command[1])

        assert ran == ["check", "prepare", "staff", "nginx", "backup", "restore", "erase_expired"]


#: The requirements of levels 1 and 2 of ASVS 5.0.0, as ranges within each section.
LEVEL_2 = """
    1.1.1–2 1.2.1–9 1.3.1–11 1.4.1–3 1.5.1–2 2.1.1–3 2.2.1–3 2.3.1–4 2.4.1 3.2.1–2 3.3.1–4 3.4.1–6 3.5.1–5 3.7.1–2
    4.1.1–3 4.2.1 4.3.1–2 4.4.1–4 5.1.1 5.2.1–3 5.3.1–2 5.4.1–3 6.1.1–3 6.2.1–12 6.3.1–4 6.4.1–4 6.5.1–5 6.6.1–3 6.8.1–4
    7.1.1–3 7.2.1–4 7.3.1–2 7.4.1–5 7.5.1–2 7.6.1–2 8.1.1–2 8.2.1–3 8.3.1 8.4.1 9.1.1–3 9.2.1–4
    10.1.1–2 10.2.1–2 10.3.1–4 10.4.1–11 10.5.1–5 10.6.1–2 10.7.1–3 11.1.1–2 11.2.1–3 11.3.1–3 11.4.1–4 11.5.1 11.6.1
    12.1.1–3 12.2.1–2 12.3.1–4 13.1.1 13.2.1–5 13.3.1–2 13.4.1–5 14.1.1–2 14.2.1–4 14.3.1–3 15.1.1–3 15.2.1–3 15.3.1–7
    16.1.1 16.2.1–5 16.3.1–4 16.4.1–3 16.5.1–3 17.1.1 17.2.1–4 17.3.1–2
"""
STANDS = ("Met", "In part", "Not met", "Yours", "Not applicable")


def numbers_in(text):
    """The numbers of requirements that a text names, ranges written out."""
    for section, first, last in re.findall(r"(\d+\.\d+)\.(\d+)(?:–(\d+))?", text):
        yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


@pytest.fixture(scope="module")
def requirements():
    """The rows about requirements in docs/security.md: (numbers, how it stands, in which words)."""
    rows = re.findall(
        r"^\| (\d+\.\d+\.\d[^|]*) \|[^|]*\| \*\*([^.*]+)\.?\*\*(.*) \|$", text_of(DOCS / "security.md"), re.M
    )
    return [(list(numbers_in(numbers)), stands, words) for numbers, stands, words in rows]


class TestTheRequirements:
    def test_are_all_there_in_their_order(self, requirements):
        named = [number for numbers, _stands, _words in requirements for number in numbers]

        assert named == list(numbers_in(LEVEL_2))
        assert len(named) == 253

    def test_that_are_met_name_what_meets_them_and_others_say_why(self, requirements):
        for numbers, stands, words in requirements:
            assert stands in STANDS, numbers
            assert stands != "Met" or re.search(r"`|\]\(", words), numbers
            assert len(words) > 10 or stands == "Yours", numbers

    def test_are_counted_right(self, requirements):
        counted = re.findall(r"^\| ([A-Z][a-z ]+) \| (\d+) \|$", text_of(DOCS / "security.md"), re.M)

        counts = {name: sum(len(numbers) for numbers, stands, _ in requirements if stands == name) for name in STANDS}

        assert {name: int(count) for name, count in counted} == counts
