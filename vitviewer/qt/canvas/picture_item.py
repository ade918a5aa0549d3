"""The picture on the canvas: painted once a view, from a pyramid of halved sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.qt.widgets.qimage import view_as_qimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MAGNIFIED = 2.0
_SMALLER = QImage.Format.Format_RGB32


class PictureItem(QGraphicsItem):
    """Pixels laid on a rectangle of the scene.

    The painted result is cached in device coordinates, so that repainting the map
    above it costs a copy, whatever the picture's size.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pixels: list[NDArray[np.uint8]] = []  # what the levels look at
        self._levels: list[QImage] = []
        self._rect = QRectF()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_pixels(
        self,
        pixels: NDArray[np.uint8] | None,
        rect: QRectF,
        smaller: Sequence[NDArray[np.uint8]] = (),
    ) -> None:
        """Show uint8 (height, width, 3) on a rectangle of the scene; None is empty.

        ``smaller`` are the same at half, quarter ... of the size, as
        `vitviewer.pictures.pyramid` makes them.
        """
        self.prepareGeometryChange()
        self._levels, self._pixels = [], []
        if pixels is not None:
            self._pixels = [np.ascontiguousarray(pixels), *smaller]
            self._levels = [view_as_qimage(level, _SMALLER) for level in self._pixels]
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
