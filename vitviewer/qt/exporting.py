"""Writing and copying what is shown, without holding up the window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from vitviewer.export.snapshot import Snapshot
from vitviewer.jobs import Job
from vitviewer.qt.widgets.qimage import to_qimage
from vitviewer.qt.worker import Worker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.qt.controller import Controller


class Exporter(QObject):
    """Compose and write snapshots one after another, none overtaking another."""

    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._waiting: deque[Callable[[Job], Any]] = deque()
        self._busy = False
        self._worker = Worker(("export",), self)
        self._worker.answered.connect(self._on_answered)
        self._worker.failed.connect(self._on_failed)

    def snapshot(self) -> Snapshot | None:
        """Freeze what is shown; None while there is no map."""
        c = self._controller
        if c.picture is None or c.shown is None:
            self.failed.emit("There is no overlay to export yet: open a picture first.")
            return None
        return Snapshot(
            picture=c.picture,
            shown=c.shown,
        )

    def save_overlay(self, path: str, shot: Snapshot | None = None) -> None:
        """Write the overlay at the picture's own resolution, of now or as it was."""
        self._save(path, Snapshot.write_overlay, shot)

    def save_side_by_side(self, path: str, shot: Snapshot | None = None) -> None:
        """Write picture, overlay, colour bar and caption as one figure."""
        self._save(path, Snapshot.write_side_by_side, shot)

    def copy_overlay(self) -> None:
        """Put the overlay on the clipboard."""
        self._copy(Snapshot.overlay)

    def copy_side_by_side(self) -> None:
        """Put the figure on the clipboard."""
        self._copy(Snapshot.side_by_side)

    def close(self, timeout_ms: int = 3000) -> bool:
        """Finish what is being written, drop what waits; False if it takes too long."""
        self._waiting.clear()
        return self._worker.stop(timeout_ms)

    def _save(
        self,
        path: str,
        write: Callable[[Snapshot, str], None],
        shot: Snapshot | None,
    ) -> None:
        shot = shot or self.snapshot()
        if shot is not None:
            self._queue(lambda _job: _write(shot, write, Path(path)))

    def _copy(self, compose: Callable[[Snapshot], NDArray[Any]]) -> None:
        shot = self.snapshot()
        if shot is not None:
            self._queue(lambda _job: compose(shot))

    def _queue(self, call: Callable[[Job], Any]) -> None:
        self._waiting.append(call)
        if not self._worker.isRunning():
            self._worker.start()
        self._next()

    def _next(self) -> None:
        if self._waiting and not self._busy:
            self._busy = True
            self._worker.submit("export", self._waiting.popleft())

    @Slot(str, object, object)
    def _on_answered(self, _kind: str, _job: Job, answer: object) -> None:
        if isinstance(answer, np.ndarray):
            QGuiApplication.clipboard().setImage(to_qimage(answer))
            self.finished.emit("Copied to the clipboard.")
        else:
            self.finished.emit(f"Saved {answer}")
        self._busy = False
        self._next()

    @Slot(str, object, str)
    def _on_failed(self, _kind: str, _job: Job, sentence: str) -> None:
        self.failed.emit(sentence)
        self._busy = False
        self._next()


def _write(shot: Snapshot, write: Callable[[Snapshot, str], None], path: Path) -> Path:
    """Compose and write one PNG (runs in the worker)."""
    write(shot, str(path))
    return path
