"""Back and forward in the window: what was looked at while a model is open."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vitviewer.maps.history import REST, History, take
from vitviewer.qt.soon import Soon
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
        self._soon = Soon(self._note, self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(round(1000 * REST) + 20)
        self._rest.timeout.connect(self._settle)
        controller.state.events.connect(self._soon.ask)
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
            self._soon.ask()

    @Slot()
    def _note(self) -> None:
        self._soon.withdraw()
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
