"""One sentence for the user, above the picture: never modal, never in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from vitviewer.qt.widgets.plain import PlainParagraph
from vitviewer.text import one_line

_LONGEST = 400


@dataclass(frozen=True)
class Offer:
    """What a notice lets one do: a button's words, and what it does."""

    words: str
    call: Callable[[], object]


class NoticeBar(QFrame):
    """A dismissible line; a new notice replaces the old one.

    A notice with an offer stays until it is dismissed or replaced; one without goes
    with the picture or the model that it was about.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.label = PlainParagraph()
        self.label.setAccessibleName("Notice")
        self._offer: Offer | None = None
        self.button = QToolButton()
        self.button.clicked.connect(self._take_up)
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName("Dismiss the notice")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setStyleSheet(
            "#notice { background: #5a3b12; border: 1px solid #b9812f; }"
            "#notice QLabel, #notice QToolButton { color: #fff3df; }"
        )
        self.hide()

    def show_notice(self, sentence: str, offer: Offer | None = None) -> None:
        """Show a sentence as plain text, bounded in length."""
        self.label.setText(one_line(sentence, _LONGEST))
        self.label.setMinimumHeight(QFontMetrics(self.label.font()).height())
        self._offer = offer
        self.button.setVisible(offer is not None)
        if offer is not None:
            self.button.setText(offer.words)
        self.show()

    def clear(self) -> None:
        """Hide what was about the last picture or model."""
        if self._offer is None:
            self.hide()

    def withdraw(self, sentence: str) -> None:
        """Hide a sentence, if it still stands here, that no longer holds."""
        if self.label.text() == one_line(sentence, _LONGEST):
            self.clear()

    @Slot()
    def _take_up(self) -> None:
        if self._offer is not None:
            self._offer.call()


def copying(details: str) -> Offer | None:
    """Offer to copy the details behind a notice, if there are any."""
    if not details:
        return None
    return Offer("Copy details", lambda: QGuiApplication.clipboard().setText(details))
