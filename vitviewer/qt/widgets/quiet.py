"""Small quiet words: captions, and the facts in the status bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.widgets.plain import PlainLabel

DOT = " · "
GAP = "\u2003\u2002"  # what is drawn for a dot


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

    def _needed(self) -> int:
        words = self.text().replace(DOT, GAP)
        return QFontMetrics(font("small")).horizontalAdvance(words)

    def _fitted(self, metrics: QFontMetrics, room: int) -> str:
        words = self.text().replace(DOT, GAP)
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
