"""How the docks lay out their controls: the same tight form in each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSlider,
    QFormLayout,
    QFrame,
    QScrollArea,
    QWidget,
)
from superqt import QLabeledSlider
from superqt.sliders._labeled import SliderLabel

from vitviewer.qt.widgets.number_box import SliderNumber
from vitviewer.qt.widgets.plain import set_tooltip


def make_form(panel: QWidget) -> QFormLayout:
    """Give a panel a form of labelled rows that fill its width."""
    form = QFormLayout(panel)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setContentsMargins(8, 3, 8, 3)
    form.setVerticalSpacing(2)
    return form


def scrolling(panel: QWidget) -> QScrollArea:
    """Let a panel scroll where the screen is too low for it."""
    area = QScrollArea()
    area.setWidget(panel)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def make_slider(name: str, hint: str) -> QLabeledSlider:
    """Make a slider that shows its number, named for screen readers too."""
    slider = QLabeledSlider(Qt.Orientation.Horizontal)
    slider.setPageStep(1)
    slider.setAccessibleName(name)
    for part in slider.findChildren(QAbstractSlider):
        part.setAccessibleName(name)
    for label in slider.findChildren(SliderLabel):
        label.setValidator(SliderNumber(slider, label))
    set_tooltip(slider, hint)
    return slider
