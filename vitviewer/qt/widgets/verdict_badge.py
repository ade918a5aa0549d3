"""A verdict as a coloured disc with a symbol, so that shape alone tells it apart."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitviewer.trust import Verdict

SYMBOLS = {Verdict.GREEN: "✓", Verdict.AMBER: "!", Verdict.RED: "✕"}
WORDS = {
    Verdict.GREEN: "Checked",
    Verdict.AMBER: "Right, but…",
    Verdict.RED: "Do not trust",
}
# Each stands out from the dark window, the light one and its own white symbol.
COLORS = {
    Verdict.GREEN: "#2b8f52",
    Verdict.AMBER: "#b5750c",
    Verdict.RED: "#e0484f",
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
        """Paint the disc."""
        if self.verdict is not None:
            with QPainter(self) as painter:
                paint_badge(painter, QRectF(self.rect()), self.verdict)


def paint_badge(painter: QPainter, rect: QRectF, verdict: Verdict) -> None:
    """Paint a verdict's disc into a square."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(COLORS[verdict]))
    painter.drawEllipse(rect)
    font = painter.font()
    font.setPixelSize(max(round(rect.height() * 0.75), 6))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, SYMBOLS[verdict])


def badge_pixmap(verdict: Verdict, size: int, ratio: float) -> QPixmap:
    """Return a verdict's disc as a picture, sharp on a dense screen too."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        paint_badge(painter, QRectF(0, 0, size, size), verdict)
    return pixmap
