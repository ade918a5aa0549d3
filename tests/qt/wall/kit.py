"""A wall and a row of heads in docks of the real window, and what they show."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from tests.qt.window_kit import Viewer, grab
from vitviewer.maps.tiles import as_rgb, compose_tiles, prefix_shares
from vitviewer.qt.looks.roles import color
from vitviewer.qt.wall.tiles_view import TilesView

NONE = Qt.MouseButton.NoButton


class Paints(QObject):
    """Count how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def settle() -> None:
    """Let everything that waits happen, timers of no length and layouts too."""
    for _ in range(8):
        QApplication.processEvents()


def docked(viewer: Viewer, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    """Put a widget into a dock of its own."""
    dock = QDockWidget("Tried", viewer.window)
    dock.setWidget(widget)
    viewer.window.addDockWidget(area, dock)
    dock.show()
    settle()
    return dock


def point_at(view: TilesView, tile: tuple[int, int] | None) -> None:
    """Move the pointer onto a tile, or between all."""
    at = QPointF(0, 0) if tile is None else view.rect_of(tile).center()
    where = view.mapToGlobal(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, where, NONE, NONE, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(view, event)


def click(viewer: Viewer, view: TilesView, tile: tuple[int, int]) -> None:
    """Click a tile, and let the canvas follow."""
    at = view.rect_of(tile).center().toPoint()
    viewer.qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    settle()


def composed(view: TilesView, maps: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return what the tiles have to look like, uint8 (height, width, 3)."""
    smooth = view._controller.state.interpolation != "nearest"
    gap = color("panel").rgb() & 0xFFFFFF
    style = view._controller.shown.style
    plan = view.plan
    image = compose_tiles(
        plan, maps, shares, style.colormap, False, view.scale, smooth, gap
    )
    return as_rgb(image)


def expected(view: TilesView) -> np.ndarray:
    """Return how all layers and heads of the shown answer have to look."""
    shown = view._controller.shown
    tokens = shown.explanation.tokens
    maps = tokens.grid(shown.answer.values)
    return composed(view, maps, prefix_shares(shown.answer, tokens))


def assert_same_tiles(view: TilesView, wanted: np.ndarray, but: object = None) -> None:
    """Compare the inner pixels of all tiles but one, that frames leave alone."""
    seen, top = grab(view), round(view.top)
    plan = view.plan
    for layer in range(plan.tiling.layers):
        for head in range(plan.tiling.heads):
            x, y, w, h = plan.rect_of(layer, head)
            inner = np.s_[y + 2 : y + h - 2, x + 2 : x + w - 2]
            shifted = np.s_[y + top + 2 : y + top + h - 2, x + 2 : x + w - 2]
            if (layer, head) != but:
                np.testing.assert_array_equal(seen[shifted], wanted[inner])
