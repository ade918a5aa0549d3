"""Between the user's choices and the worker threads: what is open, asked and shown."""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vitviewer.engine.engine import Engine
from vitviewer.engine.looking import look
from vitviewer.maps.selection import PatchMap, display_range, select_map
from vitviewer.maps.state import ViewState
from vitviewer.pictures.opening import decode_bytes, lay, open_first, open_one
from vitviewer.pictures.playlist import Playlist
from vitviewer.qt.lifecycle.garbage import Collector
from vitviewer.qt.worker import Worker, WorkerOwner
from vitviewer.queries import Direction, Fusion, Method, Query, QueryKind
from vitviewer.system.import_hook import unhook_imports
from vitviewer.system.process import share_one_heap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitviewer.answers import Explanation, ModelFacts, Rollout, Rows
    from vitviewer.pictures.picture import Picture
    from vitviewer.queries import Resolution

_KEPT_QUERIES = 32


@dataclass(frozen=True)
class Shown:
    """The map on the screen and the values of its first and last colour."""

    patch_map: PatchMap
    lo: float
    hi: float


class Controller(QObject):
    """Own the state, the open picture, the model, and the two workers.

    One worker opens pictures, the other drives the engine, so that a drop is shown at
    once even while torch is being imported or a model runs.
    """

    picture_changed = Signal(object)
    model_changed = Signal(object)
    explanation_changed = Signal(object)
    shown_changed = Signal(object)
    activity_changed = Signal(str)
    noticed = Signal(str)

    def __init__(self, engine: Engine | None = None) -> None:
        super().__init__()
        # Before there is another thread:
        share_one_heap()
        unhook_imports()
        self._collector = Collector(self)
        self.state = ViewState()
        self.playlist = Playlist()
        self.picture: Picture | None = None
        self.model: ModelFacts | None = None
        self.explanation: Explanation | None = None
        self.shown: Shown | None = None
        self._rows: OrderedDict[tuple[Query, Direction], Rows] = OrderedDict()
        self._rollouts: OrderedDict[tuple[Query, Direction, Fusion], Rollout]
        self._rollouts = OrderedDict()
        self._tickets: dict[str, int] = {}
        self._first_pass = 0
        self._engine = engine or Engine()
        self._model_name = ""
        self._engine_worker = Worker(
            ("load", "explain", "look"), self._engine.cancel, self
        )
        self._file_worker = Worker(("open", "lay"), parent=self)
        for worker in (self._engine_worker, self._file_worker):
            worker.answered.connect(self._on_answered)
            worker.failed.connect(self._on_failed)
        self._engine_worker.started_job.connect(self._on_started)
        self._engine_worker.idle.connect(self._on_idle)
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.timeout.connect(self.refresh)
        self.state.events.connect(self._on_state)
        self.state.events.resolution.connect(self._on_resolution)
        self.state.events.device.connect(self._on_device)
        self.state.events.background.connect(self._lay)
        self._file_worker.start()

    # --- what the window asks for -------------------------------------------------

    def open(self, sources: Sequence[str]) -> None:
        """Open pictures, folders or URLs; the first picture is shown.

        A folder that holds a model is opened as one.
        """
        if len(sources) == 1 and os.path.isfile(
            os.path.join(sources[0], "config.json")
        ):
            self.load_model(sources[0])
            return
        call = partial(open_first, list(sources), self.state.background)
        self._submit(self._file_worker, "open", call)

    def open_path(self, path: str) -> None:
        """Open one picture, folder or URL."""
        self.open([path])

    def show_picture(self, picture: Picture) -> None:
        """Show a picture that is already decoded (pasted or dropped as pixels)."""
        self.playlist.replace([])
        self._take_picture(picture)

    def decode(self, data: bytes, name: str) -> None:
        """Decode picture bytes from the clipboard or a browser, and show them."""
        call = partial(decode_bytes, data, name, self.state.background)
        self._submit(self._file_worker, "open", call)

    def step(self, by: int) -> None:
        """Go some pictures forward or back in the opened set."""
        if self.playlist.step(by):
            self.open_current()

    def open_current(self) -> None:
        """Open the picture that is the current one of the opened set."""
        if self.playlist.current is not None:
            call = partial(open_one, self.playlist.current, self.state.background)
            self._submit(self._file_worker, "open", call)

    def load_model(self, source: str) -> None:
        """Load a model by bundled name, folder or hub id, in the worker."""
        if not self._engine_worker.isRunning():
            self._engine_worker.start()
        self._model_name = Path(source).name or source
        call = partial(self._engine.load, source, self.state.device)
        self._submit(self._engine_worker, "load", call)

    def cancel(self) -> None:
        """Stop what the engine is doing; what is shown stays."""
        self._engine_worker.discard("load")
        self._tickets.pop("look", None)

    def close(self, timeout_ms: int = 3000) -> bool:
        """End the workers, the hub's too; False if one would not stop in time."""
        self._refresh_timer.stop()
        self._collector.stop()
        sessions: list[WorkerOwner] = self.findChildren(WorkerOwner)
        for session in sessions:
            session.cancel()
        workers = (self._engine_worker, self._file_worker)
        stopped = [worker.stop(timeout_ms) for worker in workers]
        stopped += [session.stop(timeout_ms) for session in sessions]
        return all(stopped)

    # --- what the workers answer --------------------------------------------------

    def _submit(self, worker: Worker, kind: str, call: Any) -> None:
        ticket = worker.submit(kind, call)
        if kind == "explain" and kind not in self._tickets:
            self._first_pass = ticket
        self._tickets[kind] = ticket

    def _is_overtaken(self, kind: str, ticket: int) -> bool:
        """Tell whether an answer is of no use any more.

        A model that was loaded, or a pass of the open picture, is what the engine now
        holds and answers from, so it is followed even if another one is on its way.
        """
        if kind == "explain" and kind in self._tickets:
            return ticket < self._first_pass
        return kind != "load" and self._tickets.get(kind) != ticket

    @Slot(str, int, object)
    def _on_answered(self, kind: str, ticket: int, answer: object) -> None:
        if self._is_overtaken(kind, ticket):
            return  # a stale answer never paints over a newer one
        {
            "open": self._take_opened,
            "lay": self._take_opened,
            "load": self._take_model,
            "explain": self._take_explanation,
            "look": self._take_look,
        }[kind](answer)

    @Slot(str, int, str)
    def _on_failed(self, kind: str, ticket: int, sentence: str) -> None:
        if self._tickets.get(kind) == ticket:
            self.noticed.emit(sentence)

    @Slot(str)
    def _on_started(self, kind: str) -> None:
        first = self.model is None
        words = {
            "load": f"Waking {self._model_name} up (loading PyTorch)…"
            if first
            else f"Loading {self._model_name}…",
            "explain": "Running the model…",
            "look": "Computing attention…",
        }
        self.activity_changed.emit(words[kind])

    @Slot()
    def _on_idle(self) -> None:
        self.activity_changed.emit("")

    def _take_opened(self, opened: Any) -> None:
        if opened.sources and (opened.picture is not None or len(opened.sources) > 1):
            self.playlist.replace(opened.sources)
        if opened.picture is not None:
            self._take_picture(opened.picture)
        if opened.error:
            self.noticed.emit(opened.error)

    def _take_picture(self, picture: Picture) -> None:
        self.picture = picture
        self._forget()
        self.picture_changed.emit(picture)
        self._explain()
        self._lay()

    def _lay(self, *_: object) -> None:
        """Lay a transparent picture on the background that the state asks for."""
        picture, background = self.picture, self.state.background
        self._tickets.pop("lay", None)
        if picture is None or picture.transparency is None:
            return
        if picture.background is not background:
            self._submit(self._file_worker, "lay", partial(lay, picture, background))

    def _take_model(self, model: Any) -> None:
        self._forget()
        self.model = model
        self.model_changed.emit(model)
        self.state.fit_to(model)
        self._explain()

    def _explain(self) -> None:
        if self.model is None or self.picture is None:
            return
        call = partial(self._engine.explain, self.picture, self.state.resolution)
        self._submit(self._engine_worker, "explain", call)

    def _take_explanation(self, explanation: Any) -> None:
        awaited = self._tickets.get("explain")
        self._forget()
        if awaited is not None:
            self._tickets["explain"] = awaited
        self.explanation = explanation
        self._keep_rows(explanation.rows)
        self._check_query()
        self._take_what_was_done(explanation)
        self.explanation_changed.emit(explanation)
        self.refresh()

    def _take_what_was_done(self, explanation: Explanation) -> None:
        """Follow the engine where it had to do with less than was asked."""
        if explanation.model != self.model:
            self.model = explanation.model
            self.model_changed.emit(self.model)
        self.state.resolution = explanation.resolution
        for note in explanation.notes:
            self.noticed.emit(note)

    def _take_look(self, answer: Any) -> None:
        rows, rollout = answer
        self._keep_rows(rows)
        if rollout is not None:
            key = (rollout.query, rollout.direction, rollout.fusion)
            self._rollouts[key] = rollout
            _trim(self._rollouts)
        self.refresh()

    def _keep_rows(self, rows: Rows) -> None:
        self._rows[rows.query, rows.direction] = rows
        _trim(self._rows)

    def _forget(self) -> None:
        """Drop what was computed for another picture or model."""
        self._tickets.pop("explain", None)
        self._tickets.pop("look", None)
        self._rows.clear()
        self._rollouts.clear()
        self.shown = None
        if self.explanation is not None:
            self.explanation = None
            self.explanation_changed.emit(None)
            self.shown_changed.emit(None)

    def _check_query(self) -> None:
        """Fall back to the default query where the grid has no such patch."""
        assert self.explanation is not None
        tokens, query = self.explanation.tokens, self.state.query
        outside = query.row >= tokens.rows or query.col >= tokens.cols
        if query.kind is QueryKind.PATCH and outside:
            self.state.query = self.explanation.model.default_query

    def _on_resolution(self, resolution: Resolution) -> None:
        shown = self.explanation
        if shown is None or shown.resolution is not resolution:
            self._explain()

    def _on_device(self, _device: str) -> None:
        if self.model is not None:
            self.load_model(self.model.source)

    # --- from the state to the map ------------------------------------------------

    def _on_state(self, *_: object) -> None:
        if not self._refresh_timer.isActive():
            self._refresh_timer.start(0)

    @Slot()
    def refresh(self) -> None:
        """Select the map that the state asks for; ask the worker if it lacks one."""
        if self.explanation is None:
            return
        rows, rollout = self._at_hand()
        needs_rollout = self.state.method is Method.ROLLOUT
        if rows is None or (needs_rollout and rollout is None):
            self._ask(rows, needs_rollout)
            return
        patch_map = select_map(self.explanation, rows, rollout, self.state)
        tokens = self.explanation.tokens
        lo, hi = display_range(patch_map, tokens, rows, self.state, rollout)
        self.shown = Shown(patch_map, lo, hi)
        self.shown_changed.emit(self.shown)

    def rollout_fusion(self) -> Fusion:
        """How rollout fuses heads: a single head means their mean."""
        fusion = self.state.fusion
        return Fusion.MEAN if fusion is Fusion.HEAD else fusion

    def at_hand(self) -> tuple[Rows, Rollout | None]:
        """Return the arrays behind the map on the screen.

        Raises
        ------
        ValueError
            If there is no map yet.
        """
        rows, rollout = self._at_hand()
        if rows is None:
            raise ValueError("There is no map yet.")
        return rows, rollout

    def _at_hand(self) -> tuple[Rows | None, Rollout | None]:
        query, direction = self.state.query, self.state.direction
        rollout_key = (query, direction, self.rollout_fusion())
        return self._rows.get((query, direction)), self._rollouts.get(rollout_key)

    def _ask(self, rows: Rows | None, needs_rollout: bool) -> None:
        call = partial(
            look,
            self._engine,
            rows,
            self.state.query,
            self.state.direction,
            self.rollout_fusion() if needs_rollout else None,
        )
        self._submit(self._engine_worker, "look", call)


def _trim(kept: OrderedDict[Any, Any]) -> None:
    """Forget the oldest entries."""
    while len(kept) > _KEPT_QUERIES:
        kept.popitem(last=False)
