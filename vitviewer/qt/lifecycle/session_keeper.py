"""Saves what is open while it changes, so that not even a power cut loses it."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from vitviewer.errors import ExportError
from vitviewer.jobs import Job
from vitviewer.qt.lifecycle.session import Session, session_of, write_session
from vitviewer.qt.worker import Worker

if TYPE_CHECKING:
    from vitviewer.qt.controller import Controller

log = logging.getLogger(__name__)

_EVERY_MS = 400


class SessionKeeper(QObject):
    """Write the session at most every 0.4 s, in a thread: a disk may be slow."""

    def __init__(self, controller: Controller, path: Path) -> None:
        super().__init__(controller)
        self._controller = controller
        self._path = path
        self._worker = Worker(("save",), self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._save)
        self._closed = False
        # Every change of the picture, the model or the view ends in a map.
        controller.shown_changed.connect(self._on_shown)

    def close(self, timeout_ms: int = 3000) -> bool:
        """Write what is not yet written, and no more; False if the disk is slow."""
        self._closed = True
        if self._timer.isActive():
            self._timer.stop()
            self._save()
        if not self._worker.isRunning():
            return True
        self._worker.finish()
        return bool(self._worker.wait(timeout_ms))

    @Slot(object)
    def _on_shown(self, shown: object) -> None:
        if not (shown is None or self._closed or self._timer.isActive()):
            self._timer.start()

    @Slot()
    def _save(self) -> None:
        session = self._session()
        if session is None:
            return
        if not self._worker.isRunning():
            self._worker.start()
        self._worker.submit("save", partial(_write, self._path, session))

    def _session(self) -> Session | None:
        c = self._controller
        if c.model is None or c.picture is None:
            return None
        # A pasted picture, or one within a set that failed, has no place in the list.
        if c.playlist.current != c.picture.source:
            return None
        view = c.state.to_dict()
        return session_of(c.playlist.sources, c.playlist.index, c.model.source, view)


def _write(path: Path, session: Session, _job: Job) -> None:
    """Write the session; failures are only logged."""
    try:
        write_session(path, session)
    except ExportError as error:
        log.info("%s", error)
