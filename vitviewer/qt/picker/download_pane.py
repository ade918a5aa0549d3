"""The foot of the model picker: what a download would take, how far it is, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vitviewer.qt.widgets.plain import PlainParagraph
from vitviewer.text import one_line, plain, short_bytes

if TYPE_CHECKING:
    from vitviewer.models.hub.plan import Plan

_STEPS = 1000
_LONGEST = 400


class DownloadPane(QWidget):
    """A sentence, a bar, and the buttons that make sense just now."""

    open_wanted = Signal()
    download_wanted = Signal()
    again_wanted = Signal()
    back_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = PlainParagraph()
        self.message.setAccessibleName("Download")
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setAccessibleName("Downloaded")
        self.open = _button("Open", self.open_wanted)
        self.download = _button("Download", self.download_wanted)
        self.again = _button("Try again", self.again_wanted)
        self.back = _button("Back", self.back_wanted)
        self.cancel = _button("Cancel", self.back_wanted)
        self.close_button = _button("Close", self.close_wanted)
        # What starts something and what stops it never take each other's place: the
        # second click of a double one would undo the first.
        self._starting = (self.open, self.download, self.again)
        self._stopping = (self.back, self.cancel, self.close_button)
        self._arrange()
        self.show_idle()

    def show_idle(self) -> None:
        """Offer to open what is chosen in the list."""
        self._show("", self.open, self.close_button)

    def show_asking(self, source: str) -> None:
        """Say that the hub is being asked about a model."""
        self._show(f"Asking about {plain(source)}…", self.cancel)

    def show_plan(self, plan: Plan) -> None:
        """Say what a download would take."""
        self._show(f"{plain(plan.repo)}: {in_words(plan)}", self.download, self.back)
        self.download.setFocus()

    def show_progress(self, repo: str, done: int, total: int) -> None:
        """Say how much has arrived."""
        if self.bar.isHidden():
            self._show(f"Downloading {plain(repo)}", self.cancel, bar=True)
        share = done / total if total > 0 else 0.0
        self.bar.setValue(round(_STEPS * min(max(share, 0.0), 1.0)))
        self.bar.setFormat(f"{short_bytes(done)} of {short_bytes(total)}")

    def show_failure(self, sentence: str) -> None:
        """Say why it did not work."""
        self._show(one_line(sentence, _LONGEST), self.again, self.back)
        self.again.setFocus()

    def _show(self, words: str, *buttons: QPushButton, bar: bool = False) -> None:
        self.message.setText(words)
        self.message.setVisible(bool(words))
        self.bar.setVisible(bar)
        for button in (*self._starting, *self._stopping):
            button.setVisible(button in buttons)

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (*self._starting, *self._stopping):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.message)
        column.addWidget(self.bar)
        column.addLayout(buttons)


def in_words(plan: Plan) -> str:
    """Say what a download would take, of what, and of which version."""
    size = short_bytes(plan.missing_bytes)
    if plan.missing_bytes < plan.total_bytes:
        size = f"{size} of {short_bytes(plan.total_bytes)}"
    return f"{size} to download (family {plan.family}, commit {plan.revision[:7]})"


def _button(text: str, signal: SignalInstance) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(signal)
    return button
