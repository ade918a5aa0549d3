"""The picture on the canvas: painted once a view, from a pyramid of halved sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.pictures.grey import KEPT
from vitviewer.qt.widgets.qimage import view_as_grey, view_as_qimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MAGNIFIED = 2.0
_SMALLER = QImage.Format.Format_RGB32


class PictureItem(QGraphicsItem):
    """Pixels laid on a rectangle of the scene.

    The painted result is cached in device coordinates, so that repainting the map
    above it costs a copy, whatever the picture's size. Muted, it is painted in grey
    over its own colours, in the same cache.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pixels: list[NDArray[np.uint8]] = []  # what the levels look at
        self._levels: list[QImage] = []
        self._greys: list[tuple[NDArray[np.uint8], QImage]] = []
        self._muted = False
        self._rect = QRectF()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_pixels(
        self,
        pixels: NDArray[np.uint8] | None,
        rect: QRectF,
        smaller: Sequence[NDArray[np.uint8]] = (),
        grey: Sequence[NDArray[np.uint8]] = (),
    ) -> None:
        """Show uint8 (height, width, 3) on a rectangle of the scene; None is empty.

        ``smaller`` are the same at half, quarter ... of the size, as
        `vitviewer.pictures.pyramid` makes them, and ``grey`` all sizes in grey.
        """
        self.prepareGeometryChange()
        self._levels, self._pixels = [], []
        self._greys = [(level, view_as_grey(level)) for level in grey]
        if pixels is not None:
            self._pixels = [np.ascontiguousarray(pixels), *smaller]
            self._levels = [view_as_qimage(level, _SMALLER) for level in self._pixels]
        self._rect = rect
        self.update()

    def set_muted(self, on: bool) -> None:
        """Paint it with most of its colour taken away, or as it is."""
        if on != self._muted:
            self._muted = on
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
        number = 0
        for larger, smaller in enumerate(self._levels[1:]):
            if smaller.width() < device_width:
                break
            number = larger + 1
        smooth = device_width < _MAGNIFIED * self._levels[0].width()
        hint = QPainter.RenderHint.SmoothPixmapTransform
        painter.setRenderHint(hint, smooth)
        painter.drawImage(self._rect, self._levels[number])
        if self._muted and self._greys:
            painter.setOpacity(painter.opacity() * (1.0 - KEPT))
            painter.drawImage(self._rect, self._greys[number][1])
