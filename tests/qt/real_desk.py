"""A desktop of our own: an X server, a window manager, real keys, wheels and clicks.

Made-up events hide what the window system does: it moves the focus before it delivers
a wheel, translates keys by the keyboard's layout, and keeps a release to itself.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.qt.x_kit import x_server
from vitviewer.system.qt_libraries import missing

TOOLS = ("Xvfb", "xdotool", "openbox", "setxkbmap", "xprop")
PATIENCE_S = 60.0
_MARGINS = """<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
<margins><top>0</top><bottom>{}</bottom><left>0</left><right>0</right></margins>
</openbox_config>
"""
ROOT = Path(__file__).resolve().parents[2]
LEFT, WHEEL_UP, WHEEL_DOWN = "1", "4", "5"

desktop_tests = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS) or bool(missing(screen=True)),
    reason=f"needs {', '.join(TOOLS)}: make test installs them where it may",
)


def wait_until(true: Any, what: str) -> None:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


class Desk:
    """A display with a window manager, and hands for it."""

    def __init__(self, display: str, folder: Path) -> None:
        self.environ = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self.environ.pop("WAYLAND_DISPLAY", None)
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME"):
            self.environ[name] = str(folder)

    def do(self, *words: str | float) -> str:
        """Let xdotool do something."""
        return self.run("xdotool", *words)

    def run(self, *words: str | float) -> str:
        """Run a program on the display."""
        command = [str(word) for word in words]
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def layout(self, *words: str) -> None:
        """Choose a keyboard: the arguments of setxkbmap."""
        self.run("setxkbmap", "-model", "pc105", "-option", "", *words)

    def press_code(self, *codes: int) -> None:
        """Press keys by their places (X key codes), the first ones held."""
        for code in codes:
            self.do("keydown", code)
        for code in reversed(codes):
            self.do("keyup", code)


class Shown:
    """A running window that can be asked about itself."""

    def __init__(self, desk: Desk, process: subprocess.Popen[str]) -> None:
        self.desk = desk
        self.process = process

    def ask(self, expression: str) -> Any:
        """Return what an expression comes to in the window's process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "ended"}')
        assert "error" not in answer, (expression, answer["error"])
        return answer["answer"]

    def wait(self, expression: str, value: Any = True) -> None:
        """Wait until an expression comes to a value."""
        wait_until(lambda: self.ask(expression) == value, f"{expression} == {value}")

    def point_at(self, widget: str, across: float = 0.5, down: float = 0.5) -> None:
        """Move the pointer to a widget."""
        x, y = self.ask(f"place({widget}, {across}, {down})")
        self.desk.do("mousemove", "--sync", x, y)

    def click(self, widget: str, button: str = LEFT, **where: float) -> None:
        """Click a widget with a button of the mouse; a wheel's turns are such too."""
        self.point_at(widget, **where)
        self.desk.do("click", button)


@contextmanager
def open_desk(
    folder: Path, screen: str = "1400x1000x24", panel: int = 0
) -> Iterator[Desk]:
    """Start a display of a size, with a window manager.

    ``panel`` is the height that a desktop's panel keeps at the bottom.
    """
    if panel:
        (folder / "openbox").mkdir()
        (folder / "openbox" / "rc.xml").write_text(_MARGINS.format(panel))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with x_server(screen) as display:
        desk = Desk(display, folder)
        manager = subprocess.Popen(["openbox"], env=desk.environ, **quiet)
        try:
            root = "_NET_SUPPORTING_WM_CHECK"
            wait_until(lambda: "#" in desk.run("xprop", "-root", root), "openbox")
            yield desk
        finally:
            manager.terminate()
            manager.wait(30)


@contextmanager
def open_window(
    desk: Desk, model: Path | str = "", *pictures: Path | str
) -> Iterator[Shown]:
    """Open the window on a desk and wait until it is active, and has a map."""
    command = [sys.executable, "-m", "tests.qt.real_window", str(model)]
    command += map(str, pictures)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=desk.environ, cwd=ROOT, stdin=pipe, stdout=pipe, text=True
    ) as process:
        shown = Shown(desk, process)
        try:
            shown.wait("window.stage is not None and window.isActiveWindow()")
            if model and pictures:
                shown.wait("window.controller.shown is not None")
            yield shown
            close(shown)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)


def close(shown: Shown) -> None:
    """Close the window as its button would, and wait for the end of its process."""
    if shown.process.poll() is None:
        shown.ask("QtCore.QTimer.singleShot(0, window.close)")
        assert shown.process.wait(PATIENCE_S) == 0
