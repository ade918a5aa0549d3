"""One sentence for the user, above the picture: never modal, never in the way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

_LONGEST = 400


class NoticeBar(QFrame):
    """A dismissible line; a new notice replaces the old one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setAccessibleName("Notice")
        selectable = Qt.TextInteractionFlag.TextSelectableByMouse
        self.label.setTextInteractionFlags(selectable)
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName("Dismiss the notice")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.addWidget(self.label, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setStyleSheet(
            "#notice { background: #5a3b12; border: 1px solid #b9812f; }"
            "#notice QLabel, #notice QToolButton { color: #fff3df; }"
        )
        self.hide()

    def show_notice(self, sentence: str) -> None:
        """Show a sentence as plain text, bounded in length."""
        line = " ".join(sentence.split())
        self.label.setText(
            line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
        )
        self.label.setMinimumHeight(QFontMetrics(self.label.font()).height())
        self.show()
