"""The dock for how the map is painted: opacity, colormap, scale, interpolation."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QWidget,
)

from vitviewer.maps.colors import COLORMAPS, lookup_table
from vitviewer.maps.state import Interpolation, Scale, ViewState
from vitviewer.qt.widgets.bindings import bind_check, bind_combo, bind_number
from vitviewer.qt.widgets.forms import make_form
from vitviewer.qt.widgets.number_box import DecimalBox
from vitviewer.qt.widgets.plain import set_tooltip

_SCALES = {
    Scale.MAP: "This map",
    Scale.LAYER: "This layer",
    Scale.MODEL: "Whole model",
    Scale.ABSOLUTE: "Absolute",
}
_INTERPOLATIONS = {
    Interpolation.NEAREST: "Nearest (true patches)",
    Interpolation.SMOOTH: "Smooth",
}
_SWATCH = QSize(64, 14)


class OverlayPanel(QWidget):
    """Choose how the map is painted over the picture."""

    def __init__(self, state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.colormap = QComboBox()
        self.scale = QComboBox()
        self.absolute = DecimalBox()
        self.interpolation = QComboBox()
        self.fade = QCheckBox("Low values transparent")
        self.input = QCheckBox("As the model saw it (M)")
        self._fill()
        self._lay_out()
        self._bind()

    def summary(self) -> str:
        """Say in a few words how maps are painted."""
        colors = COLORMAPS.get(self._state.colormap, self._state.colormap)
        return f"{colors}, {self._state.interpolation.value}"

    def _fill(self) -> None:
        self.colormap.setIconSize(_SWATCH)
        for name, label in COLORMAPS.items():
            self.colormap.addItem(_swatch(name), label)
        self.scale.addItems(list(_SCALES.values()))
        self.interpolation.addItems(list(_INTERPOLATIONS.values()))
        self.absolute.setRange(0.01, 100.0)
        self.absolute.setDecimals(2)
        self.absolute.setSuffix(" %")
        self.absolute.setStepType(DecimalBox.StepType.AdaptiveDecimalStepType)
        names = {
            self.colormap: ("Colormap", ""),
            self.scale: ("Scale", "Which values get the first and the last colour."),
            self.absolute: ("Absolute maximum", "The share that gets the last colour."),
            self.interpolation: (
                "Interpolation",
                "Smooth blurs between patch centres: the model knows patches only.",
            ),
            self.fade: ("Low values transparent", ""),
        }
        for widget, (name, hint) in names.items():
            widget.setAccessibleName(name)
            set_tooltip(widget, hint)
            if isinstance(widget, QComboBox):
                widget.setMinimumContentsLength(10)

    def _lay_out(self) -> None:
        scale = QHBoxLayout()
        scale.addWidget(self.scale, 1)
        scale.addWidget(self.absolute)
        form = make_form(self)
        form.addRow("Colours", self.colormap)
        form.addRow("Scale", scale)
        form.addRow("Fill", self.interpolation)
        form.addRow(self.fade)
        form.addRow(self.input)

    def _bind(self) -> None:
        state = self._state
        bind_check(self.fade, state, "fade")
        bind_check(self.input, state, "show_input")
        bind_number(
            self.absolute, state, "absolute_max", lambda v: v * 100, lambda p: p / 100
        )
        bind_combo(self.colormap, state, "colormap", list(COLORMAPS))
        bind_combo(self.scale, state, "scale", list(_SCALES))
        bind_combo(self.interpolation, state, "interpolation", list(_INTERPOLATIONS))
        state.events.scale.connect(self._enable)
        self._enable()

    def _enable(self, *_: object) -> None:
        self.absolute.setEnabled(self._state.scale is Scale.ABSOLUTE)


def _swatch(name: str) -> QIcon:
    """Paint a colormap as a small horizontal strip."""
    table = lookup_table(name, 1.0, False)
    image = QImage(table.tobytes(), 256, 1, 1024, QImage.Format.Format_RGBA8888)
    return QIcon(QPixmap.fromImage(image.copy()).scaled(_SWATCH))
