"""A view that shows one picture: fitted, zoomed with the wheel, panned by dragging.

Scene coordinates are pixels of the upright picture.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

_MARGIN = 12
_LARGEST_SCALE, _SMALLEST_SIDE = 64.0, 32.0
_BACKGROUND = "#141518"


class ZoomView(pg.GraphicsView):  # type: ignore[misc]
    """Keep the place and scale of a picture; subclasses hear of pointer and clicks."""

    modifiers_told = Signal(object)
    """Which modifier keys are held, with each move of the pointer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=_BACKGROUND)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setMinimumSize(160, 120)
        self.autoPixelRange = False
        self.setCentralWidget(None)
        self._size = QSizeF()
        self._origin = QPointF()
        self._scale = 1.0
        self._fitted = True
        self._pointer: QPoint | None = None
        self._pressed: QPoint | None = None
        self._dragging = False

    def _on_pointer(self, position: QPoint) -> None:
        """Hear where the pointer is, in viewport pixels, while nothing is dragged.

        It has moved, or the picture has below it.
        """

    def _on_click(self, position: QPoint) -> None:
        """Hear of a click, in pixels of the viewport."""

    def set_size(self, size: QSizeF) -> None:
        """Say how large the picture is; one of another size is fitted."""
        if size != self._size:
            self._size = size
            self.fit()

    # --- where it is looked at --------------------------------------------------------

    def fit(self) -> None:
        """Show the whole picture."""
        self._fitted = True
        room = self.viewport().size()
        if self._size.isEmpty() or room.isEmpty():
            return
        width = max(room.width() - 2 * _MARGIN, 1)
        height = max(room.height() - 2 * _MARGIN, 1)
        scale = min(width / self._size.width(), height / self._size.height())
        self._look_at(self._middle(), scale)

    def zoom_to_actual(self) -> None:
        """Show one picture pixel on one screen pixel."""
        self._fitted = False
        self._look_at(self._view_centre(), 1.0 / self.devicePixelRatioF())

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Zoom about a point of the viewport, its middle by default."""
        self._fitted = False
        room = self.viewport().rect()
        at = room.center() if at is None else at
        fixed = self.mapToScene(at)
        smallest = _SMALLEST_SIDE / max(self._size.width(), self._size.height(), 1.0)
        scale = min(max(self._scale * factor, smallest), _LARGEST_SCALE)
        to_middle = QPointF(room.width() / 2, room.height() / 2) - QPointF(at)
        self._look_at(fixed + to_middle / scale, scale)

    def to_viewport(self, x: float, y: float) -> QPoint:
        """Return the viewport pixel that shows a point of the picture."""
        return QPoint(self.mapFromScene(QPointF(x, y)))

    def _look_at(self, centre: QPointF, scale: float) -> None:
        """Show a point in the middle; some of the picture always stays in view."""
        room = self.viewport().size()
        self._scale = scale
        extent = QPointF(room.width(), room.height()) / scale
        centre = QPointF(
            min(max(centre.x(), 0.0), self._size.width()),
            min(max(centre.y(), 0.0), self._size.height()),
        )
        self._origin = centre - extent / 2
        self.setSceneRect(QRectF(self._origin, QSizeF(extent.x(), extent.y())))
        self.setTransform(QTransform.fromScale(scale, scale))
        if self._pointer is not None and self._pressed is None:
            self._on_pointer(self._pointer)

    def _middle(self) -> QPointF:
        return QPointF(self._size.width() / 2, self._size.height() / 2)

    def _view_centre(self) -> QPointF:
        return QPointF(self.sceneRect().center())

    # --- the mouse --------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep a fitted picture fitted, and any other where it was."""
        if event is None or self.closed:
            return  # pyqtgraph sets itself up, or has taken its scene down already
        QGraphicsView.resizeEvent(self, event)
        if self._fitted:
            self.fit()
        else:
            self._look_at(self._view_centre(), self._scale)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        at = event.position().toPoint()
        self.zoom_by(1.0015 ** event.angleDelta().y(), at)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position().toPoint(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while a button is down; otherwise follow the pointer."""
        position = event.position().toPoint()
        self._pointer = position
        self.modifiers_told.emit(event.modifiers())
        if self._pressed is None:
            self._on_pointer(position)
            return
        moved = position - self._pressed
        far = moved.manhattanLength() >= QApplication.startDragDistance()
        if self._dragging or far:
            self._dragging, self._fitted = True, False
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self._look_at(
                self._view_centre() - QPointF(moved) / self._scale, self._scale
            )
            self._pressed = position

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; what was none is a click."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        clicked = not self._dragging
        self._pressed = None
        self.viewport().unsetCursor()
        if clicked:
            self._on_click(event.position().toPoint())

    def leaveEvent(self, _event: QEvent) -> None:
        """Forget the pointer."""
        self._pointer = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole picture again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()
        event.accept()
