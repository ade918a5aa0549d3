"""The program sets its process up at the start, once, whichever way it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

IN_THE_WINDOW = """
import builtins, gc, os, sys
from tests.promises.hands import start

before = builtins.__orig_import__  # PySide has put its own in its place

def use(viewer):
    viewer.qtbot.waitUntil(lambda: viewer.controller.shown is not None)
    assert builtins.__import__ is before
    assert sys.getswitchinterval() < 0.001
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 100_000
    print(os.environ["HF_HUB_DISABLE_TELEMETRY"])

start(use)
"""
ON_THE_COMMAND_LINE = """
import os, sys
from vitviewer.cli.main import main

assert "huggingface_hub" not in sys.modules
assert main(["models"]) == 0
print(os.environ["HF_HUB_DISABLE_TELEMETRY"])
"""


@pytest.mark.parametrize("code", [IN_THE_WINDOW, ON_THE_COMMAND_LINE])
@pytest.mark.parametrize("chosen", [None, "0"])
def test_the_process_is_set_up(code, chosen, tmp_path):
    """The hub's variable is the user's where it is set."""
    folders = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(tmp_path))
    environment = {**os.environ, **folders, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("HF_HUB_DISABLE_TELEMETRY")
    if chosen is not None:
        environment["HF_HUB_DISABLE_TELEMETRY"] = chosen
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == (chosen or "1")
