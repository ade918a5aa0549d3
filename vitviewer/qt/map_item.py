"""The map on the canvas: a small image that the painter scales onto the picture."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.qt.qimage import view_as_qimage

if TYPE_CHECKING:
    from numpy.typing import NDArray


_NEAREST_SIDE = 448


class MapItem(QGraphicsItem):
    """RGBA pixels on the patch grid's rectangle, clipped to what the model saw."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._smooth = False
        self._grid = QRectF()
        self._seen = QRectF()

    def place(self, grid: QRectF, seen: QRectF) -> None:
        """Lay the map on a rectangle of the scene; paint only what was seen."""
        self.prepareGeometryChange()
        self._grid, self._seen = grid, seen

    def set_colors(self, colors: NDArray[np.uint8] | None, smooth: bool) -> None:
        """Show uint8 (h, w, 4) with straight alpha; None shows nothing."""
        form = QImage.Format.Format_ARGB32_Premultiplied
        self._image = None
        if colors is not None:
            pixels = colors if smooth else _repeated(colors)
            self._image = view_as_qimage(pixels).convertToFormat(form)
        self._smooth = smooth
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the rectangle that is painted."""
        return self._seen

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Let the painter scale the part of the image that is in view."""
        visible = self._seen
        if widget is not None:
            to_scene = painter.worldTransform().inverted()[0]
            visible = visible & to_scene.mapRect(QRectF(widget.rect()))
        if self._image is None or visible.isEmpty():
            return
        hint = QPainter.RenderHint.SmoothPixmapTransform
        painter.setRenderHint(hint, self._smooth)
        if not self._seen.contains(self._grid):
            painter.setClipRect(self._seen)
        source = self._covering(self._image, visible)
        painter.drawImage(self._to_scene(self._image, source), self._image, source)

    def _covering(self, image: QImage, visible: QRectF) -> QRect:
        """Return the image's pixels under a part of the scene, and one more around.

        Qt scales in steps of 1/65536 pixel, and their rounding adds up: over the whole
        of a large, much magnified picture, to more than a patch.
        """
        grid = self._grid
        across, down = image.width() / grid.width(), image.height() / grid.height()
        left = floor((visible.left() - grid.left()) * across) - 1
        top = floor((visible.top() - grid.top()) * down) - 1
        right = ceil((visible.right() - grid.left()) * across) + 1
        bottom = ceil((visible.bottom() - grid.top()) * down) + 1
        return QRect(left, top, right - left, bottom - top) & image.rect()

    def _to_scene(self, image: QImage, part: QRect) -> QRectF:
        """Return where a part of the image lies in the scene."""
        grid = self._grid
        width, height = grid.width() / image.width(), grid.height() / image.height()
        return QRectF(
            grid.left() + part.left() * width,
            grid.top() + part.top() * height,
            part.width() * width,
            part.height() * height,
        )


def _repeated(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarge a grid of patches, for the same reason, by a whole number."""
    factor = max(1, _NEAREST_SIDE // max(colors.shape[:2]))
    packed = np.ascontiguousarray(colors).view(np.uint32)
    packed = packed.repeat(factor, axis=0).repeat(factor, axis=1)
    result: NDArray[np.uint8] = packed.view(np.uint8)
    return result
