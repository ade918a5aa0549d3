"""The map on the canvas: a small image that the painter scales onto the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.qt.widgets.qimage import view_as_qimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORM = QImage.Format.Format_ARGB32_Premultiplied
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
        """Place the map on a rectangle of the scene; paint only what was seen."""
        self.prepareGeometryChange()
        self._grid, self._seen = grid, seen

    def set_colors(self, colors: NDArray[np.uint8] | None, smooth: bool) -> None:
        """Show uint8 (h, w, 4) with straight alpha; None shows nothing."""
        self._image = None
        if colors is not None:
            image = view_as_qimage(colors).convertToFormat(_FORM)
            self._image = image if smooth else _repeated(image)
        self._smooth = smooth
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the rectangle that is painted."""
        return self._seen

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Let the painter scale the image."""
        if self._image is None or self._seen.isEmpty():
            return
        hint = QPainter.RenderHint.SmoothPixmapTransform
        painter.setRenderHint(hint, self._smooth)
        if not self._seen.contains(self._grid):
            painter.setClipRect(self._seen)
        painter.drawImage(self._grid, self._image)


def _repeated(image: QImage) -> QImage:
    """Enlarge a grid of patches by a whole number.

    Qt scales in steps of 1/65536 of an image's pixel, and over a few large pixels the
    rounding adds up: to 20 pixels of the screen for a grid of 7 × 7. (`QImage.scaled`
    rounds in the same way.)
    """
    factor = max(1, _NEAREST_SIDE // max(image.width(), image.height()))
    grid = np.frombuffer(image.constBits(), np.uint32)
    grid = grid.reshape(image.height(), image.width())
    pixels = grid.repeat(factor, axis=0).repeat(factor, axis=1)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, _FORM).copy()
