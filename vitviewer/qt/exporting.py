"""Writing and copying what is shown, without holding up the window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from vitviewer.export.snapshot import Snapshot
from vitviewer.export.wall import WallShot
from vitviewer.jobs import Job, Progress
from vitviewer.qt.widgets.qimage import to_qimage
from vitviewer.qt.worker import Worker
from vitviewer.text import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.export.passes import Tell
    from vitviewer.maps.tiles import TileScale
    from vitviewer.qt.controller import Controller

_Shot = TypeVar("_Shot", Snapshot, WallShot)


@dataclass(frozen=True)
class _Task:
    """What is to be composed or written, and what to call that meanwhile."""

    words: str
    call: Callable[[Job], Any]


class Exporter(QObject):
    """Compose and write snapshots one after another, none overtaking another.

    `activity_changed` says what is under way and how far it is; with empty words all
    is done.
    """

    finished = Signal(str)
    failed = Signal(str)
    activity_changed = Signal(str)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._waiting: deque[_Task] = deque()
        self._task: _Task | None = None
        self._job: Job | None = None
        self.activity = ""
        self._worker = Worker(("export",), self)
        self._worker.answered.connect(self._on_answered)
        self._worker.failed.connect(self._on_failed)
        self._worker.progressed.connect(self._on_progressed)

    @property
    def is_busy(self) -> bool:
        """Whether something is being composed or written, or waits for that."""
        return self._task is not None or bool(self._waiting)

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

    def wall(self, scale: TileScale, table: bool) -> WallShot | None:
        """Freeze all layers and heads of what is shown; None while there is no map."""
        shot = self.snapshot()
        if shot is None:
            return None
        return WallShot(shot.picture, shot.shown, scale, table)

    def save_wall(self, path: str, shot: WallShot) -> None:
        """Write a wall as a picture or as data, as the suffix says."""
        self._queue(
            f"Saving {plain(Path(path).name)}",
            partial(_write, shot, WallShot.write, Path(path)),
        )

    def copy_overlay(self) -> None:
        """Put the overlay on the clipboard."""
        self._copy(Snapshot.overlay)

    def copy_side_by_side(self) -> None:
        """Put the figure on the clipboard."""
        self._copy(Snapshot.side_by_side)

    def cancel(self) -> None:
        """Give up what is being written and what waits; no part of a file is left."""
        self._waiting.clear()
        self._worker.discard("export")
        self._end()

    def close(self, timeout_ms: int = 3000) -> bool:
        """Give everything up and end the thread; False if it takes too long."""
        self._waiting.clear()
        return self._worker.stop(timeout_ms)

    def _save(
        self,
        path: str,
        write: Callable[[Snapshot, str, Tell], None],
        shot: Snapshot | None,
    ) -> None:
        shot = shot or self.snapshot()
        if shot is not None:
            call = partial(_write, shot, write, Path(path))
            self._queue(f"Saving {plain(Path(path).name)}", call)

    def _copy(self, compose: Callable[[Snapshot, Tell], NDArray[Any]]) -> None:
        shot = self.snapshot()
        if shot is not None:
            self._queue("Copying", lambda job: compose(shot, job.report))

    def _queue(self, words: str, call: Callable[[Job], Any]) -> None:
        self._waiting.append(_Task(words, call))
        if not self._worker.isRunning():
            self._worker.start()
        self._next()

    def _next(self) -> None:
        if self._waiting and self._task is None:
            self._task = self._waiting.popleft()
            self._job = self._worker.submit("export", self._task.call)
            self._say(self._task.words + "…")

    def _end(self) -> None:
        """Go on with what waits, if anything does."""
        self._task = self._job = None
        self._next()
        if self._task is None:
            self._say("")

    def _say(self, words: str) -> None:
        self.activity = words
        self.activity_changed.emit(words)

    @Slot(str, object, object)
    def _on_progressed(self, _kind: str, job: Job, progress: Progress) -> None:
        if job is self._job and self._task is not None:
            share = progress.done / progress.total
            more = f", {len(self._waiting)} more to go" if self._waiting else ""
            self._say(f"{self._task.words}: {share:.0%}{more}")

    @Slot(str, object, object)
    def _on_answered(self, _kind: str, job: Job, answer: object) -> None:
        if isinstance(answer, Path):  # it is there, even if a cancel came just after
            self.finished.emit(f"Saved {answer}")
        elif isinstance(answer, np.ndarray) and job is self._job:
            QGuiApplication.clipboard().setImage(to_qimage(answer))
            self.finished.emit("Copied to the clipboard.")
        if job is self._job:
            self._end()

    @Slot(str, object, str)
    def _on_failed(self, _kind: str, job: Job, sentence: str) -> None:
        self.failed.emit(sentence)
        if job is self._job:
            self._end()


def _write(
    shot: _Shot, write: Callable[[_Shot, str, Tell], None], path: Path, job: Job
) -> Path:
    """Compose and write one file (runs in the worker)."""
    write(shot, str(path), job.report)
    return path
