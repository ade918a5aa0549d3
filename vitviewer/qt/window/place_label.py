"""Which picture is shown: its name, its size, its place among those open, its scale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QSizePolicy

from vitviewer.qt.looks.roles import font
from vitviewer.qt.widgets.quiet import DOT, GAP, QuietLabel

_LEAST_OF_NAME = 8  # characters


class PlaceLabel(QuietLabel):
    """One line in which a long name gives way to what stands behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._name, self._facts, self._notes = "", "", ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Maximum, policy.Fixed)

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
