"""The tree of the companion: floors, docstrings, sizes. `docs/decisions/house.md` says why."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import entity_kit

ROOT = Path(entity_kit.__file__).parent
# A package may import its own floor and those below, never one above.
FLOORS = {
    "errors": 1,
    "warehouse": 1,
    "wording": 1,
    "compare": 1,
    "dialects": 1,
    "arrivals": 2,
    "dbt_bridge": 2,
    "engines": 3,
    "replay": 3,
    "causes": 4,
    "verify": 5,
    "project_health": 5,
    "sampling": 5,
    "synthetic": 5,
    "cli": 6,
    "pytest_plugin": 6,
    "steps": 6,
    "": 7,  # the package itself: what users import
    "__main__": 7,
}


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in sorted(ROOT.rglob("*.py"))}


# Read when a test asks for it: every process collects these tests, and few run many of them.
@functools.cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@functools.cache
def imports(importer: str) -> set[str]:
    """Return the other modules of ours that a module imports, those for type checking included."""
    found = set()
    for node in ast.walk(tree(importer)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{importer}: imports are absolute"
            if node.module == "entity_kit" or (node.module or "").startswith("entity_kit."):
                module = node.module.removeprefix("entity_kit").removeprefix(".")
                for alias in node.names:
                    inner = f"{module}.{alias.name}".removeprefix(".")
                    found.add(inner if inner in MODULES else module)
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("entity_kit").removeprefix(".")
                for alias in node.names
                if alias.name.partition(".")[0] == "entity_kit"
            }
    return found - {importer}


def package(module: str) -> str:
    return module.partition(".")[0]


def circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_every_package_has_a_floor():
    assert {package(module) for module in MODULES} == set(FLOORS)


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_no_module_imports_one_above(module):
    above = {other for other in imports(module) if FLOORS[package(other)] > FLOORS[package(module)]}
    assert not above


def test_no_circle_of_modules():
    assert circle({module: imports(module) for module in MODULES}) == []


def test_no_circle_of_packages():
    packages: dict[str, set[str]] = {name: set() for name in FLOORS}
    for module in MODULES:
        others = {package(other) for other in imports(module)}
        packages[package(module)] |= others - {package(module)}
    assert circle(packages) == []


def test_circles_are_found():
    assert circle({"a": {"b"}, "b": {"a"}}) == ["a", "b", "a"]


@pytest.mark.parametrize("module", list(MODULES))
def test_every_module_says_what_it_holds(module):
    assert ast.get_docstring(tree(module))


@pytest.mark.parametrize("module", list(MODULES))
def test_no_private_name_crosses_modules(module):
    crossing = [
        alias.name
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("entity_kit")
        for alias in node.names
        if alias.name.startswith("_")
    ]
    assert not crossing


def test_modules_fit_a_sitting_and_functions_a_screen():
    long = {}
    for name, file in MODULES.items():
        text = file.read_text(encoding="utf-8")
        if (lines := len(text.splitlines())) > 400:
            long[name] = lines
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                first = body[0].lineno if body else node.lineno
                if (lines := (node.end_lineno or 0) - first + 1) > 60:
                    long[f"{name}.{node.name}"] = lines
    assert long == {}


TESTS = Path(__file__).parent
DETOURS = ("sys.path.insert", "importlib.util.spec_from_file_location")


def detours(file: Path) -> set[str]:
    """Return how a test module shares code other than by a plain import."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.*" for alias in node.names if alias.name == "*"}
            found |= {node.module} if (node.module or "").endswith("conftest") else set()
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in DETOURS:
            found.add(ast.unparse(node.func))
    return found


def test_files_of_tests_have_names_of_their_own():
    """Pytest imports files outside packages by their names alone, and refuses the second of two namesakes."""
    files = [file for file in TESTS.rglob("*.py") if not (file.parent / "__init__.py").exists()]
    names = Counter(file.name for file in files if file.name != "conftest.py")
    assert [name for name, files in names.items() if files > 1] == []


def test_tests_share_code_by_plain_imports_of_support():
    files = [file for file in TESTS.rglob("*.py") if file != TESTS / "support" / "scripts.py"]
    assert {file.name: detours(file) for file in files if detours(file)} == {}
