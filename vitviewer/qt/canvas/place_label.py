"""Which picture is shown: its name, its size, and its place among those open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from vitviewer.qt.widgets.plain import PlainLabel

_DOT = " · "
_LEAST_OF_NAME = 8  # characters


class PlaceLabel(PlainLabel):
    """One line in which a long name gives way to what stands behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._name, self._facts, self._notes = "", "", ""

    def show_place(self, name: str, facts: Sequence[str], notes: Sequence[str]) -> None:
        """Show a name, facts that are always seen whole, and notes if there is room."""
        self._name = " ".join(name.split())
        self._facts, self._notes = (
            "".join(_DOT + " ".join(word.split()) for word in words if word)
            for words in (facts, notes)
        )
        self.setText(self._name + self._facts + self._notes)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line, the name shortened in its middle."""
        rect = self.contentsRect()
        words = fitted(
            self.fontMetrics(), rect.width(), self._name, self._facts, self._notes
        )
        flags = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(rect, flags | Qt.TextFlag.TextSingleLine, words)


def fitted(metrics: QFontMetrics, room: int, name: str, facts: str, notes: str) -> str:
    """Shorten a name, then notes, until both and the facts between them fit."""
    mode = Qt.TextElideMode
    width = metrics.horizontalAdvance
    rest = room - width(facts)
    least = min(width(name), width("x" * _LEAST_OF_NAME))
    for_name = max(rest - width(notes), least)
    shown = metrics.elidedText(name, mode.ElideMiddle, min(for_name, max(rest, 0)))
    notes = metrics.elidedText(notes, mode.ElideRight, max(rest - width(shown), 0))
    return metrics.elidedText(shown + facts + notes, mode.ElideRight, room)
