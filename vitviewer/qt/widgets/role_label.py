"""A line of words of our own in a role's colour, whatever the theme."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from vitviewer.qt.looks.roles import color, font


class RoleLabel(QLabel):
    """A label that reads no markup; text of models and files has `PlainLabel`."""

    def __init__(
        self,
        text: str,
        role: str = "text",
        kind: str = "base",
        strong: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(kind, strong))
        self.setText(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the words in the colour that the role has now."""
        with QPainter(self) as painter:
            painter.setPen(color(self._role))
            painter.drawText(self.contentsRect(), int(self.alignment()), self.text())
