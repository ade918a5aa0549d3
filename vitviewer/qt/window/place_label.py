"""Which picture is shown: its name, its size, its place among those open, its scale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.widgets.plain import PlainLabel

DOT = " · "
GAP = "\u2003\u2002"  # what is drawn for a dot
_LEAST_OF_NAME = 8  # characters


class QuietLabel(PlainLabel):
    """A line of small quiet words; dots between facts are drawn as gaps."""

    def minimumSizeHint(self) -> QSize:
        """Ask for the height of a small line."""
        return QSize(20, QFontMetrics(font("small")).height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line, elided where it must be."""
        rect = self.contentsRect()
        flags = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        with QPainter(self) as painter:
            painter.setFont(font("small"))
            painter.setPen(color("quiet"))
            words = self._fitted(painter.fontMetrics(), rect.width())
            painter.drawText(rect, flags | Qt.TextFlag.TextSingleLine, words)

    def _fitted(self, metrics: QFontMetrics, room: int) -> str:
        words = self.text().replace(DOT, GAP)
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)


class PlaceLabel(QuietLabel):
    """One line in which a long name gives way to what stands behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._name, self._facts, self._notes = "", "", ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def show_place(self, name: str, facts: Sequence[str], notes: Sequence[str]) -> None:
        """Show a name, facts that are always seen whole, and notes if there is room."""
        self._name = " ".join(name.split())
        self._facts, self._notes = (
            "".join(DOT + " ".join(word.split()) for word in words if word)
            for words in (facts, notes)
        )
        self.setText(self._name + self._facts + self._notes)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for room for all of it."""
        metrics = QFontMetrics(font("small"))
        words = (self._name + self._facts + self._notes).replace(DOT, GAP)
        return QSize(metrics.horizontalAdvance(words) + 4, metrics.height() + 2)

    def _fitted(self, metrics: QFontMetrics, room: int) -> str:
        parts = (self._name, self._facts, self._notes)
        name, facts, notes = (words.replace(DOT, GAP) for words in parts)
        return fitted(metrics, room, name, facts, notes)


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
