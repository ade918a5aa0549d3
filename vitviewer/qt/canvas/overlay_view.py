"""The canvas: a picture, the map over it, and a pointer that asks about patches.

Scene coordinates are pixels of the upright picture. The map is never blown up to the
picture's size: the painter scales its few values, so a scrub costs the same whatever
the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Signal
from PySide6.QtGui import (
    QPixmapCache,
)
from PySide6.QtWidgets import QWidget

from vitviewer.maps.colors import colors
from vitviewer.maps.contours import contours_of
from vitviewer.maps.state import Interpolation
from vitviewer.maps.style import OverlayStyle
from vitviewer.pictures.grey import grey_sizes
from vitviewer.pictures.pyramid import smaller_sizes
from vitviewer.qt.canvas.contour_item import ContourItem
from vitviewer.qt.canvas.map_item import MapItem
from vitviewer.qt.canvas.marks import PatchOutline, UnseenItem
from vitviewer.qt.canvas.picture_item import PictureItem
from vitviewer.qt.canvas.zoom_view import ZoomView

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry

_CACHE_KIB = 256 * 1024  # a picture and its marks on an 8K screen


class OverlayView(ZoomView):
    """Show a picture and a patch map, and say which patch is pointed at or clicked."""

    hovered = Signal(object)
    """(x, y, row, col) under the pointer; row and col are None off the patches, the
    whole is None off the picture."""
    patch_clicked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Picture with its attention map")
        _make_room_for_cached_items()
        self._geometry: Geometry | None = None
        self._picture, self._input = PictureItem(), PictureItem()
        self._map, self._unseen = MapItem(), UnseenItem()
        self._contours = ContourItem()
        self._style: OverlayStyle | None = None
        self._visible = True
        self._query, self._hover = PatchOutline(2.0, 255), PatchOutline(1.0, 140)
        for item in (
            self._picture,
            self._input,
            self._unseen,
            self._map,
            self._contours,
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
        grey: Sequence[NDArray[np.uint8]] | None = None,
    ) -> None:
        """Show another picture, uint8 (height, width, 3), without a map.

        ``smaller`` is what `vitviewer.pictures.pyramid` makes of it, ``grey`` what
        `vitviewer.pictures.grey` does; they are made here if not given.
        """
        height, width, _ = pixels.shape
        size = QSizeF(width, height)
        smaller = smaller_sizes(pixels) if smaller is None else smaller
        grey = grey_sizes(pixels, smaller) if grey is None else grey
        self._picture.set_pixels(pixels, QRectF(QPointF(), size), smaller, grey)
        self.set_geometry(None)
        self.clear_map()
        self.set_size(size)

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
        rows = cols = 0
        if geometry is not None:
            rows, cols = geometry.rows, geometry.cols
            x0, y0, x1, y1 = geometry.seen
            grid = QRectF(*geometry.grid_rect)
            seen = QRectF(QPointF(x0, y0), QPointF(x1, y1))
        self._map.place(grid, seen)
        self._contours.place(grid, seen, rows, cols)
        self._mute()
        self._unseen.place(QRectF(QPointF(), self._size) if geometry else grid, seen)

    def set_input(self, pixels: NDArray[np.uint8] | None) -> None:
        """Give the model's own input, uint8 (h, w, 3), after its geometry."""
        geometry = self._geometry
        rect = QRectF() if geometry is None else QRectF(*geometry.input_rect)
        self._input.set_pixels(None if geometry is None else pixels, rect)

    def show_input(self, on: bool) -> None:
        """Show the picture as the model saw it, or as it is."""
        self._input.setVisible(on)
        self._mute()

    def set_map(
        self, values: NDArray[np.float32], style: OverlayStyle, fade: bool = False
    ) -> None:
        """Paint a map, float32 (rows, cols); the one before may fade into it."""
        lines = style.interpolation is Interpolation.CONTOURS
        contours = contours_of(values, style) if lines else ()
        self._contours.set_contours(contours, style.opacity)
        smooth = style.interpolation is Interpolation.SMOOTH
        self._map.set_colors(None if lines else colors(values, style), smooth, fade)
        self._style = style
        self._mute()

    def clear_map(self) -> None:
        """Take the map away."""
        self._map.set_colors(None, smooth=False)
        self._contours.set_contours(())
        self._style = None
        self._mute()

    def set_overlay_visible(self, on: bool) -> None:
        """Show or hide the map and its marks; without it no picture is muted."""
        for item in (self._map, self._contours, self._unseen, self._query):
            item.setOpacity(1.0 if on else 0.0)
        self._visible = on
        self._mute()

    def set_query_patch(self, patch: tuple[int, int] | None) -> None:
        """Frame the patch that is asked about; None frames nothing."""
        self._query.frame(self._patch_rect(patch))

    def _mute(self) -> None:
        """Mute the picture while a map is on it, but never the model's own input."""
        style = self._style if self._visible and self._geometry else None
        wanted = style is not None and style.mutes
        self._picture.set_muted(wanted and not self._input.isVisible())

    # --- the pointer ------------------------------------------------------------------

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self._hover.frame(None)
        self.hovered.emit(None)

    def _on_pointer(self, position: QPoint) -> None:
        point = self.mapToScene(position)
        inside = QRectF(QPointF(), self._size).contains(point)
        patch = self._patch_at(position)
        self._hover.frame(self._patch_rect(patch))
        row, col = patch if patch is not None else (None, None)
        self.hovered.emit((point.x(), point.y(), row, col) if inside else None)

    def _on_click(self, position: QPoint) -> None:
        patch = self._patch_at(position)
        if patch is not None:
            self.patch_clicked.emit(*patch)

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
