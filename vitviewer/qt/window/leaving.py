"""Quitting waits for what would be lost, says what that is, and can be insisted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vitviewer.qt.widgets.plain import PlainParagraph

if TYPE_CHECKING:
    from vitviewer.qt.exporting import Exporter
    from vitviewer.qt.panels.panels import Panels

_EVERY_MS = 100


@dataclass(frozen=True)
class Unfinished:
    """Some work that quitting would end."""

    words: str
    """What it is and how far."""
    loss: str
    """What becomes of it if one quits now."""


class Leaving(QObject):
    """Decide whether a window may close.

    While there is unfinished work it may not: a box says so, and the window closes by
    itself when all is done. Where something failed meanwhile, the window stays, for it
    is there that one reads of it.

    Parameters
    ----------
    window : QWidget
        What is to close.
    unfinished : callable
        Returns the work that goes on.
    """

    def __init__(
        self, window: QWidget, unfinished: Callable[[], list[Unfinished]]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._unfinished = unfinished
        self._insisted = False
        self.box: LeavingBox | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def may_close(self) -> bool:
        """Return whether the window may close now; if not, say why, and wait."""
        works = [] if self._insisted else self._unfinished()
        if not works:
            self._end()
            return True
        if self.box is None:
            self.box = LeavingBox(self._window)
            self.box.quit.clicked.connect(self._insist)
            self.box.rejected.connect(self.stay)
            self._timer.start()
        self.box.show_works(works)
        self.box.open()
        self.box.activateWindow()
        return False

    @Slot()
    def stay(self) -> None:
        """Close no more: one changed one's mind, or something failed."""
        self._end()

    @Slot()
    def _insist(self) -> None:
        self._insisted = True
        self._window.close()

    @Slot()
    def _look(self) -> None:
        works = self._unfinished()
        if not works:
            self._end()
            self._window.close()
        elif self.box is not None:
            self.box.show_works(works)

    def _end(self) -> None:
        self._timer.stop()
        box, self.box = self.box, None
        if box is not None:
            box.close()
            box.deleteLater()


def unfinished_of(exporter: Exporter, panels: Panels) -> list[Unfinished]:
    """List the work of a window that quitting would end."""
    works = []
    if exporter.is_busy:
        loss = "If you quit now, what is not yet saved or copied is lost."
        works.append(Unfinished(exporter.activity, loss))
    if panels.downloading:
        loss = "If you quit now, what has arrived is kept for the next download."
        works.append(Unfinished(panels.downloading, loss))
    return works


class LeavingBox(QDialog):
    """What is not finished, and the choice to quit without it or to stay."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Quit when this is done")
        self.words = PlainParagraph()
        self.words.setAccessibleName("Not finished")
        self.words.setMinimumWidth(420)
        self.quit = QPushButton("Quit now")
        self.quit.setAutoDefault(False)
        self.stay = QPushButton("Stay")
        self.stay.setDefault(True)
        self.stay.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.quit)
        buttons.addWidget(self.stay)
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addLayout(buttons)

    def show_works(self, works: list[Unfinished]) -> None:
        """Say what goes on, and what quitting now would mean."""
        lines = [work.words for work in works]
        losses = dict.fromkeys(work.loss for work in works)
        self.words.setText("\n".join([*lines, "", *losses]))
