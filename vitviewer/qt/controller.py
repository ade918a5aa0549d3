"""Between the user's choices and what is shown: requests out, maps in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vitviewer.maps.resolve import Resolved, resolve
from vitviewer.maps.selection import request_of
from vitviewer.maps.state import ViewState
from vitviewer.models.checkpoint.nearby import is_place_of_models
from vitviewer.pictures.opening import folder_of
from vitviewer.qt.asker import Asker, Refusal
from vitviewer.qt.hovering import Hovering
from vitviewer.qt.opener import Opener
from vitviewer.qt.soon import Soon
from vitviewer.qt.vanishing import Vanishing
from vitviewer.queries import QueryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vitviewer.answers import Explanation, ModelFacts
    from vitviewer.engine.engine import Engine
    from vitviewer.pictures.picture import Picture
    from vitviewer.pictures.playlist import Playlist
    from vitviewer.queries import Resolution


class Controller(QObject):
    """Own the state, and bring together what is open and what the engine says of it.

    Parameters
    ----------
    engine : Engine, optional
        What computes; a new one by default.
    wake : callable, optional
        Called in the engine's worker before each load: the program's way to import
        torch without holding up the window.
    """

    picture_changed = Signal(object)
    model_changed = Signal(object)
    explanation_changed = Signal(object)
    map_changed = Signal(object)
    """The map to show, or None, for the canvas: it paints before all else hears."""
    shown_changed = Signal(object)
    progressed = Signal(object)
    activity_changed = Signal(str)
    noticed = Signal(str)

    def __init__(
        self, engine: Engine | None = None, wake: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self.state = ViewState()
        self.explanation: Explanation | None = None
        self.shown: Resolved | None = None
        self.refusal: Refusal | None = None
        self.opener = Opener(self.state, self)
        self.vanishing = Vanishing(self.opener, self)
        self.asker = Asker(engine, wake, self)
        self.hovering = Hovering(self.asker, self)
        self._refresh_soon = Soon(self.refresh, self)
        self.opener.picture_changed.connect(self._on_picture)
        self.asker.loaded.connect(self._on_loaded)
        self.asker.moved.connect(self.model_changed)
        self.asker.explained.connect(self._on_explained)
        self.asker.refused.connect(self._on_refused)
        self.asker.failed_pass.connect(self._on_failed_pass)
        self.asker.answered.connect(self.refresh)
        self.asker.answered.connect(self.hovering.follow)
        self.asker.unanswered.connect(self.hovering.follow)
        self.asker.load_failed.connect(self._on_failed_load)
        self.hovering.changed.connect(self._refresh_soon.ask)
        self.asker.progressed.connect(self.progressed)
        self.asker.activity_changed.connect(self.activity_changed)
        for source in (self.opener, self.asker):
            source.noticed.connect(self.noticed)
        self.state.events.query.connect(self.hovering.settle)
        self.state.events.connect(self._refresh_soon.ask)
        self.state.events.resolution.connect(self._on_resolution)
        self.state.events.device.connect(self._load_again)
        self.state.events.precision.connect(self._load_again)

    @property
    def picture(self) -> Picture | None:
        """The picture that is shown."""
        return self.opener.picture

    @property
    def playlist(self) -> Playlist:
        """The pictures that were opened together."""
        return self.opener.playlist

    @property
    def model(self) -> ModelFacts | None:
        """What is known of the loaded model."""
        return self.asker.model

    # --- what the window asks for -----------------------------------------------------

    def open(self, sources: Sequence[str]) -> None:
        """Open pictures, folders or URLs; the first picture is shown.

        A folder that holds a model, or is above some, is opened as one.
        """
        folder = folder_of(sources[0]) if len(sources) == 1 else ""
        if folder and is_place_of_models(folder):
            self.load_model(folder)
        else:
            self.opener.open(sources)

    def open_path(self, path: str) -> None:
        """Open one picture, folder or URL."""
        self.open([path])

    def open_current(self) -> None:
        """Open the picture that is the current one of the opened set."""
        self.opener.open_current()

    def decode(self, data: bytes, name: str) -> None:
        """Decode picture bytes from the clipboard or a browser, and show them."""
        self.opener.decode(data, name)

    def step(self, by: int) -> bool:
        """Go some pictures forward or back in the opened set; False at its end."""
        return self.opener.step(by)

    def go_to(self, index: int) -> None:
        """Open one picture of the opened set."""
        self.opener.go_to(index)

    def load_model(self, source: str) -> None:
        """Load a model by bundled name, folder or hub id, in the worker."""
        self.asker.load(source, self.state.device, self.state.precision)

    def model_instead(self, sentence: str) -> str:
        """Return where the model is that a notice says to be elsewhere; or nothing."""
        return self.asker.instead.get(sentence, "")

    def cancel(self) -> None:
        """Stop what the engine is doing; what is shown stays."""
        self.hovering.interrupt()
        self.asker.cancel()

    def close(self, timeout_ms: int = 3000) -> bool:
        """End the workers; False if one would not stop in time."""
        self.hovering.interrupt()
        self._refresh_soon.withdraw()
        parts = (self.asker, self.opener, self.vanishing)
        stopped = [part.stop(timeout_ms) for part in parts]
        return all(stopped)

    # --- from pictures and models to an explanation -----------------------------------

    @Slot(object)
    def _on_picture(self, picture: Picture) -> None:
        self._forget()
        self.picture_changed.emit(picture)
        self._explain()

    @Slot()
    def _on_failed_load(self) -> None:
        """Ask again what the load had cut off: the model before it stays."""
        if self.model is not None:
            self.refresh()

    @Slot(object)
    def _on_loaded(self, model: ModelFacts) -> None:
        self._forget()
        self.model_changed.emit(model)
        self.state.fit_to(model)
        missing = self.state.fit_method(model)
        if missing:
            self.noticed.emit(f"{missing} Attention is shown instead.")
        self._explain()

    def _explain(self) -> None:
        if self.picture is not None:
            self.asker.explain(self.picture, self.state.resolution)

    def _forget(self) -> None:
        """Drop what was computed for another picture or model."""
        self.asker.forget()
        self._clear()

    def _clear(self) -> None:
        self.hovering.interrupt()
        self.shown = self.refusal = None
        if self.explanation is not None:
            self.explanation = None
            self.explanation_changed.emit(None)
            self.map_changed.emit(None)
            self.shown_changed.emit(None)

    @Slot(object)
    def _on_explained(self, explanation: Explanation) -> None:
        self._clear()
        self.explanation = explanation
        self._fall_back_to_default_query(explanation)
        # The engine may have had to do with less than was asked.
        self.state.resolution = explanation.resolution
        for note in explanation.notes:
            self.noticed.emit(note)
        self.explanation_changed.emit(explanation)
        self.refresh()

    @Slot(object)
    def _on_refused(self, refusal: Refusal) -> None:
        """Show neither map nor prediction, but the checks that say why."""
        self._clear()
        self.refusal = refusal
        self.explanation_changed.emit(None)

    @Slot()
    def _on_failed_pass(self) -> None:
        """Choose the size again that is still shown."""
        if self.explanation is not None:
            self.state.resolution = self.explanation.resolution

    def _fall_back_to_default_query(self, explanation: Explanation) -> None:
        """Ask what the model's answer is read from where there is no such patch."""
        tokens, query = explanation.tokens, self.state.query
        if query.kind is QueryKind.PATCH and not tokens.has_patch(
            query.row, query.col, query.pane
        ):
            self.state.query = explanation.model.default_query

    def _on_resolution(self, resolution: Resolution) -> None:
        explained = self.explanation
        if explained is None or explained.resolution is not resolution:
            self._explain()

    def _load_again(self, *_: object) -> None:
        if self.model is not None:
            self.load_model(self.model.source)

    # --- from the state to the map ----------------------------------------------------

    @Slot()
    def refresh(self, *_: object) -> None:
        """Show the map that the state asks for; ask the engine if it is not known."""
        self._refresh_soon.withdraw()
        if self.explanation is None:
            return
        view = self.hovering.view(self.state)
        request, passing = request_of(view), view is not self.state
        answer = self.asker.answer_to(request, passing)
        if answer is None:
            self.asker.ask(request, passing)
            return
        self.asker.withdraw(but=request)
        self.shown = resolve(self.explanation, answer, view)
        self.map_changed.emit(self.shown)
        self.shown_changed.emit(self.shown)
