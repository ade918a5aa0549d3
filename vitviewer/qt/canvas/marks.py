"""Marks on the canvas: what the model never saw, and outlines of patches."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.maps.compose import DIMMED, HATCH_ALPHA

_DIM = QColor(0, 0, 0, round(255 * (1 - DIMMED)))
_HATCH = QColor(255, 255, 255, HATCH_ALPHA)


class UnseenItem(QGraphicsItem):
    """Dim and hatch the picture around the rectangle that the model saw."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QRectF()
        self._bands: list[QRectF] = []
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def place(self, picture: QRectF, seen: QRectF) -> None:
        """Cover the picture but for the seen rectangle; empty ones cover nothing."""
        self.prepareGeometryChange()
        self._picture = picture
        p, s = picture, seen
        bands = [
            QRectF(p.left(), p.top(), p.width(), s.top() - p.top()),
            QRectF(p.left(), s.bottom(), p.width(), p.bottom() - s.bottom()),
            QRectF(p.left(), s.top(), s.left() - p.left(), s.height()),
            QRectF(s.right(), s.top(), p.right() - s.right(), s.height()),
        ]
        self._bands = [b for b in bands if b.width() > 1e-6 and b.height() > 1e-6]
        self.setVisible(bool(self._bands))
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the rectangle that is painted."""
        return self._picture

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Paint the bands; the hatch keeps its size on the screen."""
        hatch = QBrush(_HATCH, Qt.BrushStyle.BDiagPattern)
        hatch.setTransform(painter.worldTransform().inverted()[0])
        for band in self._bands:
            painter.fillRect(band, _DIM)
            painter.fillRect(band, hatch)


class PatchOutline(QGraphicsItem):
    """A frame around one patch, seen on any background: light within dark."""

    def __init__(self, width: float, alpha: int) -> None:
        super().__init__()
        self._rect = QRectF()
        self._pens = []
        for color, extra in ((QColor(0, 0, 0, alpha), 2.0), (QColor("white"), 0.0)):
            color.setAlpha(alpha)
            pen = QPen(color, width + extra)
            pen.setCosmetic(True)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            self._pens.append(pen)
        self.hide()

    def frame(self, rect: QRectF | None) -> None:
        """Frame a rectangle of the scene; None frames nothing."""
        self.prepareGeometryChange()
        self._rect = rect or QRectF()
        self.setVisible(rect is not None)

    def boundingRect(self) -> QRectF:
        """Return the frame with room for its lines, down to patches of a pixel."""
        margin = 2.0 * max(self._rect.width(), self._rect.height())
        return self._rect.adjusted(-margin, -margin, margin, margin)

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the dark line, then the light one on it."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in self._pens:
            painter.setPen(pen)
            painter.drawRect(self._rect)
