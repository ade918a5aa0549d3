"""Imports run one way: qt → state → the core; torch and Qt come when needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vitviewer

PACKAGE = Path(vitviewer.__file__).parent
CORE = sorted(PACKAGE.glob("*.py")) + sorted((PACKAGE / "demo").glob("*.py"))
QT = ("PySide6", "shiboken6", "pyqtgraph", "superqt", "qtpy", "vitviewer.qt")
# The two doors of the program: they open a window when asked to, and not before.
LAZY = {"cli.py", "__main__.py"}


def imports_of(path: Path, at_top_only: bool = False) -> set[str]:
    """Return the dotted names a module imports, also within its functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in tree.body if at_top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            module = node.module or ""
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == p or name.startswith(f"{p}.") for p in packages)


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules in a fresh process after an import."""
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("path", CORE, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_core_never_imports_qt(path):
    found = {n for n in imports_of(path, path.name in LAZY) if is_in(n, QT)}
    assert not found


@pytest.mark.parametrize("name", ["engine", "images", "capture"])
def test_computing_does_not_know_what_is_looked_at(name):
    """The engine may one day run in another process, or on another machine."""
    reached = reached_from(name)
    assert not reached & {"state", "render", "figure", "arguments", "cli"}


def reached_from(name: str) -> set[str]:
    """Return the package's modules that one imports, directly or through others."""
    waiting, reached = [name], set()
    while waiting:
        path = PACKAGE / f"{waiting.pop()}.py"
        if not path.is_file() or path.stem in reached:
            continue
        reached.add(path.stem)
        names = (n.split(".") for n in imports_of(path))
        waiting += [n[1] for n in names if n[0] == "vitviewer" and len(n) > 1]
    return reached


def test_import_of_the_package_is_light():
    assert not loaded_after("import vitviewer") & {"torch", "PySide6", "numpy"}


def test_command_line_starts_without_torch_and_qt():
    loaded = loaded_after("import vitviewer.cli.main")
    assert not loaded & {"torch", "transformers", "PySide6"}


def test_window_starts_without_torch():
    heavy = {"torch", "transformers", "pyqtgraph", "matplotlib", "scipy"}
    assert not loaded_after("import vitviewer.qt.lifecycle.app") & heavy


def test_every_module_imports_by_itself():
    """No module leans on another one's having been imported before."""
    names = [
        "vitviewer." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
    ]
    code = "import importlib, sys\nfor n in sys.argv[1:]: importlib.import_module(n)"
    for order in (sorted(names), sorted(names, reverse=True)):
        subprocess.run([sys.executable, "-c", code, *order], check=True)
