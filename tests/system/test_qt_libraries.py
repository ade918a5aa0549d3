"""Qt's system libraries: asked for before Qt is imported, and named in full."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from vitviewer.system import qt_libraries as system_libraries
from vitviewer.system.qt_libraries import FONTS, OFFSCREEN, SCREEN, advice, missing

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux's libraries")
MODULES = ("Core", "DBus", "Gui", "OpenGL", "Svg", "Widgets")
PAINTING = [f"lib/libQt6{name}.so.6" for name in MODULES]
PAINTING += ["plugins/platforms/libqoffscreen.so"]
SHOWING = ["lib/libQt6XcbQpa.so.6", "plugins/platforms/libqxcb.so"]
# Of the C and C++ runtimes, which Python or the base system bring along.
RUNTIME = re.compile(r"lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+|resolv)\.so\.\d+")


def needed(files: list[str]) -> set[str]:
    """Return the libraries that files of the installed Qt name, but do not bring."""
    spec = importlib.util.find_spec("PySide6")
    qt = Path(spec.submodule_search_locations[0], "Qt")
    names = set()
    for file in files:
        strings = (qt / file).read_bytes()
        names |= set(re.findall(rb"\0(lib[\w.+-]+\.so\.\d+)(?=\0)", strings))
    found = {name.decode() for name in names}
    brought = {path.name for path in (qt / "lib").iterdir()}
    return {n for n in found if n not in brought and not RUNTIME.fullmatch(n)}


@linux
def test_list_holds_what_painting_needs():
    assert needed(PAINTING) - set(OFFSCREEN) <= set()


@linux
def test_list_holds_what_a_window_needs():
    assert needed(SHOWING) - set(OFFSCREEN) - set(SCREEN) <= set()


@linux
def test_nothing_is_missing_where_these_tests_run():
    assert missing(screen=False) == []


@linux
@pytest.mark.parametrize("screen", [False, True])
def test_a_missing_library_is_named_by_its_package(monkeypatch, screen):
    monkeypatch.setattr(system_libraries, "loads", lambda name: "EGL" not in name)
    assert missing(screen) == ["libegl1"]


@linux
def test_libraries_of_a_window_are_asked_for_only_with_a_screen(monkeypatch):
    monkeypatch.setattr(system_libraries, "loads", lambda name: name in OFFSCREEN)
    assert missing(screen=False) == []
    assert "libxcb-cursor0" in missing(screen=True)


@linux
def test_a_machine_without_fonts_gets_one(monkeypatch, tmp_path):
    monkeypatch.setattr(system_libraries, "_FONT_FOLDERS", (str(tmp_path),))
    monkeypatch.setenv("PATH", "")
    assert FONTS in missing(screen=False)
    (tmp_path / "DejaVuSans.ttf").touch()
    assert FONTS not in missing(screen=False)


def test_other_systems_bring_what_is_needed(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(system_libraries, "loads", lambda name: False)
    assert missing(screen=True) == []


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("apt-get", "sudo apt-get install --no-install-recommends libegl1 libgl1"),
        ("dnf", "sudo dnf install .*mesa-libEGL.*dejavu-sans-fonts"),
        ("pacman", "sudo pacman -S .*libglvnd.*ttf-dejavu"),
    ],
)
def test_advice_is_a_line_to_run(monkeypatch, tool, line):
    monkeypatch.setattr(
        system_libraries.shutil, "which", lambda name: name if name == tool else None
    )
    assert re.fullmatch(line, advice(["libegl1", "libgl1"]))
