"""How the sections lay out their controls: the same form in each."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QWidget

_PAD, _GAP, _BELOW = 16, 8, 10


def make_form(panel: QWidget) -> QFormLayout:
    """Give a panel a form of labelled rows that fill its width."""
    form = QFormLayout(panel)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setContentsMargins(_PAD, 0, _PAD, _BELOW)
    form.setHorizontalSpacing(_PAD)
    form.setVerticalSpacing(_GAP)
    return form
