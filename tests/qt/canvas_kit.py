"""What the tests of the canvas share: showing, grabbing, and mapping back."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.painting import hot_patch
from tests.qt.window_kit import grab
from vitviewer.maps.state import Interpolation
from vitviewer.qt.canvas.overlay_view import OverlayView

SMOOTH, NEAREST = Interpolation.SMOOTH, Interpolation.NEAREST
LEFT = Qt.MouseButton.LeftButton


def make_view(qtbot) -> OverlayView:
    """Show an empty canvas."""
    view = OverlayView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    qtbot.waitExposed(view)
    return view


def grey(geometry, level=90) -> np.ndarray:
    """Return an even picture for a geometry."""
    width, height = geometry.picture_size
    return np.full((height, width, 3), level, dtype=np.uint8)


def shown(view) -> np.ndarray:
    return grab(view.viewport())


def show(view, geometry, patch, chosen, pixels=None):
    view.set_picture(grey(geometry) if pixels is None else pixels)
    view.set_geometry(geometry)
    view.set_map(hot_patch(geometry, patch), chosen)


def zoom_to(view, point, scale) -> QPoint:
    """Zoom in on a point of the picture; return where it is shown."""
    while view.transform().m11() < scale - 1e-9:
        factor = min(2.0, scale / view.transform().m11())
        view.zoom_by(factor, view.to_viewport(*point))
    return view.to_viewport(*point)


def to_picture(view, box):
    """Map the edges of a box of viewport pixels back to picture pixels."""
    transform = view.viewportTransform().inverted()[0]
    x0, y0 = transform.map(box[0], box[1])
    x1, y1 = transform.map(box[2], box[3])
    return x0, y0, x1, y1


def clipped(geometry, patch):
    x, y, w, h = geometry.patch_rect(*patch)
    x0, y0, x1, y1 = geometry.seen
    return max(x, x0), max(y, y0), min(x + w, x1), min(y + h, y1)


def in_sight(view, geometry, patch):
    """Return the part of a patch that was seen and that the viewport shows."""
    room = view.viewport().rect()
    shown_box = to_picture(view, (0, 0, room.width(), room.height()))
    box = clipped(geometry, patch)
    low = [max(a, b) for a, b in zip(box[:2], shown_box[:2], strict=True)]
    high = [min(a, b) for a, b in zip(box[2:], shown_box[2:], strict=True)]
    return (*low, *high)


def send(view, kind, point, button=LEFT):
    """Send a mouse event to the viewport."""
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else button
    spot = QPointF(point)
    place = view.viewport().mapToGlobal(spot)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        view.viewport(), QMouseEvent(kind, spot, place, button, held, none)
    )


def wheel(view, point, steps):
    position = QPointF(point)
    event = QWheelEvent(
        position,
        view.viewport().mapToGlobal(position),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
