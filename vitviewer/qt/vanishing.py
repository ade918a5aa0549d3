"""Files that are deleted while they are open leave the set, and the count is right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vitviewer.pictures.folders import vanished
from vitviewer.qt.worker import Worker

if TYPE_CHECKING:
    from vitviewer.jobs import Job
    from vitviewer.qt.opener import Opener


class Vanishing(QObject):
    """Look for what is gone whenever a picture was opened, or could not be.

    A disk may be slow, so that this has a thread of its own.
    """

    changed = Signal()
    """The set has become smaller."""

    def __init__(self, opener: Opener, parent: QObject) -> None:
        super().__init__(parent)
        self._opener = opener
        self._is_paused = False
        self._worker = Worker(("look",), self)
        self._worker.answered.connect(self._on_answered)
        opener.picture_changed.connect(self._look)
        opener.noticed.connect(self._look)

    def pause(self) -> None:
        """Let all that was named stay in the set, from now on."""
        self._is_paused = True

    def stop(self, timeout_ms: int) -> bool:
        """End the thread; False if it would not stop in time."""
        return self._worker.stop(timeout_ms)

    @Slot()
    def _look(self, *_: object) -> None:
        sources = self._opener.playlist.sources
        if len(sources) < 2 or self._is_paused:
            return
        if not self._worker.isRunning():
            self._worker.start()
        call = partial(vanished, tuple(sources))
        self._worker.submit("look", lambda _job: call())

    @Slot(str, object, object)
    def _on_answered(self, _kind: str, job: Job, gone: frozenset[str]) -> None:
        if gone and not (job.is_cancelled or self._is_paused):
            picture = self._opener.picture
            shown = picture.source if picture is not None else ""
            if self._opener.playlist.drop(gone, shown):
                self.changed.emit()
