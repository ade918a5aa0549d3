"""A QThread that runs the newest request of each kind, and says how it ended."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from vitviewer.errors import Cancelled, VitviewerError
from vitviewer.qt.unexpected import unexpected

log = logging.getLogger(__name__)

_NICENESS = 5
_SWITCH_S = 0.0005


@dataclass(frozen=True)
class Job:
    """One request: what kind it is, its ticket, and the call that answers it."""

    kind: str
    ticket: int
    call: Callable[[], Any]


class Worker(QThread):
    """Run calls one at a time, away from the GUI thread; the newest of a kind wins.

    Signals are emitted from this thread: connect them to methods of QObjects only,
    which Qt then runs in the receiver's own thread.

    Parameters
    ----------
    kinds : tuple of str
        The kinds of request, most urgent first. A new request discards waiting ones
        of its own kind and of every later kind, and cancels such a running one.
    cancel : callable, optional
        Asks the running call to raise `Cancelled` soon; called from any thread.
    """

    started_job = Signal(str)
    answered = Signal(str, int, object)
    failed = Signal(str, int, str)
    idle = Signal()

    def __init__(
        self,
        kinds: tuple[str, ...],
        cancel: Callable[[], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._kinds = kinds
        self._cancel = cancel or (lambda: None)
        self._condition = Condition()
        self._waiting: dict[str, Job] = {}
        self._running: Job | None = None
        self._stopping = self._finishing = False
        self._ticket = 0

    def submit(self, kind: str, call: Callable[[], Any]) -> int:
        """Queue a call and return its ticket; what it overtakes is dropped."""
        with self._condition:
            self._ticket += 1
            self._discard(kind)
            self._waiting[kind] = Job(kind, self._ticket, call)
            self._condition.notify()
            return self._ticket

    def discard(self, kind: str) -> None:
        """Drop every request of this kind and of less urgent ones, running or not."""
        with self._condition:
            self._discard(kind)

    def stop(self, timeout_ms: int) -> bool:
        """Cancel everything and end the thread; False if it does not end in time."""
        with self._condition:
            self._stopping = True
            self._waiting.clear()
            self._cancel()
            self._condition.notify()
        return bool(self.wait(timeout_ms))

    def finish(self) -> None:
        """End the thread once it has done what waits, without waiting for that."""
        with self._condition:
            self._finishing = True
            self._condition.notify()

    def run(self) -> None:
        """Take requests, most urgent first, until told to stop."""
        _yield_to_gui()
        while (job := self._next()) is not None:
            self.started_job.emit(job.kind)
            self._answer(job)

    def _discard(self, kind: str) -> None:
        overtaken = self._kinds[self._kinds.index(kind) :]
        for name in overtaken:
            self._waiting.pop(name, None)
        if self._running is not None and self._running.kind in overtaken:
            self._cancel()

    def _next(self) -> Job | None:
        with self._condition:
            self._running = None
            if not self._waiting and not self._stopping:
                self.idle.emit()
            while not (self._waiting or self._stopping or self._finishing):
                self._condition.wait()
            if self._stopping or not self._waiting:
                return None
            kind = next(name for name in self._kinds if name in self._waiting)
            self._running = self._waiting.pop(kind)
            return self._running

    def _answer(self, job: Job) -> None:
        try:
            self.answered.emit(job.kind, job.ticket, job.call())
        except Cancelled:
            log.info("%s %d was cancelled", job.kind, job.ticket)
        except VitviewerError as error:
            sentence = str(error)  # a log that kept the error would keep its pictures
            log.warning("%s", sentence)
            self.failed.emit(job.kind, job.ticket, sentence)
        except Exception as error:
            self.failed.emit(job.kind, job.ticket, unexpected(error))


class WorkerOwner(QObject):
    """Something with workers of its own, which end when its parent closes."""

    def cancel(self) -> None:
        """Give up what runs, without waiting."""
        raise NotImplementedError

    def stop(self, timeout_ms: int) -> bool:
        """Give everything up and wait; False if a thread did not end in time."""
        raise NotImplementedError


def _yield_to_gui() -> None:
    """Let the GUI thread go first where both want the same core, or the interpreter.

    A thread that runs Python gives the interpreter away when another has waited for
    5 ms. Qt's calls let go of it and take it back, so that a slot with fifty of them
    took a quarter of a second while a decoder written in Python ran here.
    """
    sys.setswitchinterval(_SWITCH_S)
    # Linux gives each thread its own niceness, and the threads that torch starts from
    # this one inherit it; elsewhere it would slow the whole program down.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
