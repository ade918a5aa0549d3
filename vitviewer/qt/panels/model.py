"""The section for what the model is and how it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from vitviewer.qt.widgets.forms import Form
from vitviewer.qt.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vitviewer.answers import Explanation, ModelFacts


class ModelPanel(QWidget):
    """A model's facts, and how it is run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: ModelFacts | None = None
        self._size: tuple[int, int] | None = None
        self.facts = {name: PlainLabel("–") for name in _FACTS}
        form = self._form = Form(self)
        for name, label in self.facts.items():
            label.setAccessibleName(name)
            form.add(name, label)

    @property
    def summary(self) -> str:
        """What goes in and where it runs, in a few words."""
        if self._model is None:
            return "no model yet"
        width, height = self._size or self._model.input_size
        return f"{width} × {height}, {self._model.device}"

    def set_explanation(self, explanation: Explanation | None) -> None:
        """Take over at which size a picture went in; None for the model's own."""
        self._size = None
        if explanation is not None:
            height, width = explanation.input_pixels.shape[:2]
            self._size = (width, height)

    def add_rows(self, rows: Sequence[tuple[str, QWidget]]) -> None:
        """Put further controls, with their labels, below the facts."""
        for label, control in rows:
            self._form.add(label, control)

    def show_row(self, control: QWidget, on: bool) -> None:
        """Show or hide one of those rows."""
        self._form.setRowVisible(control, on)

    def set_model(self, model: ModelFacts | None) -> None:
        """Show a loaded model's facts."""
        self._model = model
        for name, label in self.facts.items():
            label.setText("–" if model is None else _FACTS[name](model))


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
