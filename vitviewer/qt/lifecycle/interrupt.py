"""Signals close the window as its own button would: Ctrl+C, a kill, a hang-up."""

from __future__ import annotations

import logging
import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

log = logging.getLogger(__name__)


class Interrupt(QObject):
    """Wake Qt's event loop at a signal, so that Python's handler gets its turn."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self.code = 0
        self._reader, writer = socket.socketpair()
        self._writer = writer
        for end in (self._reader, writer):
            end.setblocking(False)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        read = QSocketNotifier.Type.Read
        self._notifier = QSocketNotifier(self._reader.fileno(), read, self)
        self._notifier.activated.connect(self._on_woken)

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Close the program; a second signal of the kind ends it at once."""
        signal.signal(number, signal.SIG_DFL)
        self.code = 128 + number
        QTimer.singleShot(0, self._close)

    @Slot()
    def _on_woken(self) -> None:
        # By now Python has run the handler: it does so before it runs this.
        self._reader.recv(64)

    @Slot()
    def _close(self) -> None:
        self._app.closeAllWindows()
        if any(_is_open(widget) for widget in self._app.topLevelWidgets()):
            log.warning("finishing what is not saved yet; once more ends it at once")
        else:
            self._app.exit(self.code)


def _is_open(widget: QWidget) -> bool:
    """Return whether a widget is the program's window, and has not closed."""
    return isinstance(widget, QMainWindow) and widget.isVisible()


def obey_signals(app: QApplication) -> None:
    """Close the program in good order at SIGINT, SIGTERM and SIGHUP.

    It ends when its window has closed, which may have something to finish first.
    """
    interrupt = app.findChild(Interrupt) or Interrupt(app)
    interrupt.code = 0
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt.handle)
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as by nohup
        signal.signal(hang_up, interrupt.handle)


def status_of(app: QApplication) -> int:
    """Return the exit status that a signal asked for; 0 if none came."""
    interrupt = app.findChild(Interrupt)
    return interrupt.code if interrupt is not None else 0
