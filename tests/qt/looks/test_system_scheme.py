"""The system's dark or light is followed while the program runs, if that is chosen.

The system is a real session bus, on which the desktop says what it says to all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from PySide6.QtWidgets import QApplication

from tests.qt.x_kit import missing, x_server
from vitviewer.qt.looks import roles, theme
from vitviewer.qt.settings import Settings

CHANGE = """
import subprocess, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from vitviewer.qt.looks import roles, theme

SCHEMES = {"dark": 1, "light": 2, "none": 0}
TELL = ["gdbus", "emit", "--session", "--object-path",
        "/org/freedesktop/portal/desktop", "--signal",
        "org.freedesktop.portal.Settings.SettingChanged",
        "org.freedesktop.appearance", "color-scheme"]

app = QApplication([])
theme.apply(app, sys.argv[1])
label = QLabel("words")
label.show()
steps = iter(sys.argv[2:])
waiting = []

def step():
    name = next(steps, None)
    if name is None:
        app.quit()
        return
    waiting[:] = [name]
    subprocess.run([*TELL, f"<uint32 {SCHEMES[name]}>"], check=True, timeout=60)

def told(scheme):
    # After the theme has heard of it: that was connected first.
    ground = label.grab().toImage().pixelColor(0, 0).name()
    print(waiting[0], roles.color("panel").name(), ground, flush=True)
    QTimer.singleShot(0, step)

app.styleHints().colorSchemeChanged.connect(told)
QTimer.singleShot(0, step)
sys.exit(app.exec())
"""

PANELS = {"dark": roles.DARK["panel"], "light": roles.LIGHT["panel"]}


def without() -> str:
    """Say what is missing for a session's bus; empty if nothing is."""
    tools = ("dbus-run-session", "gdbus")
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    return missing() or (f"needs {lacking[0]}" if lacking else "")


def followed(preference: str, *schemes: str) -> list[list[str]]:
    """Let the desktop change its scheme, and return what was seen after each change."""
    with x_server() as display:
        command = ["dbus-run-session", "--", sys.executable, "-c", CHANGE]
        desktop = {"DISPLAY": display, "XDG_CURRENT_DESKTOP": "GNOME"}
        done = subprocess.run(
            [*command, preference, *schemes],
            env={**os.environ, **desktop, "QT_QPA_PLATFORM": "xcb"},
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.skipif(bool(without()), reason=without() or "there")
def test_the_desktops_scheme_is_followed_live():
    seen = followed("system", "light", "dark", "light", "none")
    names = ("light", "dark", "light", "none")
    panels = [PANELS[name] for name in ("light", "dark", "light", "dark")]
    assert seen == [
        [name, panel, panel] for name, panel in zip(names, panels, strict=True)
    ]


@pytest.fixture
def app(qapp):
    yield qapp
    theme.apply(qapp, "system")


@pytest.mark.parametrize("preference", theme.THEMES)
def test_a_theme_that_was_chosen_stays(app, preference):
    theme.apply(app, preference)
    for scheme in ("Light", "Dark", "Unknown"):
        app.styleHints().colorSchemeChanged.emit(
            getattr(type(app.styleHints().colorScheme()), scheme)
        )
        assert roles.color("panel").name() == PANELS[preference]
        assert app.palette().window().color().name() == PANELS[preference]


@pytest.mark.parametrize("saved", ["dark", "light"])
def test_a_saved_theme_stays_what_it_was(saved):
    settings = Settings()
    settings.theme = saved
    settings.sync()
    assert Settings().theme == saved


def test_a_new_user_has_the_systems():
    assert Settings().theme == "system"


def test_figures_have_one_width(app):
    theme.apply(app, "dark")
    tags = QApplication.font().featureTags()
    assert [bytes(tag.toString()) for tag in tags] == [b"tnum"]
