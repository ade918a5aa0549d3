"""How the sections lay out their controls: the same form in each."""

from __future__ import annotations

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

    def add(self, label: QLabel | str, control: QWidget) -> None:
        """Add a row; a label that is made elsewhere may hold a model's own words."""
        if isinstance(label, str):
            label = QLabel(label)
            label.setBuddy(control)
        # Qt sets a label that does not ask for height near the row's upper end.
        policy = label.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.MinimumExpanding)
        label.setSizePolicy(policy)
        row = self.rowCount()
        self.setWidget(row, QFormLayout.ItemRole.LabelRole, label)
        self.setWidget(row, QFormLayout.ItemRole.FieldRole, control)
