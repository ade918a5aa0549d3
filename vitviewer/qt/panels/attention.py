"""The dock for layer, head, averaging, method and query."""

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
from vitviewer.qt.panels.query_box import QueryBox
from vitviewer.qt.widgets.bindings import bind_combo, bind_number, follow
from vitviewer.qt.widgets.forms import make_form, make_slider
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.queries import Direction, Fusion, Method, Query, QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts

_METHODS = {
    Method.ATTENTION: "Attention of one layer",
    Method.ROLLOUT: "Rollout up to the layer",
}
_FUSIONS = {
    Fusion.HEAD: "One head",
    Fusion.MEAN: "Mean of heads",
    Fusion.MAX: "Maximum of heads",
    Fusion.MIN: "Minimum of heads",
    Fusion.MEDIAN: "Median of heads",
}
_DIRECTIONS = {
    Direction.FROM: "Where it looks",
    Direction.TO: "What looks at it",
}


class AttentionPanel(QWidget):
    """Choose which attention is shown."""

    reset_query = Signal()

    def __init__(self, state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._default_query = Query()
        self.method = _combo("Method", list(_METHODS.values()))
        self.layer = make_slider("Layer", "Up and Down arrows step through the layers.")
        self.range = QCheckBox("Mean from")
        self.range.setAccessibleName("Average over a range of layers")
        self.first_layer = make_slider("First layer", "First layer of the mean.")
        self.fusion = _combo("Averaging mode", list(_FUSIONS.values()))
        self.head = make_slider("Head", "Left and Right arrows step through the heads.")
        self.query = QueryBox(state)
        self.to_class = QPushButton("Reset")
        self.to_class.setAccessibleName("Back to what the model reads")
        set_tooltip(self.to_class, "Back to what the model's answer reads (Esc)")
        self.direction = _combo("Direction", list(_DIRECTIONS.values()))
        self._lay_out()
        for slider in (self.layer, self.first_layer, self.head):
            slider.setRange(1, 1)
        self._bind()
        self.setEnabled(False)

    def set_model(self, model: ModelFacts | None) -> None:
        """Take over the numbers of layers and heads."""
        self.setEnabled(model is not None)
        if model is None:
            return
        self._default_query = model.default_query
        for slider in (self.layer, self.first_layer):
            slider.setRange(1, model.n_layers)
        self.head.setRange(1, model.n_heads)
        self.query.set_model(model)
        self._enable()

    def _lay_out(self) -> None:
        query = QHBoxLayout()
        query.addWidget(self.query, 1)
        query.addWidget(self.to_class)
        form = make_form(self)
        form.addRow("Method", self.method)
        form.addRow("Layer", self.layer)
        form.addRow(self.range, self.first_layer)
        form.addRow("Heads", self.fusion)
        form.addRow("Head", self.head)
        form.addRow("Query", query)
        form.addRow("Show", self.direction)

    def _bind(self) -> None:
        state = self._state
        bind_combo(self.method, state, "method", list(_METHODS))
        bind_combo(self.fusion, state, "fusion", list(_FUSIONS))
        bind_combo(self.direction, state, "direction", list(_DIRECTIONS))
        for slider, field in ((self.layer, "layer"), (self.head, "head")):
            bind_number(slider, state, field, lambda n: n + 1, lambda n: n - 1)
        self.range.toggled.connect(self._toggle_range)
        self.first_layer.valueChanged.connect(self._choose_first_layer)
        follow(self.range, state, "first_layer", self._show_range)
        self.to_class.clicked.connect(self.reset_query)
        for event in (state.events.method, state.events.fusion, state.events.query):
            event.connect(self._enable)
        self._enable()

    def _toggle_range(self, on: bool) -> None:
        self._state.first_layer = self.first_layer.value() - 1 if on else None

    def _choose_first_layer(self, number: int) -> None:
        if self.range.isChecked():
            self._state.first_layer = number - 1

    def _show_range(self, first: int | None) -> None:
        self.range.setChecked(first is not None)
        self.first_layer.setEnabled(first is not None)

    def _enable(self, *_: object) -> None:
        """Grey out what has no effect on the map."""
        state = self._state
        attention = state.method is Method.ATTENTION
        self.head.setEnabled(attention and state.fusion is Fusion.HEAD)
        in_layer = not attention or state.query.kind is not QueryKind.POOL
        self.layer.setEnabled(in_layer)
        self.range.setEnabled(attention and in_layer)
        self.first_layer.setEnabled(attention and state.first_layer is not None)
        one_token = state.query.kind not in (QueryKind.MEAN, QueryKind.POOL)
        self.direction.setEnabled(one_token)
        self.to_class.setEnabled(state.query != self._default_query)


def _combo(name: str, entries: list[str]) -> QComboBox:
    combo = QComboBox()
    combo.addItems(entries)
    combo.setAccessibleName(name)
    combo.setMinimumContentsLength(12)
    return combo
