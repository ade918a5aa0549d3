"""A pointer over the canvas, and what is painted while it moves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.qt.window_kit import Viewer
from vitviewer.queries import Query

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


class Painted(QObject):
    """Note the query of each frame that the canvas paints, once in a row."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(viewer.window)
        self._controller = viewer.controller
        self.queries: list[Query] = []
        self.frames = 0
        viewer.canvas.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        shown = self._controller.shown
        if event.type() == QEvent.Type.Paint and shown is not None:
            self.frames += 1
            query = shown.answer.query
            if self.queries[-1:] != [query]:
                self.queries.append(query)
        return False


class Pointer:
    """Move a pointer over the canvas, with Shift held or not.

    The key is pressed as the window system does it, so that Qt knows of it for as long
    as it is held.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._held = NONE
        self.moves = 0

    def shift(self, on: bool) -> None:
        """Press or let go of Shift, wherever the focus is in the window."""
        handle = self._viewer.window.windowHandle()
        if on:
            QTest.keyPress(handle, Qt.Key.Key_Shift, SHIFT)
        else:
            QTest.keyRelease(handle, Qt.Key.Key_Shift, NONE)
        self._held = SHIFT if on else NONE

    def spot(self, row: int, col: int, at: tuple[float, float] = (0.5, 0.5)) -> QPoint:
        """Return the viewport's pixel at some part of a patch."""
        geometry = self._viewer.controller.explanation.geometry
        x, y, width, height = geometry.patch_rect(row, col)
        x, y = x + at[0] * width, y + at[1] * height
        return self._viewer.canvas.to_viewport(x, y)

    def to(self, row: int, col: int, at: tuple[float, float] = (0.5, 0.5)) -> None:
        """Move onto a patch."""
        self.move(self.spot(row, col, at))

    def move(self, spot: QPoint) -> None:
        """Move to a pixel of the viewport."""
        viewport, place = self._viewer.canvas.viewport(), QPointF(spot)
        button = Qt.MouseButton.NoButton
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            viewport.mapToGlobal(place),
            button,
            button,
            self._held,
        )
        self.moves += 1
        QApplication.sendEvent(viewport, event)

    def leave(self) -> None:
        """Leave the canvas."""
        QApplication.sendEvent(self._viewer.canvas, QEvent(QEvent.Type.Leave))


def wait_for_query(viewer: Viewer, query: Query) -> None:
    """Wait until a query's map is shown."""

    def is_shown() -> bool:
        shown = viewer.controller.shown
        return shown is not None and shown.answer.query == query

    viewer.qtbot.waitUntil(is_shown)
