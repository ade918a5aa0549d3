"""The code stays in pieces that can be read: files, functions and classes."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import vitviewer

PACKAGE = Path(vitviewer.__file__).parent
LONGEST_FILE, LONGEST_CLASS, LONG_FUNCTION = 400, 250, 50
MEDIAN_FILE = 130
LONG_FUNCTIONS_IN = 200  # one of so many may be long


def lines_of_files() -> dict[str, int]:
    """Return how many lines each file of the package has."""
    return {
        str(path.relative_to(PACKAGE)): len(path.read_text("utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }


def lines_of(*kinds: type[ast.AST]) -> dict[str, int]:
    """Return how many lines each definition of some kinds has."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, kinds):
                where = f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
                found[where] = node.end_lineno - node.lineno + 1
    return found


def longer(found: dict[str, int], most: int) -> dict[str, int]:
    """Return what is longer than it may be."""
    return {where: lines for where, lines in found.items() if lines > most}


def test_no_file_is_long():
    assert not longer(lines_of_files(), LONGEST_FILE)


def test_half_of_the_files_are_short():
    files = lines_of_files()
    written = [n for name, n in files.items() if not name.endswith("__init__.py")]
    assert len(written) > 100
    assert median(written) <= MEDIAN_FILE


def test_few_functions_are_long():
    functions = lines_of(ast.FunctionDef, ast.AsyncFunctionDef)
    assert len(functions) > 1000
    long = longer(functions, LONG_FUNCTION)
    assert len(long) <= len(functions) / LONG_FUNCTIONS_IN, long


def test_no_class_is_long():
    classes = lines_of(ast.ClassDef)
    assert len(classes) > 100
    assert not longer(classes, LONGEST_CLASS)
