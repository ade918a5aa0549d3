"""A verdict as a sign whose shape alone tells it: disc, triangle or octagon."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitviewer.qt.looks.icons import drawn_icon
from vitviewer.qt.looks.painting import State, light
from vitviewer.trust import Verdict

STATES: dict[Verdict, State] = {
    Verdict.GREEN: "ok",
    Verdict.AMBER: "warn",
    Verdict.RED: "bad",
}
WORDS = {
    Verdict.GREEN: "Checked",
    Verdict.AMBER: "Right, but…",
    Verdict.RED: "Do not trust",
}


class VerdictBadge(QWidget):
    """Show one verdict; nothing while there is none."""

    def __init__(self, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict: Verdict | None = None
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_verdict(self, verdict: Verdict | None) -> None:
        """Show another verdict."""
        self.verdict = verdict
        self.setAccessibleName("" if verdict is None else WORDS[verdict])
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a square."""
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sign."""
        if self.verdict is not None:
            with QPainter(self) as painter:
                light(painter, QRectF(self.rect()), STATES[self.verdict])


def verdict_icon(verdict: Verdict) -> QIcon:
    """Return a verdict's sign for a button."""
    return drawn_icon(partial(_draw, verdict))


def _draw(verdict: Verdict, painter: QPainter, rect: QRect, _enabled: bool) -> None:
    light(painter, rect, STATES[verdict])
