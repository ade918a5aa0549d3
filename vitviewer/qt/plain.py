"""Text from files and models, shown as plain text and never wider than its place."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class PlainLabel(QLabel):
    """A label that reads no markup and elides what does not fit."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show one line of text; the whole of it is in the tooltip."""
        line = " ".join(text.split())
        super().setText(line)
        set_tooltip(self, line if len(line) > 30 else "")

    def minimumSizeHint(self) -> QSize:
        """Ask for a line's height and almost no width."""
        return QSize(20, self.fontMetrics().height() + 2)

    def sizeHint(self) -> QSize:
        """Ask for a line's height, so that long text never widens the window."""
        return self.minimumSizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line, elided at its end."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        rect = self.contentsRect()
        mode = Qt.TextElideMode.ElideRight
        text = self.fontMetrics().elidedText(self.text(), mode, rect.width())
        flags = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(rect, flags | Qt.TextFlag.TextSingleLine, text)


def set_tooltip(widget: QWidget, text: str) -> None:
    """Set a tooltip from plain text; tooltips read HTML, so it is escaped."""
    bounded = text if len(text) < 500 else text[:499] + "…"
    widget.setToolTip(f"<span>{escape(bounded)}</span>" if bounded else "")


def escape_mnemonics(text: str) -> str:
    """Double the ampersands, which menus and buttons would take for shortcuts."""
    return " ".join(text.split()).replace("&", "&&")
