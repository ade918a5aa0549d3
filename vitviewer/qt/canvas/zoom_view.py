"""A view that shows one picture: fitted, zoomed with the wheel, panned by dragging.

Scene coordinates are pixels of the upright picture.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

from vitviewer.qt.looks.roles import color

_LARGEST_SCALE, _SMALLEST_SIDE = 64.0, 32.0
_BEYOND_FIT = 4.0  # a tiny picture is fitted at a large scale, and can be enlarged yet
_ZOOM_A_DEGREE = 1.0015  # of an eighth of a degree, Qt's unit: a notch has 120
_MOST_A_TURN = 1200.0
_PIXEL = 2  # a notch scrolls about 60 pixels elsewhere


def wheel_turn(event: QWheelEvent) -> QPointF:
    """Return how far a wheel turned, across and down, in eighths of a degree.

    Wheels of high resolution tell of parts of a notch, some touchpads of pixels alone,
    and the ends of a scroll of nothing at all.
    """
    turned = event.angleDelta()
    if turned.isNull():
        turned = event.pixelDelta() * _PIXEL
    bounded = (
        min(max(float(d), -_MOST_A_TURN), _MOST_A_TURN) for d in turned.toTuple()
    )
    return QPointF(*bounded)


class ZoomView(pg.GraphicsView):  # type: ignore[misc]
    """Keep the place and scale of a picture; subclasses hear of pointer and clicks."""

    modifiers_told = Signal(object)
    """Which modifier keys are held, with each move of the pointer."""

    zoomed = Signal()
    """The scale is another one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        # A ground that is kept would be the last theme's.
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setMinimumSize(160, 120)
        self.autoPixelRange = False
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # themes change it
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

    def paint_now(self) -> None:
        """Paint what has changed here before the event loop gets to anything else."""
        # First the scene tells the view what has changed, then the window paints it.
        QCoreApplication.sendPostedEvents(self.scene(), QEvent.Type.MetaCall)
        QCoreApplication.sendPostedEvents(self.window(), QEvent.Type.UpdateRequest)

    # --- where it is looked at --------------------------------------------------------

    def fit(self) -> None:
        """Show the whole picture."""
        self._fitted = True
        if not (self._size.isEmpty() or self.viewport().size().isEmpty()):
            self._look_at(self._middle(), self._fitting_scale())

    def _fitting_scale(self) -> float:
        room = self.viewport().size()
        width, height = max(room.width(), 1), max(room.height(), 1)
        return float(min(width / self._size.width(), height / self._size.height()))

    def zoom_to_actual(self) -> None:
        """Show one picture pixel on one screen pixel."""
        self._fitted = False
        self._look_at(self._view_centre(), self._actual_scale())

    def _actual_scale(self) -> float:
        return float(1.0 / self.devicePixelRatioF())

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Zoom about a point of the viewport, its middle by default.

        At a limit nothing moves; in never makes the picture smaller, nor out larger.
        """
        smallest, largest = self._limits()
        wanted = self._scale * factor
        scale = min(wanted, max(largest, self._scale))
        scale = max(scale, min(smallest, self._scale))
        if self._size.isEmpty() or scale == self._scale:
            return
        self._fitted = False
        room = self.viewport().rect()
        at = room.center() if at is None else at
        fixed = self.mapToScene(at)
        to_middle = QPointF(room.width() / 2, room.height() / 2) - QPointF(at)
        self._look_at(fixed + to_middle / scale, scale)

    def _limits(self) -> tuple[float, float]:
        """Return the smallest and the largest scale; fit and actual size are within."""
        if self._size.isEmpty():
            return self._scale, self._scale
        fitting, actual = self._fitting_scale(), self._actual_scale()
        few = _SMALLEST_SIDE / max(self._size.width(), self._size.height())
        return min(few, fitting, actual), max(_LARGEST_SCALE, _BEYOND_FIT * fitting)

    def to_viewport(self, x: float, y: float) -> QPoint:
        """Return the viewport pixel that shows a point of the picture."""
        return QPoint(self.mapFromScene(QPointF(x, y)))

    def _look_at(self, centre: QPointF, scale: float) -> None:
        """Show a point in the middle; some of the picture always stays in view."""
        room = self.viewport().size()
        is_other, self._scale = scale != self._scale, scale
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
        if is_other:
            self.zoomed.emit()

    @property
    def percent(self) -> int:
        """How large a picture pixel is drawn, in per cent of a screen's pixel."""
        return round(100 * self._scale / self._actual_scale())

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Fill what is around the picture, in the theme of now."""
        painter.fillRect(rect, color("canvas"))

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
        """Zoom at the pointer; pan with a wheel, or two fingers, that go sideways."""
        event.accept()
        if event.phase() == Qt.ScrollPhase.ScrollMomentum:
            return  # the fingers have left the touchpad
        turned = wheel_turn(event)
        if abs(turned.x()) > abs(turned.y()):
            self._pan(QPointF(turned.x(), 0.0))
        elif turned.y():
            self.zoom_by(_ZOOM_A_DEGREE ** turned.y(), event.position().toPoint())

    def viewportEvent(self, event: QEvent) -> bool:
        """Zoom with two fingers that are spread or pinched."""
        if isinstance(event, QNativeGestureEvent) and (
            event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            factor = min(max(1.0 + event.value(), 0.5), 2.0)
            self.zoom_by(factor, event.position().toPoint())
            return True
        return bool(super().viewportEvent(event))

    def _pan(self, by: QPointF) -> None:
        """Move the picture by some pixels of the viewport."""
        if not self._size.isEmpty():
            self._fitted = False
            self._look_at(self._view_centre() - by / self._scale, self._scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position().toPoint(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while a button is down; otherwise follow the pointer."""
        position = event.position().toPoint()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._let_go()  # somewhere else: a dialog has taken the release
        self._pointer = position
        self.modifiers_told.emit(event.modifiers())
        if self._pressed is None:
            self._on_pointer(position)
            return
        moved = position - self._pressed
        far = moved.manhattanLength() >= QApplication.startDragDistance()
        if self._dragging or far:
            self._dragging = True
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pan(QPointF(moved))
            self._pressed = position

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; what was none is a click."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        clicked = not self._dragging
        self._let_go()
        if clicked:
            self._on_click(event.position().toPoint())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a drag with the focus."""
        self._let_go()
        super().focusOutEvent(event)

    def _let_go(self) -> None:
        """Hold the picture no longer."""
        if self._pressed is not None:
            self._pressed, self._dragging = None, False
            self.viewport().unsetCursor()

    def leaveEvent(self, _event: QEvent) -> None:
        """Forget the pointer."""
        self._pointer = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole picture again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()
        event.accept()
