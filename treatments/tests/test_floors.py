"""The rooms of the code stand on floors: a module imports from its own floor and those below, and never in a circle."""

import ast
import contextlib
import importlib
import re
from graphlib import CycleError, TopologicalSorter

import pytest
from django.conf import settings

#: The rooms, the lowest first; docs/architecture.md says what each holds.
FLOORS = (
    "clinic_site",
    "treatments.values",
    "treatments.models",
    "treatments.text",
    "treatments.publication",
    "treatments.article",
    "treatments.times",
    "treatments.follow_up",
    "treatments.consultation",
    "treatments.comments",
    "treatments.web",
    "treatments.accounts",
    "treatments.running",
    "treatments.forms",
    "treatments.views",
    "treatments.admin",
    # What Django looks for in these places.
    "treatments.adminsite",
    "treatments.apps",
    "treatments.urls",
    "treatments.templatetags",
    "treatments.management",
)
#: Migrations are history: each may use what was there when it was written.
APART = ("tests", "migrations")


def name_of(path):
    """The dotted name of a module, or of a package for its __init__."""
    parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def text_of(path):
    return path.read_text(encoding="utf-8")


def modules():
    """{dotted name: path} of every module of ours that is neither a test nor a migration."""
    paths = [path for top in ("clinic_site", "treatments") for path in (settings.BASE_DIR / top).rglob("*.py")]
    named = {name_of(path): path for path in paths}
    named.pop("treatments")
    return {name: path for name, path in named.items() if not set(APART) & set(name.split("."))}


MODULES = modules()


def imported_by(path):
    """The dotted names of our own modules that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # What is imported from a package may be a module of it.
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return {name for name in found if name in MODULES}


def room_of(module):
    return next((room for room in FLOORS if module == room or module.startswith(f"{room}.")), None)


def test_every_module_stands_in_a_room():
    assert [module for module in sorted(MODULES) if room_of(module) is None] == []


def test_no_module_imports_from_a_floor_above():
    floor = {module: FLOORS.index(room_of(module)) for module in MODULES}

    arrows = [(module, other) for module, path in MODULES.items() for other in sorted(imported_by(path))]

    assert [f"{module} → {other}" for module, other in arrows if floor[other] > floor[module]] == []


def test_no_imports_go_round_in_a_circle():
    # A package is what is imported from it, so that its __init__ does not count.
    graph = {name: {other for other in imported_by(path) if other != name} for name, path in MODULES.items()}
    graph["treatments.models"] = set()

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        pytest.fail(" → ".join(found.args[1]))


@pytest.mark.parametrize("room", FLOORS[: FLOORS.index("treatments.adminsite")])
def test_a_room_says_what_it_is_for(room):
    assert ast.get_docstring(ast.parse(text_of(MODULES[room])))


def test_no_test_imports_another():
    tests = (settings.BASE_DIR / "treatments" / "tests").rglob("*.py")

    found = {
        name_of(path): re.findall(r"^\s*from treatments\.tests\.(\S*\btest_\w+)", text_of(path), re.M) for path in tests
    }

    assert {module: others for module, others in found.items() if others} == {}


def programs_in(path):
    """The syntax trees of a file and of each program that stands in it as text, for another process to run."""
    whole = ast.parse(text_of(path))
    yield whole
    for node in ast.walk(whole):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "import " in node.value:
            with contextlib.suppress(SyntaxError):
                yield ast.parse(node.value)


def exists(module, name):
    """Whether a name can be imported from a module of ours; * can be, from every module that there is."""
    try:
        return (
            name == "*"
            or hasattr(importlib.import_module(module), name)
            or bool(importlib.import_module(f"{module}.{name}"))
        )
    except ModuleNotFoundError:
        return False


def test_what_is_imported_exists_also_where_it_is_imported_late():
    ours = [path for top in ("bench", "clinic_site", "treatments") for path in (settings.BASE_DIR / top).rglob("*.py")]

    imports = {
        (name_of(path), node.module, alias.name)
        for path in ours
        for program in programs_in(path)
        for node in ast.walk(program)
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in ("bench", "clinic_site", "treatments")
        for alias in node.names
    }

    assert [where for where in sorted(imports) if not exists(*where[1:])] == []
