"""How the docks lay out their controls: the same tight form in each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
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
    slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it does nothing with keys itself
    for part in slider.findChildren(QAbstractSlider):
        part.setAccessibleName(name)
        slider.setFocusProxy(part)
    for label in slider.findChildren(SliderLabel):
        label.setValidator(SliderNumber(slider, label))
        _follow_the_theme(label)
    set_tooltip(slider, hint)
    return slider


def _follow_the_theme(label: SliderLabel) -> None:
    """Let a number be plain text on the panel, by palette.

    It comes with a style sheet for that, under which Qt keeps the colours of the theme
    that the program was started in.
    """
    height = label.sizeHint().height()
    label.setStyleSheet("")
    label.setFrame(False)
    label._update_size()
    spare = (label.minimumHeight() - height) // 2
    label.setTextMargins(0, -spare, 0, -spare)  # the rows stay as tight as they were
    label._update_size()
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    label.setPalette(palette)
