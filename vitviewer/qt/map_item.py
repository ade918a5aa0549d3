"""The map on the canvas: a small image that the painter scales onto the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.qt.qimage import to_qimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
        self._image = (
            None if colors is None else to_qimage(colors).convertToFormat(form)
        )
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
        if self._image is None:
            return
        hint = QPainter.RenderHint.SmoothPixmapTransform
        painter.setRenderHint(hint, self._smooth)
        if not self._seen.contains(self._grid):
            painter.setClipRect(self._seen)
        painter.drawImage(self._grid, self._image)
