"""Back and forward in the window: what was looked at while a model is open."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vitviewer.maps.history import REST, History, take
from vitviewer.queries import QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.maps.history import Step
    from vitviewer.qt.controller import Controller


class Trail(QObject):
    """Keep the history of a controller's view state, and walk in it."""

    changed = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self.history = History()
        self._controller = controller
        self._source = ""
        # One pick may set several fields: they are looked at together, afterwards.
        self._soon, self._rest = QTimer(self), QTimer(self)
        for timer, wait in ((self._soon, 0), (self._rest, round(1000 * REST) + 20)):
            timer.setSingleShot(True)
            timer.setInterval(wait)
        self._soon.timeout.connect(self._note)
        self._rest.timeout.connect(self._settle)
        controller.state.events.connect(self._on_state)
        controller.model_changed.connect(self._on_model)
        self._on_model(controller.model)

    @Slot()
    def back(self) -> None:
        """Show what was looked at before."""
        self._note()
        self._go(self.history.back())

    @Slot()
    def forward(self) -> None:
        """Show again what was gone back from."""
        self._note()
        self._go(self.history.forward())

    def _go(self, step: Step | None) -> None:
        if step is None:
            return
        query, explanation = step["query"], self._controller.explanation
        is_gone = (
            query.kind is QueryKind.PATCH
            and explanation is not None
            and not explanation.tokens.has_patch(query.row, query.col, query.pane)
        )
        if is_gone and explanation is not None:  # another picture's grid had it
            step = {**step, "query": explanation.model.default_query}
        take(step, self._controller.state)
        self.changed.emit()

    @Slot(object)
    def _on_model(self, model: ModelFacts | None) -> None:
        """Begin anew with another model; the same one may have been moved."""
        if model is not None and model.source != self._source:
            self._source = model.source
            self.history.clear()
            self._soon.start()

    def _on_state(self, *_: object) -> None:
        if not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _note(self) -> None:
        self._soon.stop()
        if self._controller.model is None:
            return
        self.history.note(self._controller.state, monotonic())
        if self.history.is_passing:
            self._rest.start()
        self.changed.emit()

    @Slot()
    def _settle(self) -> None:
        self.history.settle(monotonic())
        self.changed.emit()
