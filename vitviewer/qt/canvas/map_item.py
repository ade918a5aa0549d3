"""The map on the canvas: a small image that the painter scales onto the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QVariantAnimation
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.qt.widgets.qimage import view_as_qimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORM = QImage.Format.Format_ARGB32_Premultiplied
_NEAREST_SIDE = 448
FADE_MS = 120


class MapItem(QGraphicsItem):
    """RGBA pixels on the patch grid's rectangle, clipped to what the model saw."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._before: tuple[QImage, bool] | None = None
        self._smooth = False
        self._fade = QVariantAnimation()
        self._fade.setDuration(FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.valueChanged.connect(self._on_fade)
        self._fade.finished.connect(self._forget_before)
        self._grid = QRectF()
        self._seen = QRectF()

    def place(self, grid: QRectF, seen: QRectF) -> None:
        """Place the map on a rectangle of the scene; paint only what was seen."""
        self.prepareGeometryChange()
        self._grid, self._seen = grid, seen

    def set_colors(
        self, colors: NDArray[np.uint8] | None, smooth: bool, fade: bool = False
    ) -> None:
        """Show uint8 (h, w, 4) with straight alpha; None shows nothing.

        What was shown may fade into it, for `FADE_MS`.
        """
        self._fade.stop()
        self._forget_before()
        if fade and self._image is not None and colors is not None:
            self._before = (self._image, self._smooth)
            self._fade.start()
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
        if not self._seen.contains(self._grid):
            painter.setClipRect(self._seen)
        if self._before is None:
            self._draw(painter, self._image, self._smooth)
            return
        part, opacity = float(self._fade.currentValue()), painter.opacity()
        painter.setOpacity(opacity * (1.0 - part))
        self._draw(painter, *self._before)
        painter.setOpacity(opacity * part)
        self._draw(painter, self._image, self._smooth)

    def _draw(self, painter: QPainter, image: QImage, smooth: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(self._grid, image)

    def _on_fade(self, _part: object) -> None:
        self.update()

    def _forget_before(self) -> None:
        if self._before is not None:
            self._before = None
            self.update()


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
