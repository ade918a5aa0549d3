"""What is going on, in words, with a button that ends it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from vitviewer.qt.widgets.plain import set_tooltip

_WIDEST = 480  # a model's name may be as long as its folder's


class Activity(QWidget):
    """A few words and Cancel, in the status bar; nothing where nothing goes on."""

    def __init__(self, name: str, cancel: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setAccessibleName(name)
        self.cancel = QPushButton("Cancel")
        self.cancel.setFlat(True)
        if cancel is not None:
            self.cancel.clicked.connect(cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.label)
        layout.addWidget(self.cancel)
        self.cancel.hide()
        self.hide()

    @Slot(str)
    def show_words(self, words: str) -> None:
        """Say what is going on; empty when nothing is."""
        metrics, middle = self.label.fontMetrics(), Qt.TextElideMode.ElideMiddle
        self.label.setText(metrics.elidedText(words, middle, _WIDEST))
        set_tooltip(self.label, words)
        self.cancel.setVisible(bool(words))
        self.setVisible(bool(words))
