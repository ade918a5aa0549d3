"""The window on real screens, under a window manager: at first, and come back."""

from __future__ import annotations

import pytest

from tests.qt.real_desk import close, desktop_tests, open_desk, open_window

pytestmark = [desktop_tests, pytest.mark.long]
DOCKS = "[[d.width(), d.height()] for d in window.docks.values() if d.isVisible()]"
WALL = "window.docks['Wall']"


def edges(shown) -> dict[str, list[int]]:
    """Return where the last points of what must be on the screen are."""
    parts = ("window", "window.status", "window.docks['Details']")
    found = {part: shown.ask(f"place({part}, 0.999, 0.999)") for part in parts}
    frame = "window.frameGeometry()"
    found["frame"] = shown.ask(f"[{frame}.right(), {frame}.bottom()]")
    found["top"] = shown.ask(f"[{frame}.left(), {frame}.top()]")
    return found


def enlarge(shown) -> None:
    """Show the wall, and make docks larger than they are at first."""
    shown.ask(f"{WALL}.show()")
    shown.wait(f"{WALL}.isVisible()")
    across, down = (
        f"QtCore.Qt.Orientation.{way}" for way in ("Horizontal", "Vertical")
    )
    shown.ask(f"window.resizeDocks([window.docks['Map']], [420], {across})")
    shown.ask(f"window.resizeDocks([{WALL}], [250], {down})")
    shown.wait("window.docks['Map'].width()", 420)
    shown.wait("window.docks['Details'].width()", 420)
    shown.wait(f"{WALL}.height()", 250)


def assert_on_screen(shown, width: int, height: int) -> None:
    for part, (x, y) in edges(shown).items():
        assert 0 <= x < width, (part, x, y)
        assert 0 <= y < height, (part, x, y)


@pytest.mark.parametrize(
    ("screen", "panel"),
    [
        *(("1366x768", 0), ("1280x800", 40), ("1024x600", 0), ("800x480", 24)),
        ("1920x1080", 0),
    ],
)
def test_the_first_window_fits_the_screen(tmp_path, screen, panel):
    width, height = map(int, screen.split("x"))
    with open_desk(tmp_path, f"{screen}x24", panel) as desk, open_window(desk) as shown:
        assert_on_screen(shown, width, height - panel)
        size = shown.ask("[window.width(), window.height()]")
        if screen == "1920x1080":
            assert size == [1280, 800]


@pytest.mark.parametrize("state", ["Maximized", "FullScreen", "Normal"])
def test_docks_come_back_in_the_same_sizes(tmp_path, state):
    with open_desk(tmp_path, "1600x1000x24") as desk:
        with open_window(desk) as shown:
            shown.ask(f"window.show{state}()")
            if state != "Normal":
                shown.wait(f"window.is{state}() and window.width() == 1600")
            enlarge(shown)
            before = shown.ask(DOCKS)
            size = shown.ask("[window.width(), window.height()]")
            close(shown)
        with open_window(desk) as shown:
            shown.wait("[window.width(), window.height()]", size)
            shown.wait(DOCKS, before)
            if state != "Normal":
                assert shown.ask(f"window.is{state}()")


@pytest.mark.parametrize("state", ["Normal", "Maximized"])
@pytest.mark.parametrize("small", ["1366x768", "1024x600"])
def test_a_layout_of_a_large_screen_fits_a_small_one(tmp_path, small, state):
    with (
        open_desk(tmp_path, "1600x1200x24") as desk,
        open_window(desk) as shown,
    ):
        shown.ask("window.setGeometry(150, 100, 1400, 1050)")
        shown.wait("window.height()", 1050)
        enlarge(shown)
        shown.ask(f"window.show{state}()")
        if state == "Maximized":
            shown.wait("window.isMaximized() and window.width() == 1600")
        close(shown)
    width, height = map(int, small.split("x"))
    with open_desk(tmp_path, f"{small}x24") as desk, open_window(desk) as shown:
        if state == "Maximized":
            shown.wait("window.width() <= " + str(width))
        assert_on_screen(shown, width, height)
        heights = shown.ask(DOCKS)
        assert min(h for _, h in heights) > 40
