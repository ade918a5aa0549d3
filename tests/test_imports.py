"""Imports run one way, and torch and Qt come when they are needed.

Which way is written in pyproject.toml as contracts of import-linter, which `make lint`
holds against the package. Here each has to turn red over an import too many.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import vitviewer

PACKAGE = Path(vitviewer.__file__).parent
PROJECT = Path(__file__).parents[1] / "pyproject.toml"
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
PLACES = {
    "at the top": "\n\n{}\n",
    "in a function": "\n\ndef planted():\n    {}\n",
    "for annotations": "\n\nif TYPE_CHECKING:\n    {}\n",
}
# A file, what is planted in it, and the contract that it breaks.
PLANTED = [
    ("pictures/picture.py", "import vitviewer.engine.engine", "rooms"),
    ("inputs/making.py", "from vitviewer.capture import recording", "rooms"),
    ("text.py", "from vitviewer.system import files", "rooms"),
    ("engine/engine.py", "from vitviewer.qt import worker", "rooms"),
    ("engine/engine.py", "from vitviewer.maps import state", "maps-engine"),
    ("maps/stack.py", "from vitviewer.engine import engine", "maps-engine"),
    ("models/checks.py", "from vitviewer.models import loading", "models"),
    ("models/bundled/shapes.py", "import vitviewer.errors", "bundled"),
    ("qt/widgets/forms.py", "from vitviewer.qt import worker", "qt"),
    ("engine/engine.py", "from PySide6.QtCore import QObject", "no-qt"),
    ("cli/main.py", "import pyqtgraph", "no-qt"),
    ("pictures/limits.py", "import vitviewer.pictures.picture", "circles"),
]


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the package beside one of its contracts."""
    shutil.copy(PROJECT, tmp_path)
    without = shutil.ignore_patterns("__pycache__", "resources")
    return Path(shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=without))


def contracts() -> dict[str, str]:
    """Return the contracts' ids by their names."""
    settings = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]
    return {c["name"]: c["id"] for c in settings["importlinter"]["contracts"]}


def plant(file: Path, planted: str, place: str) -> None:
    """Add an import to a module."""
    with file.open("a", encoding="utf-8") as module:
        module.write(PLACES[place].format(planted))


def broken(package: Path) -> set[str]:
    """Return the ids of the contracts that a package breaks."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", done.stdout, re.M))
    assert verdicts.keys() == contracts().keys(), done.stdout + done.stderr
    red = {contracts()[name] for name, word in verdicts.items() if word == "BROKEN"}
    assert bool(red) is bool(done.returncode)
    return red


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules in a fresh process after an import."""
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_imports_run_one_way(copy):
    assert not broken(copy)


@pytest.mark.parametrize(("file", "planted", "contract"), PLANTED)
def test_an_import_too_many_breaks_a_contract(copy, file, planted, contract):
    plant(copy / file, planted, "in a function")
    assert contract in broken(copy)


@pytest.mark.parametrize("place", PLACES)
def test_an_import_counts_wherever_it_stands(copy, place):
    file, planted, contract = PLANTED[0]
    plant(copy / file, planted, place)
    assert contract in broken(copy)


@pytest.mark.parametrize("room", ["", "models", "qt"])
def test_a_new_room_needs_a_place(copy, room):
    (copy / room / "attic.py").write_text("")
    assert broken(copy) == {room or "rooms"}


def test_every_contract_is_tried():
    assert {contract for *_, contract in PLANTED} == set(contracts().values())


def test_import_of_the_package_is_light():
    assert not loaded_after("import vitviewer") & {"torch", "PySide6", "numpy"}


def test_command_line_starts_without_torch_and_qt():
    loaded = loaded_after("import vitviewer.cli.main")
    assert not loaded & {"torch", "transformers", "PySide6"}


def test_window_starts_without_torch():
    heavy = {"torch", "transformers", "pyqtgraph", "matplotlib", "scipy"}
    assert not loaded_after("import vitviewer.qt.lifecycle.app") & heavy


@pytest.mark.long
def test_every_module_imports_by_itself():
    """No module leans on another one's having been imported before."""
    names = [
        f"{PACKAGE.name}." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
    ]
    code = "import importlib, sys\nfor n in sys.argv[1:]: importlib.import_module(n)"
    for order in (sorted(names), sorted(names, reverse=True)):
        subprocess.run([sys.executable, "-c", code, *order], check=True)
