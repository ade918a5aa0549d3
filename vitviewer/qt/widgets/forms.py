"""How the sections lay out their controls: the same form in each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QSizePolicy, QWidget

_PAD, _GAP, _BELOW = 16, 8, 10


class Form(QFormLayout):
    """Labelled rows that fill a panel's width, each label level with its control."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.setContentsMargins(_PAD, 0, _PAD, _BELOW)
        self.setHorizontalSpacing(_PAD)
        self.setVerticalSpacing(_GAP)

    def add(self, label: QWidget | str, control: QWidget) -> None:
        """Add a row; its label is read as plain text.

        Parameters
        ----------
        label : QWidget or str
            A label of its own, or words to make one of.
        control : QWidget
        """
        self.addRow(label, control)
        label = self.labelForField(control)
        if isinstance(label, QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
        # Qt sets a label that does not ask for height near the row's upper end.
        policy = label.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.MinimumExpanding)
        label.setSizePolicy(policy)
