"""Why there is no map, in the middle of the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent

from vitviewer.qt.looks.roles import color
from vitviewer.qt.widgets.plain import PlainParagraph

_WIDEST, _PAD = 460, 12


class CanvasReason(PlainParagraph):
    """A quiet sentence on a plate of the canvas; hidden where there is none.

    It takes neither clicks nor drops: they are for the canvas under it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMargin(_PAD)
        self.setFixedWidth(_WIDEST)
        self.setAccessibleName("Why there is no map")
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence; empty hides it."""
        if sentence != self.text():
            self.setText(sentence)
            self.setAccessibleDescription(sentence)
        self.setVisible(bool(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lay the words on a plate, so that they can be read over a photograph."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("canvas"))
            painter.setOpacity(0.85)
            painter.drawRoundedRect(self.rect(), 6, 6)
        palette = self.palette()
        if palette.color(self.foregroundRole()) != color("quiet"):
            palette.setColor(self.foregroundRole(), color("quiet"))
            self.setPalette(palette)
        super().paintEvent(event)
