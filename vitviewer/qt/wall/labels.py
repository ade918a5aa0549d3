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
        self._plain, self._bold = font("small"), font("small", strong=True)
        metrics = QFontMetrics(self._bold)
        self._line = metrics.height()
        self._word = metrics.horizontalAdvance("Layer 1") + _APART
        self._number = metrics.horizontalAdvance(str(plan.tiling.layers)) + _APART
        self._pitch = self._measured_pitch()

    def paint(self, painter: QPainter, shown: slice) -> None:
        """Write the names, those of the shown layers bold."""
        every = self._every()
        across = Qt.AlignmentFlag.AlignRight if self._table else Qt.AlignmentFlag(0)
        flags = int(across | Qt.AlignmentFlag.AlignVCenter)
        for current, role, chosen in (
            (False, "quiet", self._plain),
            (True, "text", self._bold),
        ):
            painter.setFont(chosen)
            painter.setPen(color(role))
            for layer in range(self._plan.tiling.layers):
                is_current = shown.start <= layer < shown.stop
                if is_current is current and (
                    current or self._fits(layer, shown, every)
                ):
                    painter.drawText(self._place(layer), flags, self._text(layer))

    def _fits(self, layer: int, shown: slice, every: int) -> bool:
        """Tell whether a layer that is not shown has room for its name."""
        near = shown.start - every < layer < shown.stop - 1 + every
        return layer % every == 0 and not (near and every > 1)

    def _place(self, layer: int) -> QRectF:
        x, y, _, height = (part / self._ratio for part in self._plan.rect_of(layer, 0))
        if self._table:
            top = y + (height - self._line) / 2
            return QRectF(0, top, x - BESIDE / 2, self._line)
        wide = max(self._word, self._number)
        return QRectF(x, y - self._line - _BELOW, wide, self._line)

    def _text(self, layer: int) -> str:
        """Return "Layer 1" where there is room for the word, and numbers elsewhere."""
        has_room = layer == 0 and not self._table and self._word < self._pitch
        return f"Layer {layer + 1}" if has_room else str(layer + 1)

    def _every(self) -> int:
        """Return of how many layers one is named, so that no name covers another."""
        needed = self._line if self._table else self._number
        return max(1, -int(-needed // max(self._pitch, 1.0)))

    def _measured_pitch(self) -> float:
        """Return how far apart two layers' names are."""
        plan = self._plan
        if plan.tiling.layers == 1 or (plan.blocks == 1 and not self._table):
            return float("inf")
        first, second = plan.rect_of(0, 0), plan.rect_of(1, 0)
        axis = 1 if self._table else 0
        return (second[axis] - first[axis]) / self._ratio
