"""The canvas: a picture, the map laid on it, and a pointer that asks about patches.

Scene coordinates are pixels of the upright picture. The map is never blown up to the
picture's size: the painter scales its few values, so a scrub costs the same whatever
the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QPixmapCache,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

from vitviewer.maps.colors import OverlayStyle, colors
from vitviewer.maps.state import Interpolation
from vitviewer.pictures.pyramid import smaller_sizes
from vitviewer.qt.canvas.map_item import MapItem
from vitviewer.qt.canvas.marks import PatchOutline, UnseenItem
from vitviewer.qt.canvas.picture_item import PictureItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry

_MARGIN = 12
_LARGEST_SCALE, _SMALLEST_SIDE = 64.0, 32.0
_BACKGROUND = "#141518"
_CACHE_KIB = 256 * 1024  # a picture and its marks on an 8K screen


class OverlayView(pg.GraphicsView):  # type: ignore[misc]
    """Show a picture and a patch map; zoom with the wheel, pan by dragging."""

    hovered = Signal(object)
    """(x, y, row, col) under the pointer; row and col are None off the patches, the
    whole is None off the picture."""
    patch_clicked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=_BACKGROUND)
        self.setAccessibleName("Picture with its attention map")
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setMinimumSize(160, 120)
        self.autoPixelRange = False
        _make_room_for_cached_items()
        self._size = QSizeF()
        self._geometry: Geometry | None = None
        self._origin = QPointF()
        self._scale = 1.0
        self._fitted = True
        self._pressed: QPoint | None = None
        self._dragging = False
        self._picture, self._input = PictureItem(), PictureItem()
        self._map, self._unseen = MapItem(), UnseenItem()
        self._query, self._hover = PatchOutline(2.0, 255), PatchOutline(1.0, 140)
        self.setCentralWidget(None)
        for item in (
            self._picture,
            self._input,
            self._unseen,
            self._map,
            self._hover,
            self._query,
        ):
            self.addItem(item)
        self._input.hide()

    # --- what is shown ----------------------------------------------------------------

    def set_picture(
        self,
        pixels: NDArray[np.uint8],
        smaller: Sequence[NDArray[np.uint8]] | None = None,
    ) -> None:
        """Show another picture, uint8 (height, width, 3), without a map.

        ``smaller`` is what `vitviewer.pictures.pyramid` makes of it, made here if not
        given.
        """
        height, width, _ = pixels.shape
        size = QSizeF(width, height)
        smaller = smaller_sizes(pixels) if smaller is None else smaller
        self._picture.set_pixels(pixels, QRectF(QPointF(), size), smaller)
        self.set_geometry(None)
        self.clear_map()
        if size != self._size:
            self._size = size
            self.fit()

    def set_geometry(self, geometry: Geometry | None) -> None:
        """Say where the patches lie; None where that is not known yet.

        A geometry of a picture of another size counts as none: better no map than a
        map in the wrong place.
        """
        if geometry is not None and self._size != QSizeF(*geometry.picture_size):
            geometry = None
        self._geometry = geometry
        self._hover.frame(None)
        self._query.frame(None)
        self.set_input(None)
        grid = seen = QRectF()
        if geometry is not None:
            x0, y0, x1, y1 = geometry.seen
            grid = QRectF(*geometry.grid_rect)
            seen = QRectF(QPointF(x0, y0), QPointF(x1, y1))
        self._map.place(grid, seen)
        self._unseen.place(QRectF(QPointF(), self._size) if geometry else grid, seen)

    def set_input(self, pixels: NDArray[np.uint8] | None) -> None:
        """Give the model's own input, uint8 (h, w, 3), after its geometry."""
        geometry = self._geometry
        rect = QRectF() if geometry is None else QRectF(*geometry.input_rect)
        self._input.set_pixels(None if geometry is None else pixels, rect)

    def show_input(self, on: bool) -> None:
        """Show the picture as the model saw it, or as it is."""
        self._input.setVisible(on)

    def set_map(self, values: NDArray[np.float32], style: OverlayStyle) -> None:
        """Paint a map, float32 (rows, cols)."""
        smooth = style.interpolation is Interpolation.SMOOTH
        self._map.set_colors(colors(values, style), smooth)

    def clear_map(self) -> None:
        """Take the map away."""
        self._map.set_colors(None, smooth=False)

    def set_overlay_visible(self, on: bool) -> None:
        """Show or hide the map and its marks."""
        for item in (self._map, self._unseen, self._query):
            item.setOpacity(1.0 if on else 0.0)

    def set_query_patch(self, patch: tuple[int, int] | None) -> None:
        """Frame the patch that is asked about; None frames nothing."""
        self._query.frame(self._patch_rect(patch))

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

    def _middle(self) -> QPointF:
        return QPointF(self._size.width() / 2, self._size.height() / 2)

    def _view_centre(self) -> QPointF:
        return QPointF(self.sceneRect().center())

    # --- the pointer ------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep a fitted picture fitted, and any other where it was."""
        if event is None:
            return  # pyqtgraph calls it without one while it sets itself up
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
        """Pan while a button is down; otherwise tell what is under the pointer."""
        position = event.position().toPoint()
        if self._pressed is None:
            self._tell(position)
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
        """End a drag, or ask about the clicked patch."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        clicked = not self._dragging
        self._pressed = None
        self.viewport().unsetCursor()
        patch = self._patch_at(event.position().toPoint())
        if clicked and patch is not None:
            self.patch_clicked.emit(*patch)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole picture again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()
        event.accept()

    def leaveEvent(self, _event: QEvent) -> None:
        """Forget the pointer."""
        self._hover.frame(None)
        self.hovered.emit(None)

    def _tell(self, position: QPoint) -> None:
        point = self.mapToScene(position)
        inside = QRectF(QPointF(), self._size).contains(point)
        patch = self._patch_at(position)
        self._hover.frame(self._patch_rect(patch))
        row, col = patch if patch is not None else (None, None)
        self.hovered.emit((point.x(), point.y(), row, col) if inside else None)

    def _patch_at(self, position: QPoint) -> tuple[int, int] | None:
        if self._geometry is None:
            return None
        point = self.mapToScene(position)
        return self._geometry.patch_at(point.x(), point.y())

    def _patch_rect(self, patch: tuple[int, int] | None) -> QRectF | None:
        if patch is None or self._geometry is None:
            return None
        return QRectF(*self._geometry.patch_rect(*patch))


def _make_room_for_cached_items() -> None:
    """Let Qt keep painted items of any screen's size.

    Its default of 10 MB is less than one window on a high-density screen: the picture
    would be painted anew, slowly, under every map.
    """
    QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), _CACHE_KIB))
