"""What a start shows: the pictures that were named, the last session, or a sample."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from vitviewer.errors import ExportError
from vitviewer.models.sources import DEFAULT_MODEL
from vitviewer.qt.lifecycle.session import Session, read_session, write_session
from vitviewer.queries import QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.maps.state import ViewState
    from vitviewer.qt.window.main_window import MainWindow

log = logging.getLogger(__name__)


def take_session(path: Path) -> Session | None:
    """Return the session to restore, and note in its file that this was tried."""
    session = read_session(path)
    if session is None or not session.is_worth_trying:
        return None
    with suppress(ExportError):
        write_session(path, replace(session, attempts=session.attempts + 1))
    return session


class Opening(QObject):
    """The first picture, then the model: imports delay nothing that is waited for.

    Falls back to ``pictures`` and the default model for what can no longer be opened
    of a session.
    """

    def __init__(
        self,
        window: MainWindow,
        pictures: list[str],
        model: str | None,
        session: Session | None = None,
    ) -> None:
        super().__init__(window)
        self._controller = window.controller
        self._pictures = pictures
        self._session = session
        self._model = session.model if session else model or DEFAULT_MODEL
        if os.path.isabs(self._model) and not os.path.isdir(self._model):
            self._model = DEFAULT_MODEL if session else self._model
        self._woken = False

    @Slot()
    def begin(self) -> None:
        """Open the pictures; what comes of it wakes the model."""
        controller, session = self._controller, self._session
        controller.picture_changed.connect(self.wake)
        controller.noticed.connect(self._on_noticed)
        if session is not None:
            controller.model_changed.connect(self._on_model)
        if controller.picture is not None:
            self.wake()  # something was dropped while the window was being furnished
        elif session is not None:
            controller.playlist.replace(list(session.pictures), session.index)
            controller.open_current()
        elif self._pictures:
            controller.open(self._pictures)
        else:
            self.wake()

    @Slot()
    def wake(self) -> None:
        """Load the model, once."""
        if not self._woken:
            self._woken = True
            self._controller.load_model(self._model)

    @Slot()
    def _on_noticed(self) -> None:
        if self._session is None:
            self.wake()
        elif self._controller.picture is None:
            self._session, self._model = None, DEFAULT_MODEL
            self._controller.open(self._pictures)
        elif self._woken and self._controller.model is None:
            self._session = None
            self._controller.load_model(DEFAULT_MODEL)
        else:
            self.wake()

    @Slot(object)
    def _on_model(self, model: ModelFacts) -> None:
        if self._session is not None and model.source == self._model:
            # The controller first fits the view to the model, then this holds.
            QTimer.singleShot(0, self._restore_view)

    @Slot()
    def _restore_view(self) -> None:
        session, model = self._session, self._controller.model
        self._session = None
        if session is not None and model is not None:
            restore_view(self._controller.state, session.view, model)


def restore_view(state: ViewState, view: dict[str, object], model: ModelFacts) -> None:
    """Take over the saved choices that make sense for a model."""
    from vitviewer.maps.colormaps import COLORMAPS, DIVERGING

    choices = dict(view)
    for name, known in (("colormap", COLORMAPS), ("signed_colormap", DIVERGING)):
        if choices.get(name) not in list(known):
            choices.pop(name, None)
    state.restore(choices)
    state.layer = min(state.layer, model.n_layers - 1)
    if state.first_layer is not None:
        state.first_layer = min(state.first_layer, model.n_layers - 1)
    state.head = min(state.head, model.n_heads - 1)
    if state.query.kind is not QueryKind.PATCH and state.query not in model.queries:
        state.query = model.default_query
    state.fit_method(model)
    state.fit_target(model)
