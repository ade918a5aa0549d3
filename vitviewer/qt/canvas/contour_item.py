"""Contours on the canvas: lines of the same width whatever the zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vitviewer.maps.contours import CASING, CASING_ALPHA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitviewer.maps.contours import Contour


class ContourItem(QGraphicsItem):
    """Contours of a map on the patch grid's rectangle, clipped to what was seen."""

    def __init__(self) -> None:
        super().__init__()
        self._paths: list[tuple[QPainterPath, QPen, QPen]] = []
        self._grid, self._seen = QRectF(), QRectF()
        self._to_grid = QTransform()

    def place(self, grid: QRectF, seen: QRectF, rows: int, cols: int) -> None:
        """Place rows and columns of patches on a rectangle of the scene."""
        self.prepareGeometryChange()
        self._grid, self._seen = grid, seen
        self._to_grid = QTransform.fromTranslate(grid.left(), grid.top())
        self._to_grid.scale(grid.width() / max(cols, 1), grid.height() / max(rows, 1))

    def set_contours(self, contours: Sequence[Contour], opacity: float = 1.0) -> None:
        """Show these lines; none shows nothing."""
        self._paths = []
        for contour in contours:
            path = QPainterPath()
            for line in contour.lines:
                path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
            dark = _pen((0, 0, 0), CASING_ALPHA * opacity, contour.width + CASING)
            light = _pen(contour.color, opacity, contour.width)
            self._paths.append((path, dark, light))
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
        """Draw each line over its dark casing."""
        if not self._paths or self._seen.isEmpty():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setClipRect(self._seen)
        for path, *pens in self._paths:
            placed = self._to_grid.map(path)
            for pen in pens:
                painter.strokePath(placed, pen)


def _pen(color: tuple[int, int, int], alpha: float, width: float) -> QPen:
    shade = QColor(*color)
    shade.setAlphaF(alpha)
    pen = QPen(shade, width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
