"""A line of two pixels while work goes on for long: how far it is, if that is known."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from vitviewer.jobs import Progress
from vitviewer.qt.looks.roles import color

HEIGHT = 2
_PATIENCE_MS = 500
_STEP_MS = 40
_STEPS = 50
_SHARE = 0.25  # of the line, that runs along while nobody knows how far it is


class ProgressLine(QWidget):
    """Lies over the top edge of its parent, and moves nothing when it comes.

    Parameters
    ----------
    parent : QWidget
        What it lies over.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.share: float | None = None
        self.moves = True
        self._is_fresh = False  # the share: it was told just before the words
        self._step = 0
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._begin)
        self._clock = QTimer(self)
        self._clock.setInterval(_STEP_MS)
        self._clock.timeout.connect(self._on_step)
        self.hide()
        parent.installEventFilter(self)

    @Slot(str)
    def show_activity(self, words: str) -> None:
        """Begin to wait where something goes on; end where nothing does (no words)."""
        if not words:
            self._is_fresh = False
            self._patience.stop()
            self._clock.stop()
            self.share = None
            self.hide()
            return
        if not self._is_fresh:
            self.share = None  # these words are the first of another work
        self._is_fresh = False
        if self.isHidden() and not self._patience.isActive():
            self._patience.start()

    @Slot(object)
    def show_progress(self, progress: Progress) -> None:
        """Show how far the work is."""
        self.share = share_of(progress)
        self._is_fresh = True
        self.update()

    def set_moves(self, moves: bool) -> None:
        """Run along, or stand still where the user wants nothing to move."""
        self.moves = moves
        if not moves:
            self._clock.stop()
        elif not self.isHidden():
            self._clock.start()
        self.update()

    def _begin(self) -> None:
        self._step = 0
        self._place()
        self.show()
        if self.moves:
            self._clock.start()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(0, 0, parent.width(), HEIGHT)
            self.raise_()

    def _on_step(self) -> None:
        if self.share is None:
            self._step = (self._step + 1) % _STEPS
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as wide as what it lies over."""
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is done, or a piece that runs along."""
        whole = self.rect()
        with QPainter(self) as painter:
            painter.fillRect(whole, color("line"))
            if self.share is not None:
                whole.setWidth(round(self.width() * self.share))
            elif self.moves:
                length = self.width() * _SHARE
                way = self.width() + length
                whole.setX(round(self._step / _STEPS * way - length))
                whole.setWidth(round(length))
            painter.fillRect(whole, color("accent"))


def share_of(progress: Progress) -> float | None:
    """Return which share of the work is done; None if nobody knows."""
    if progress.total <= 0:
        return None
    return min(max(progress.done / progress.total, 0.0), 1.0)
