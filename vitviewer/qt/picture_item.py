"""The picture on the canvas: painted once a view, from a pyramid of halved sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.qt.qimage import view_as_qimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL = 512
_MAGNIFIED = 2.0
_STRIP = 256


class PictureItem(QGraphicsItem):
    """Pixels laid on a rectangle of the scene.

    The painted result is cached in device coordinates, so that repainting the map
    above it costs a copy, whatever the picture's size.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pixels = np.zeros((0, 0, 3), dtype=np.uint8)
        self._levels: list[QImage] = []
        self._rect = QRectF()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_pixels(self, pixels: NDArray[np.uint8] | None, rect: QRectF) -> None:
        """Show uint8 (height, width, 3) on a rectangle of the scene; None is empty."""
        self.prepareGeometryChange()
        self._levels = []
        if pixels is not None:
            self._pixels = np.ascontiguousarray(pixels)  # level 0 looks at it
            self._levels = _pyramid(self._pixels)
        self._rect = rect
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the rectangle that is painted."""
        return self._rect

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Paint from the smallest level that has enough pixels."""
        if not self._levels:
            return
        device_width = painter.deviceTransform().mapRect(self._rect).width()
        level = self._levels[0]
        for smaller in self._levels[1:]:
            if smaller.width() < device_width:
                break
            level = smaller
        smooth = device_width < _MAGNIFIED * self._levels[0].width()
        hint = QPainter.RenderHint.SmoothPixmapTransform
        painter.setRenderHint(hint, smooth)
        painter.drawImage(self._rect, level)


def _pyramid(pixels: NDArray[np.uint8]) -> list[QImage]:
    """Return the picture at full, half, quarter ... size."""
    levels = [view_as_qimage(pixels)]
    while min(pixels.shape[:2]) >= 2 * _SMALL:
        pixels = _halved(pixels)
        # Qt scales 32-bit pixels faster; at full size they would cost a copy.
        small = view_as_qimage(pixels).convertToFormat(QImage.Format.Format_RGB32)
        levels.append(small)
    return levels


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Average 2 × 2 pixels, in strips: a whole copy in Pillow would cost more."""
    height, width, _ = pixels.shape
    result = np.empty((-(-height // 2), -(-width // 2), 3), dtype=np.uint8)
    for top in range(0, height, _STRIP):
        strip = Image.fromarray(pixels[top : top + _STRIP]).reduce(2)
        result[top // 2 : (top + _STRIP) // 2] = np.asarray(strip)
    return result
