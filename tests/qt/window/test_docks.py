"""The docks and sections: moved, closed, brought back, and as they were left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt

from tests.qt.window_kit import Viewer, close_viewer, make_viewer
from vitviewer.qt.controller import Controller
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow

AREA = Qt.DockWidgetArea
LEFT, RIGHT = AREA.LeftDockWidgetArea, AREA.RightDockWidgetArea
AT_FIRST = ["Budget", "Prediction"]


@pytest.fixture
def viewer(qtbot):
    viewer = make_viewer(qtbot, None)
    yield viewer
    close_viewer(viewer)


def shown_titles(window) -> set[str]:
    return {title for title, dock in window.docks.items() if not dock.isHidden()}


def test_map_and_details_are_at_the_right_at_first(viewer):
    window = viewer.window
    assert shown_titles(window) == {"Map", "Details"}
    for title in ("Map", "Details"):
        assert window.dockWidgetArea(window.docks[title]) is RIGHT
    tops = [window.docks[title].y() for title in ("Map", "Details")]
    assert tops == sorted(tops)


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
@pytest.mark.parametrize("title", ["Map", "Details"])
def test_a_dock_floats_docks_elsewhere_becomes_a_tab_and_comes_back(viewer, title):
    window, dock = viewer.window, viewer.window.docks[title]
    width = dock.width()
    dock.setFloating(True)
    assert dock.isWindow()
    assert dock.isVisible()
    dock.setFloating(False)
    window.addDockWidget(LEFT, dock)
    assert window.dockWidgetArea(dock) is LEFT
    other = window.docks["Details" if title == "Map" else "Map"]
    window.tabifyDockWidget(other, dock)
    assert window.tabifiedDockWidgets(other) == [dock]
    dock.close()
    assert title not in shown_titles(window)
    window.reset_layout()
    assert shown_titles(window) == {"Map", "Details"}
    assert window.tabifiedDockWidgets(other) == []
    assert window.dockWidgetArea(dock) is RIGHT
    frame = 2  # a dock that has floated keeps room for one
    viewer.qtbot.waitUntil(lambda: 0 <= dock.width() - width <= frame)


def test_reset_closes_what_was_opened(viewer):
    details = viewer.window.panels.details
    for title in details.sections:
        viewer.qtbot.mouseClick(details[title].header, Qt.MouseButton.LeftButton)
    assert details.open_titles == [t for t in details.sections if t not in AT_FIRST]
    viewer.window.reset_layout()
    assert details.open_titles == AT_FIRST


# --- kept for the next start ----------------------------------------------------------


def start(qtbot) -> Viewer:
    """Open a window that takes over what the last one kept."""
    controller = Controller()
    window = MainWindow(controller, Settings())
    with qtbot.waitSignal(window.furnished, timeout=60_000):
        window.show()
    return Viewer(window, controller, qtbot)


def kept(text: str) -> None:
    """Write which sections were open, as another program might."""
    store = QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "vitviewer", "vitviewer"
    )
    store.setValue("layout2/sections", text)
    store.sync()


@pytest.mark.parametrize("titles", [[], ["Trust"], ["Prediction", "Display"]], ids=str)
def test_open_sections_are_open_again(qtbot, titles):
    viewer = start(qtbot)
    assert viewer.window.panels.details.open_titles == AT_FIRST
    viewer.window.panels.details.open_only(titles)
    close_viewer(viewer)
    viewer = start(qtbot)
    assert viewer.window.panels.details.open_titles == titles
    close_viewer(viewer)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ('["Trust", "of a later program"]', ["Trust"]),  # what is not there is no fault
        ("[1, 2]", AT_FIRST),
        ('{"Trust": true}', AT_FIRST),
        ("[" * 100_000, AT_FIRST),
        ("no list", AT_FIRST),
    ],
    ids=["unknown", "numbers", "object", "deep", "words"],
)
def test_sections_that_make_no_sense_are_those_at_first(qtbot, text, titles):
    kept(text)
    viewer = start(qtbot)
    assert viewer.window.panels.details.open_titles == titles
    close_viewer(viewer)
