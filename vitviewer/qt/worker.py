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
from vitviewer.jobs import Job
from vitviewer.qt.unexpected import unexpected

log = logging.getLogger(__name__)

_NICENESS = 5


@dataclass(frozen=True)
class _Waiting:
    """One request: what kind it is, its job, and the call that answers it."""

    kind: str
    job: Job
    call: Callable[[Job], Any]


class Worker(QThread):
    """Run calls one at a time, away from the GUI thread; the newest of a kind wins.

    A request that is overtaken or discarded has its job cancelled, whether it waits,
    runs, or has ended with its answer still on the way: whoever receives an answer
    can tell by ``job.is_cancelled`` that a newer wish has come.

    Signals are emitted from this thread: connect them to methods of QObjects only,
    which Qt then runs in the receiver's own thread. Each carries the kind and the job,
    then the answer, a sentence, a `vitviewer.jobs.Progress`, or a partial answer.

    Parameters
    ----------
    kinds : tuple of str
        The kinds of request, most urgent first. A new request discards those of its
        own kind and of every later kind.
    niceness : int
        How far the thread stands back, on Linux: 0 not at all, 19 the farthest.
    """

    started_job = Signal(str)
    answered = Signal(str, object, object)
    failed = Signal(str, object, str)
    progressed = Signal(str, object, object)
    delivered = Signal(str, object, object)
    idle = Signal()

    def __init__(
        self,
        kinds: tuple[str, ...],
        parent: QObject | None = None,
        niceness: int = _NICENESS,
    ) -> None:
        super().__init__(parent)
        self._kinds = kinds
        self._niceness = niceness
        self._condition = Condition()
        self._waiting: dict[str, _Waiting] = {}
        self._newest: dict[str, Job] = {}
        self._running: _Waiting | None = None
        self._stopping = self._finishing = False

    @property
    def is_busy(self) -> bool:
        """Whether a request waits or runs."""
        return self._running is not None or bool(self._waiting)

    def has_waiting(self, kind: str) -> bool:
        """Tell whether a request of this kind waits that nothing was begun of yet."""
        return kind in self._waiting

    def submit(self, kind: str, call: Callable[[Job], Any]) -> Job:
        """Queue a call, which gets its job; what it overtakes is cancelled."""
        job = Job(
            lambda progress: self.progressed.emit(kind, job, progress),
            lambda partial: self.delivered.emit(kind, job, partial),
        )
        with self._condition:
            self._discard(kind)
            self._newest[kind] = job
            self._waiting[kind] = _Waiting(kind, job, call)
            self._condition.notify()
        return job

    def discard(self, kind: str) -> None:
        """Cancel every request of this kind and of less urgent ones."""
        with self._condition:
            self._discard(kind)

    def stop(self, timeout_ms: int) -> bool:
        """Cancel everything and end the thread; False if it does not end in time."""
        with self._condition:
            self._stopping = True
            self._discard(self._kinds[0])
            self._condition.notify()
        return bool(self.wait(timeout_ms))

    def finish(self) -> None:
        """End the thread once it has done what waits, without waiting for that."""
        with self._condition:
            self._finishing = True
            self._condition.notify()

    def run(self) -> None:
        """Take requests, most urgent first, until told to stop."""
        _yield_to_gui(self._niceness)
        while (request := self._next()) is not None:
            self.started_job.emit(request.kind)
            self._answer(request)

    def _discard(self, kind: str) -> None:
        for name in self._kinds[self._kinds.index(kind) :]:
            self._waiting.pop(name, None)
            job = self._newest.pop(name, None)
            if job is not None:
                job.cancel()

    def _next(self) -> _Waiting | None:
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

    def _answer(self, request: _Waiting) -> None:
        kind, job = request.kind, request.job
        try:
            job.check()
            self.answered.emit(kind, job, request.call(job))
        except Cancelled:
            log.info("%s was cancelled", kind)
        except VitviewerError as error:
            sentence = str(error)  # a log that kept the error would keep its pictures
            log.warning("%s", sentence)
            self.failed.emit(kind, job, sentence)
        except Exception as error:
            self.failed.emit(kind, job, unexpected(error))


def _yield_to_gui(niceness: int) -> None:
    """Let the GUI thread go first where both want the same core.

    Linux gives each thread its own niceness, and the threads that torch starts from
    this one inherit it; elsewhere it would slow the whole program down.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
