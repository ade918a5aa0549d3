"""How the docks lay out their controls: the same tight form in each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QScrollArea, QWidget


def make_form(panel: QWidget) -> QFormLayout:
    """Give a panel a form of labelled rows that fill its width."""
    form = QFormLayout(panel)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setContentsMargins(8, 4, 8, 4)
    form.setVerticalSpacing(3)
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
