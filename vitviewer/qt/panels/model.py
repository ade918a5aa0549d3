"""The dock for the model: which one, and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from vitviewer.qt.widgets.forms import make_form
from vitviewer.qt.widgets.plain import PlainLabel, set_tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vitviewer.answers import ModelFacts
    from vitviewer.models.catalog import ModelEntry


class ModelPanel(QWidget):
    """Choose a model and read its facts."""

    chosen = Signal(str)
    more_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = QComboBox()
        self.models.setAccessibleName("Model")
        self.models.setMinimumContentsLength(12)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.models.setSizePolicy(policy)
        self.more = QPushButton("More models…")
        set_tooltip(self.more, "On this machine and on the hub (Ctrl+M)")
        self.folder = QPushButton("Open folder…")
        set_tooltip(self.folder, "A folder with config.json and model.safetensors")
        self.facts = {name: PlainLabel("–") for name in _FACTS}
        form = self._form = make_form(self)
        form.addRow("Model", self.models)
        for name, label in self.facts.items():
            label.setAccessibleName(name)
            form.addRow(name, label)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.more)
        buttons.addWidget(self.folder)
        form.addRow(buttons)
        self.models.activated.connect(self._choose)
        self.more.clicked.connect(self.more_wanted)
        self.folder.clicked.connect(self.folder_wanted)

    def add_rows(self, rows: Sequence[tuple[str, QWidget]]) -> None:
        """Put further controls, with their labels, above the buttons."""
        for label, control in rows:
            self._form.insertRow(self._form.rowCount() - 1, label, control)

    def show_row(self, control: QWidget, on: bool) -> None:
        """Show or hide one of those rows."""
        self._form.setRowVisible(control, on)

    def set_entries(self, entries: Sequence[ModelEntry]) -> None:
        """List the models that can be opened at once."""
        self.models.clear()
        for entry in entries:
            self.models.addItem(entry.name, entry.source)

    def set_model(self, model: ModelFacts | None) -> None:
        """Show a loaded model's facts."""
        for name, label in self.facts.items():
            label.setText("–" if model is None else _FACTS[name](model))
        if model is not None:
            self._select(model)

    def _select(self, model: ModelFacts) -> None:
        index = self.models.findData(model.source)
        if index < 0:
            index = self.models.findText(model.name)
        if index < 0:
            self.models.addItem(model.name, model.source)
            index = self.models.count() - 1
        self.models.setCurrentIndex(index)

    def _choose(self, index: int) -> None:
        self.chosen.emit(self.models.itemData(index))


def _tokens(model: ModelFacts) -> str:
    """Say which tokens there are, for example "1 class + 14 × 14 patches"."""
    (width, height), (patch_width, patch_height) = model.input_size, model.patch_size
    grid = f"{height // patch_height} × {width // patch_width} patches"
    kinds: dict[str, int] = {}
    for name in model.special_tokens:
        kind = name.rstrip("0123456789 ")
        kinds[kind] = kinds.get(kind, 0) + 1
    return " + ".join([*(f"{n} {kind}" for kind, n in kinds.items()), grid])


def _family(model: ModelFacts) -> str:
    """Say what kind of model it is, how large, and which commit of it."""
    commit = f", commit {model.revision[:7]}" if model.revision else " parameters"
    return f"{model.family}, {model.n_parameters / 1e6:.1f} M{commit}"


_FACTS: dict[str, Callable[[ModelFacts], str]] = {
    "Family": _family,
    "Depth": lambda m: f"{m.n_layers} layers × {m.n_heads} heads, {m.dtype}",
    "Tokens": _tokens,
    "Input": lambda m: m.processor,
}
