"""What is in the middle of the window while there is no picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

_LINES = (
    "Drop a picture here",
    "or press Ctrl+O to open one, Ctrl+V to paste one, ? for all keys",
)


class Welcome(QWidget):
    """An inviting empty canvas: a dashed frame with two lines of text."""

    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Drop a picture here")
        layout = QVBoxLayout(self)
        layout.addStretch()
        for i, line in enumerate(_LINES):
            label = QLabel(line)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            font = label.font()
            font.setPointSizeF(font.pointSizeF() * (1.0 if i else 1.7))
            label.setFont(font)
            layout.addWidget(label)
        layout.addStretch()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a dashed frame to drop into."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(QColor(self.palette().placeholderText().color()), 1.5)
            pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRoundedRect(self.rect().adjusted(24, 24, -25, -25), 12, 12)
        self.painted.emit()
