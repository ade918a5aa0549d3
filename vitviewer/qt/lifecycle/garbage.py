"""Collects cyclic garbage in the thread of the window, and in no other.

Python collects in whatever thread happens to allocate. An object of Qt that is freed in
a worker's thread, while the window's handles its events, ends the program: with 20 such
objects a millisecond within a second or two, and in real use once in a long while.

The recipe is Erik Janssens' (pydev.blogspot.com/2014/03, "Should Python garbage
collector be…"), as in `pyqtgraph.util.garbage_collector`; to use that one, pyqtgraph
would have to be imported before the first paint.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_EVERY_MS = 250


class Collector(QObject):
    """Take collecting over from Python, generation by generation as it would."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_EVERY_MS)

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due, and with it the younger ones."""
        pairs = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [n for n, (count, most) in enumerate(pairs) if count > most]
        if due:
            gc.collect(due[-1])

    def stop(self) -> None:
        """Collect no more: the threads are about to end."""
        self._timer.stop()
