"""The control that names the query and offers those that need no click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QWidget

from vitviewer.maps.naming import query_name
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.queries import Direction, Query, QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.maps.state import ViewState

_HINT = (
    "Whose attention is shown. Click a patch in the picture to ask about that one, or "
    "hold Shift to ask about the one under the pointer."
)


class QueryBox(QComboBox):
    """Choose a special token, the mean, or the pooling head; a clicked patch is shown.

    Parameters
    ----------
    state : ViewState
        Where the choice lives.
    """

    def __init__(self, state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._model: ModelFacts | None = None
        self._queries: list[Query] = []
        self.setAccessibleName("Query token")
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.currentIndexChanged.connect(self._choose)
        state.events.query.connect(self._show)
        set_tooltip(self, _HINT)

    def set_model(self, model: ModelFacts) -> None:
        """Offer what this model has."""
        self._model = model
        reads = f"{model.reads[0].upper()}{model.reads[1:]}. " if model.reads else ""
        set_tooltip(self, reads + _HINT)
        self._show()

    def _show(self, *_: object) -> None:
        if self._model is None:
            return
        query = self._state.query
        queries = list(self._model.queries)
        if query.kind is QueryKind.PATCH:
            queries.append(query)
        blocker = QSignalBlocker(self)
        if queries != self._queries:
            self._queries = queries
            self.clear()
            self.addItems([query_name(q, self._model) for q in queries])
        self.setCurrentIndex(queries.index(query) if query in queries else -1)
        blocker.unblock()

    def _choose(self, index: int) -> None:
        if not 0 <= index < len(self._queries):
            return
        query = self._queries[index]
        if query.kind in (QueryKind.MEAN, QueryKind.POOL):
            self._state.direction = Direction.FROM
        self._state.query = query
