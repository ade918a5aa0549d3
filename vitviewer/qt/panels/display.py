"""How the map is painted: colours, their scale, what is drawn, and the picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Signal, Slot
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from vitviewer.maps.colormaps import (
    COLORMAPS,
    DIVERGING,
    DIVERGING_GROUPS,
    GROUPS,
    lookup_table,
)
from vitviewer.maps.presets import FIELDS, PRESETS, preset_of, use
from vitviewer.maps.state import Alpha, Interpolation, Photograph, Scale, ViewState
from vitviewer.qt.widgets.bindings import bind_combo, bind_number, follow
from vitviewer.qt.widgets.forms import Form
from vitviewer.qt.widgets.grouped_combo import GroupedCombo
from vitviewer.qt.widgets.number_box import DecimalBox
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.qt.widgets.qimage import to_qimage

_SCALES = {
    Scale.MAP: "This map",
    Scale.LAYER: "This layer",
    Scale.MODEL: "Whole model",
    Scale.ABSOLUTE: "Absolute",
    Scale.FIXED: "Fixed by hand",
}
DRAWN_AS = {
    Interpolation.SMOOTH: "Smooth",
    Interpolation.NEAREST: "Nearest (true patches)",
    Interpolation.CONTOURS: "Contours",
}
"""The ways to draw a map, in the order in which a key goes through them."""
_PICTURES = ("Muted", "As it is", "As the model saw it (M)")
_SWATCH = QSize(64, 14)
_HINTS = {
    "preset": ("Look", "Several of these choices at once."),
    "colormap": ("Colours", ""),
    "scale": ("Scale", "Which values get the first and the last colour."),
    "absolute": ("Absolute maximum", "The share that gets the last colour."),
    "interpolation": (
        "Draw as",
        "Smooth blurs between patch centres: the model knows patches only. Contours "
        "hold a quarter and a half of the map's sum. I goes from one to the next.",
    ),
    "picture": (
        "Picture",
        "Muted, the picture keeps a third of its colour while a map is on it; hold "
        "Space to see it as it is.",
    ),
    "rising": ("Low values transparent", "Opacity rises with the value."),
}


class DisplayPanel(QWidget):
    """Choose how the map is painted over the picture."""

    summary_changed = Signal()

    def __init__(self, state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._signed = False
        self.preset = QComboBox()
        self.colormap = GroupedCombo()
        self.scale = QComboBox()
        self.absolute = DecimalBox()
        self.interpolation = QComboBox()
        self.picture = QComboBox()
        self.rising = QCheckBox("Low values transparent")
        self._fill()
        self._lay_out()
        self._bind()

    def summary(self) -> str:
        """Say in a few words how it is painted: "Ember, smooth"."""
        state = self._state
        name = state.signed_colormap if self._signed else state.colormap
        label = (DIVERGING if self._signed else COLORMAPS).get(name, name)
        return f"{label}, {state.interpolation.value}"

    @Slot(bool)
    def set_signed(self, on: bool) -> None:
        """Offer colours for values of both signs, or of one."""
        if on != self._signed:
            self._signed = on
            self._offer_colors()
            self.summary_changed.emit()

    def _fill(self) -> None:
        self.preset.addItems([preset.label for preset in PRESETS.values()])
        self.preset.setPlaceholderText("Your own")
        self.colormap.setIconSize(_SWATCH)
        self.scale.addItems(list(_SCALES.values()))
        self.interpolation.addItems(list(DRAWN_AS.values()))
        self.picture.addItems(_PICTURES)
        self.absolute.setRange(0.01, 100.0)
        self.absolute.setDecimals(2)
        self.absolute.setSuffix(" %")
        self.absolute.setStepType(DecimalBox.StepType.AdaptiveDecimalStepType)
        for field, (name, hint) in _HINTS.items():
            widget = getattr(self, field)
            widget.setAccessibleName(name)
            set_tooltip(widget, hint)
            if isinstance(widget, QComboBox):
                widget.setMinimumContentsLength(6)

    def _lay_out(self) -> None:
        form = self._form = Form(self)
        form.add("Look", self.preset)
        form.add("Colours", self.colormap)
        form.add("Scale", self.scale)
        form.add("Up to", self.absolute)
        form.add("Draw as", self.interpolation)
        form.add("Picture", self.picture)
        form.addRow(self.rising)

    def _bind(self) -> None:
        state = self._state
        bind_number(
            self.absolute, state, "absolute_max", lambda v: v * 100, lambda p: p / 100
        )
        bind_combo(self.scale, state, "scale", list(_SCALES))
        bind_combo(self.interpolation, state, "interpolation", list(DRAWN_AS))
        self.rising.toggled.connect(self._set_alpha)
        follow(self.rising, state, "alpha", self._show_alpha)
        self.picture.currentIndexChanged.connect(self._choose_picture)
        for field in ("photograph", "show_input"):
            follow(self.picture, state, field, self._show_picture)
        self.colormap.chosen.connect(self._choose_colors)
        self.preset.currentIndexChanged.connect(self._choose_preset)
        for field in FIELDS:
            getattr(state.events, field).connect(self._on_style)
        state.events.scale.connect(self._show_limit)
        self._show_limit()
        self._offer_colors()
        self._on_style()

    def _show_limit(self, *_: object) -> None:
        self._form.setRowVisible(self.absolute, self._state.scale is Scale.ABSOLUTE)

    def _on_style(self, *_: object) -> None:
        """Show which preset this is, and which colours; both stand for others."""
        preset = preset_of(self._state)
        blocker = QSignalBlocker(self.preset)
        names = list(PRESETS)
        self.preset.setCurrentIndex(names.index(preset.name) if preset else -1)
        blocker.unblock()
        self._show_colors()
        self.summary_changed.emit()

    def _offer_colors(self) -> None:
        groups: Mapping[str, Mapping[str, str]]
        groups = DIVERGING_GROUPS if self._signed else GROUPS
        self.colormap.set_groups(groups, _swatch)
        self._show_colors()

    def _show_colors(self) -> None:
        state = self._state
        name = state.signed_colormap if self._signed else state.colormap
        self.colormap.show_name(name)

    @Slot(str)
    def _choose_colors(self, name: str) -> None:
        setattr(self._state, "signed_colormap" if self._signed else "colormap", name)

    @Slot(int)
    def _choose_preset(self, index: int) -> None:
        if index >= 0:
            use(list(PRESETS.values())[index], self._state)

    @Slot(bool)
    def _set_alpha(self, on: bool) -> None:
        self._state.alpha = Alpha.RISING if on else Alpha.UNIFORM

    def _show_alpha(self, alpha: Alpha) -> None:
        self.rising.setChecked(alpha is not Alpha.UNIFORM)

    @Slot(int)
    def _choose_picture(self, index: int) -> None:
        state = self._state
        state.show_input = index == 2
        if index < 2:
            state.photograph = (Photograph.MUTED, Photograph.AS_IS)[index]

    def _show_picture(self, *_: object) -> None:
        as_is = self._state.photograph is Photograph.AS_IS
        self.picture.setCurrentIndex(2 if self._state.show_input else int(as_is))


def _swatch(name: str) -> QIcon:
    """Paint a colormap as a small horizontal strip."""
    strip = np.ascontiguousarray(lookup_table(name)[None, :, :3])
    return QIcon(QPixmap.fromImage(to_qimage(strip)).scaled(_SWATCH))
