"""Search the hub, plan and run downloads, in worker threads."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from vitviewer.qt.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitviewer.jobs import Job
    from vitviewer.models.hub.plan import Plan
    from vitviewer.models.hub.search import HubModel

_PROGRESS_EVERY_S = 0.05


class HubSession(QObject):
    """Search, plan and download, one of each at a time; the newest wins.

    One worker asks, another downloads, so that a search never waits for a download.
    Their threads start with the first request and end with the session.
    """

    found = Signal(str, object)
    planned = Signal(object)
    progressed = Signal(object, object)
    downloaded = Signal()
    failed = Signal(str, str)
    _ticked = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asking = Worker(("plan", "search"), parent=self)
        self._fetching = Worker(("download",), parent=self)
        self._planning: Job | None = None
        self._download: Job | None = None
        for worker in (self._asking, self._fetching):
            worker.answered.connect(self._on_answered)
            worker.failed.connect(self._on_failed)
        self._ticked.connect(self._on_tick)

    @property
    def is_running(self) -> bool:
        """Whether a thread of this session is alive."""
        return self._asking.isRunning() or self._fetching.isRunning()

    @property
    def is_downloading(self) -> bool:
        """Whether a download is under way, its end not yet told."""
        return self._download is not None

    # --- what the picker asks for -------------------------------------------------

    def search(self, text: str) -> None:
        """Look for models by name; `found` or `failed` answers."""
        self._submit(self._asking, "search", partial(_search, text))

    def forget_search(self) -> None:
        """Let a search that still runs answer nobody."""
        self._asking.discard("search")

    def plan(self, source: str) -> None:
        """Ask what a download would take; `planned` or `failed` answers."""
        self._planning = self._submit(self._asking, "plan", partial(_plan, source))

    def download(self, plan: Plan) -> None:
        """Download what is missing; `downloaded` or `failed` answers."""
        self.cancel()
        call = partial(_download, plan, self._ticked.emit)
        self._download = self._submit(self._fetching, "download", call)

    def cancel(self) -> None:
        """Give up planning and downloading."""
        self._fetching.discard("download")
        self._download = None
        if self._planning is not None:
            self._planning.cancel()

    # --- its end ------------------------------------------------------------------

    def end(self) -> None:
        """Give everything up without waiting; the last thread to end deletes this."""
        self.cancel()
        for worker in (self._asking, self._fetching):
            worker.finished.connect(self._on_ended)
            worker.stop(0)
        self._on_ended()

    def stop(self, timeout_ms: int) -> bool:
        """Give everything up and wait; False if a thread did not end in time."""
        self.cancel()
        asking_ended = self._asking.stop(timeout_ms)
        return self._fetching.stop(timeout_ms) and asking_ended

    @Slot()
    def _on_ended(self) -> None:
        if not self.is_running:
            self._asking.wait()
            self._fetching.wait()
            self.deleteLater()

    # --- what the workers answer --------------------------------------------------

    def _submit(self, worker: Worker, kind: str, call: Callable[[Job], object]) -> Job:
        if not worker.isRunning():
            worker.start()
        return worker.submit(kind, call)

    @Slot(str, object, object)
    def _on_answered(self, kind: str, job: Job, answer: Any) -> None:
        if job.is_cancelled:
            return
        if kind == "search":
            self.found.emit(*answer)
        elif kind == "plan":
            self.planned.emit(answer)
        else:
            self._download = None
            self.downloaded.emit()

    @Slot(str, object, str)
    def _on_failed(self, kind: str, job: Job, sentence: str) -> None:
        if job.is_cancelled:
            return
        if job is self._download:
            self._download = None
        self.failed.emit(kind, sentence)

    @Slot(object, object, object)
    def _on_tick(self, job: Job, done: int, total: int) -> None:
        if not job.is_cancelled:
            self.progressed.emit(done, total)


class _Ticker:
    """Pass progress on, but not more often than an eye can follow."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = monotonic()
        if done >= total or now - self._last >= _PROGRESS_EVERY_S:
            self._last = now
            self._tell(done, total)


# What the threads run; the imports wait until then, for they take their time.


def _search(text: str, _job: Job) -> tuple[str, list[HubModel]]:
    from vitviewer.models.hub.search import search

    return text, search(text)


def _plan(source: str, _job: Job) -> Plan:
    from vitviewer.models.hub.plan import plan

    return plan(source)


def _download(plan: Plan, progress: Callable[[Job, int, int], None], job: Job) -> None:
    from vitviewer.models.hub.download import download

    download(plan, _Ticker(partial(progress, job)), lambda: job.is_cancelled)
