"""The docks of the main window: which there are, and where they are at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QTabWidget, QToolBar

from vitviewer.qt.looks.painting import bar_height
from vitviewer.qt.window.dock_frame import DockFrame
from vitviewer.qt.window.dock_tools import map_tools

if TYPE_CHECKING:
    from vitviewer.maps.state import ViewState
    from vitviewer.qt.panels.panels import Panels
    from vitviewer.qt.wall.wall import Wall

_AREA, _CORNER = Qt.DockWidgetArea, Qt.Corner
_PLACES = {
    "Map": _AREA.RightDockWidgetArea,
    "Details": _AREA.RightDockWidgetArea,
    "Wall": _AREA.BottomDockWidgetArea,
    "Pictures": _AREA.LeftDockWidgetArea,
}
_KEPT = ("Map", "Details")  # they have no cross; the menus hide them
_SIDE_WIDTH, _WIDEST = 304, 480
_STRIP_WIDTH = 120


def add_empty_bar(window: QMainWindow) -> QToolBar:
    """Keep the sentence's place, so that nothing moves when it comes."""
    shell = QToolBar("Sentence")
    shell.setMovable(False)
    shell.setFixedHeight(bar_height(window.font()))
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, shell)
    return shell


def add_docks(window: QMainWindow) -> dict[str, DockFrame]:
    """Give a window its docks, still empty, so that nothing jumps when they fill."""
    # The wall is under the canvas alone.
    window.setCorner(_CORNER.BottomRightCorner, _AREA.RightDockWidgetArea)
    window.setCorner(_CORNER.BottomLeftCorner, _AREA.LeftDockWidgetArea)
    north = QTabWidget.TabPosition.North
    window.setTabPosition(_AREA.AllDockWidgetAreas, north)
    docks = {}
    for title, area in _PLACES.items():
        dock = docks[title] = DockFrame(title, closable=title not in _KEPT)
        window.addDockWidget(area, dock)
    for title in _KEPT:
        docks[title].setMinimumWidth(_SIDE_WIDTH)
        docks[title].setMaximumWidth(_WIDEST)
    docks["Pictures"].setMinimumWidth(_STRIP_WIDTH)
    docks["Pictures"].hide()
    docks["Wall"].hide()
    return docks


def finish_docks(
    docks: dict[str, DockFrame], state: ViewState, panels: Panels, wall: Wall
) -> None:
    """Give the titles of the docks their tools, once the docks are filled."""
    tools = {"Map": map_tools(state, panels), "Wall": wall.title_controls()}
    for title, dock in docks.items():
        dock.set_tools(tools.get(title, []))
