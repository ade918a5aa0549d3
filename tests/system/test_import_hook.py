"""PySide's hook in ``import``, which reads every module's source, is taken off."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTED = """
import builtins, linecache, sys
import PySide6.QtCore, PySide6.QtWidgets
from vitviewer.system.import_hook import unhook_imports

sys.path.insert(0, sys.argv[1])
{unhook}
from PySide6 import QtGui
import some_module
print(any(name.endswith("some_module.py") for name in linecache.cache))
"""

OTHERS = """
builtins.__import__ = mine = lambda *args, **kwargs: before(*args, **kwargs)
before = builtins.__orig_import__
unhook_imports()
assert builtins.__import__ is mine
"""


def read_source(folder, unhook: str) -> str:
    """Import a module in a new process; tell whether its source was read as well."""
    (folder / "some_module.py").write_text("name = 'PySide6'\n")
    command = [sys.executable, "-c", IMPORTED.format(unhook=unhook), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("unhook", "is_read"), [("", "True"), ("unhook_imports()", "False")]
)
def test_a_source_is_read_by_the_hook_alone(tmp_path, unhook, is_read):
    """The first: without the hook there would be nothing to take off any more."""
    assert read_source(tmp_path, unhook) == is_read


def test_somebody_else_s_import_stays(tmp_path):
    assert read_source(tmp_path, OTHERS) == "False"


def test_without_pyside_nothing_is_done():
    code = """
import builtins
from vitviewer.system.import_hook import unhook_imports
before = builtins.__import__
unhook_imports()
assert builtins.__import__ is before
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0
