"""The names of the layers: over their blocks, or beside the rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from vitviewer.qt.looks.roles import color, font

if TYPE_CHECKING:
    from vitviewer.maps.mosaic import Plan

ABOVE, BESIDE = 5, 8
"""What is free beside a name: over a block and its name, or between name and row."""
_BELOW, _APART = 2, 4


class Labels:
    """Write as many of the names as have room; those of shown layers always.

    Parameters
    ----------
    plan : Plan
    ratio : float
        Device pixels in a pixel.
    table : bool
        Whether layers run down.
    """

    def __init__(self, plan: Plan, ratio: float, table: bool) -> None:
        self._plan, self._ratio, self._table = plan, ratio, table
        self._metrics = QFontMetrics(font("small", strong=True))

    def paint(self, painter: QPainter, shown: slice) -> None:
        """Write the names, those of the shown layers bold."""
        every = self._every()
        for layer in range(self._plan.tiling.layers):
            current = shown.start <= layer < shown.stop
            near = shown.start - every < layer < shown.stop - 1 + every
            if not current and (layer % every or (near and every > 1)):
                continue
            painter.setFont(font("small", strong=current))
            painter.setPen(color("text" if current else "quiet"))
            across = Qt.AlignmentFlag.AlignRight if self._table else Qt.AlignmentFlag(0)
            flags = int(across | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(self._place(layer), flags, self._text(layer))

    def _place(self, layer: int) -> QRectF:
        x, y, _, height = (part / self._ratio for part in self._plan.rect_of(layer, 0))
        line = self._metrics.height()
        if self._table:
            return QRectF(0, y + (height - line) / 2, x - BESIDE / 2, line)
        wide = self._metrics.horizontalAdvance(f"Layer {layer + 1}") + _APART
        return QRectF(x, y - line - _BELOW, wide, line)

    def _text(self, layer: int) -> str:
        """Return "Layer 1" where there is room for the word, and numbers elsewhere."""
        number = str(layer + 1)
        word = f"Layer {number}"
        has_room = self._metrics.horizontalAdvance(word) + _APART < self._pitch()
        return word if layer == 0 and not self._table and has_room else number

    def _every(self) -> int:
        """Return of how many layers one is named, so that no name covers another."""
        widest = self._metrics.horizontalAdvance(str(self._plan.tiling.layers))
        needed = self._metrics.height() if self._table else widest + _APART
        return max(1, -int(-needed // max(self._pitch(), 1.0)))

    def _pitch(self) -> float:
        """Return how far apart two layers' names are."""
        plan = self._plan
        if plan.tiling.layers == 1 or (plan.blocks == 1 and not self._table):
            return float("inf")
        first, second = plan.rect_of(0, 0), plan.rect_of(1, 0)
        axis = 1 if self._table else 0
        return (second[axis] - first[axis]) / self._ratio
