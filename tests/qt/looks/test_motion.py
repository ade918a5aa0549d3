"""Whether things may move is asked of the system, which is never waited for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vitviewer.qt.looks.motion import Motion

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks gsettings")


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """A desktop whose settings a test writes: no KDE, and a gsettings of its own."""
    config, tools = tmp_path / "config", tmp_path / "tools"
    config.mkdir()
    tools.mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    monkeypatch.setenv("PATH", str(tools))
    return config, tools


def write_gsettings(folder: Path, script: str) -> None:
    tool = folder / "gsettings"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    os.chmod(tool, 0o755)


ANSWERS = {
    "off": ("echo false", False),
    "on": ("echo true", True),
    "no such setting": ("echo 'No such key' >&2; exit 1", True),
}


@ON_LINUX
@pytest.mark.parametrize("answer", ANSWERS)
def test_gnomes_setting(qtbot, desktop, answer):
    script, wanted = ANSWERS[answer]
    write_gsettings(desktop[1], script)
    motion = Motion()
    motion.ask()
    assert motion.is_wanted  # until there is an answer
    qtbot.waitUntil(lambda: motion._process is None)
    assert motion.is_wanted is wanted


@ON_LINUX
def test_it_can_change_while_the_program_runs(qtbot, desktop):
    motion, told = Motion(), []
    motion.changed.connect(told.append)
    for answer in ("false", "false", "true"):
        write_gsettings(desktop[1], f"echo {answer}")
        motion.ask()
        qtbot.waitUntil(lambda: motion._process is None)
    assert told == [False, True]


@ON_LINUX
def test_a_desktop_without_gsettings(qtbot, desktop):
    motion = Motion()
    motion.ask()
    qtbot.waitUntil(lambda: motion._process is None)
    assert motion.is_wanted


@ON_LINUX
@pytest.mark.parametrize(("factor", "wanted"), [("0", False), ("0.5", True)])
def test_kdes_setting(qtbot, desktop, factor, wanted):
    globals_ = desktop[0] / "kdeglobals"
    globals_.write_text(f"[KDE]\nAnimationDurationFactor={factor}\n")
    motion = Motion()
    motion.ask()
    qtbot.waitUntil(lambda: motion._process is None)
    assert motion.is_wanted is wanted
