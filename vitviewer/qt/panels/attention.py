"""The section for method, its settings, and query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from vitviewer.maps.state import ViewState
from vitviewer.methods.registry import list_methods, method
from vitviewer.qt.panels.method_settings import MethodSettings
from vitviewer.qt.panels.query_box import QueryBox
from vitviewer.qt.widgets.bindings import bind_combo
from vitviewer.qt.widgets.forms import make_form
from vitviewer.qt.widgets.plain import as_tooltip, set_tooltip
from vitviewer.queries import Direction, Query, QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts

_DIRECTIONS = {
    Direction.FROM: "Where it looks",
    Direction.TO: "What looks at it",
}
_FOLLOWING = (
    "Ask about the patch under the pointer, without a click, as Shift does while it is "
    "held. Off the patches the chosen query is shown again."
)


class AttentionPanel(QWidget):
    """Choose which attention is shown."""

    reset_query = Signal()

    def __init__(self, state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._default_query = Query()
        self._methods = list(list_methods())
        self.method = _combo("Method", [m.label for m in list_methods().values()])
        self.settings = MethodSettings(state)
        self.query = QueryBox(state)
        self.to_class = QPushButton("Reset")
        self.to_class.setAccessibleName("Back to what the model reads")
        set_tooltip(self.to_class, "Back to what the model's answer reads (Esc)")
        self.following = QCheckBox("Follow the pointer (H)")
        set_tooltip(self.following, _FOLLOWING)
        self.direction = _combo("Direction", list(_DIRECTIONS.values()))
        self._lay_out()
        self._bind()
        self.setEnabled(False)

    def set_model(self, model: ModelFacts | None) -> None:
        """Take over the numbers of layers and heads."""
        self.setEnabled(model is not None)
        if model is None:
            return
        self._default_query = model.default_query
        self.query.set_model(model)
        self._offer_methods(model)
        self._enable()

    def _offer_methods(self, model: ModelFacts) -> None:
        """Grey the methods that this model has not what it takes for."""
        for index, one in enumerate(list_methods().values()):
            missing = one.missing(model)
            item = self.method.model().item(index)  # type: ignore[attr-defined]
            item.setEnabled(not missing)
            item.setToolTip(as_tooltip(missing or one.question))

    def _lay_out(self) -> None:
        query = QHBoxLayout()
        query.addWidget(self.query, 1)
        query.addWidget(self.to_class)
        form = make_form(self)
        form.addRow("Method", self.method)
        form.addRow(self.settings)
        form.addRow("Query", query)
        form.addRow("", self.following)
        form.addRow("Show", self.direction)

    def _bind(self) -> None:
        state = self._state
        bind_combo(self.method, state, "method", self._methods)
        bind_combo(self.direction, state, "direction", list(_DIRECTIONS))
        self.to_class.clicked.connect(self.reset_query)
        for event in (state.events.method, state.events.query):
            event.connect(self._enable)
        self._enable()

    def _enable(self, *_: object) -> None:
        """Grey out what has no effect on the map."""
        state, asked = self._state, method(self._state.method)
        one_token = state.query.kind not in (QueryKind.MEAN, QueryKind.POOL)
        self.query.setEnabled(bool(asked.queries))
        self.following.setEnabled(QueryKind.PATCH in asked.queries)
        self.direction.setEnabled(one_token and len(asked.directions) > 1)
        self.to_class.setEnabled(state.query != self._default_query)


def _combo(name: str, entries: list[str]) -> QComboBox:
    combo = QComboBox()
    combo.addItems(entries)
    combo.setAccessibleName(name)
    combo.setMinimumContentsLength(12)
    return combo
