"""A sheet of all keys, on ``?``."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QWidget

_COLUMNS = 2


class ShortcutSheet(QDialog):
    """Keys and what they do, in columns."""

    def __init__(
        self, shortcuts: list[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = QGridLayout(self)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        rows = -(-len(shortcuts) // _COLUMNS)
        for i, (keys, what) in enumerate(shortcuts):
            row, column = i % rows, 2 * (i // rows)
            grid.addWidget(_plain(keys, bold=True), row, column)
            grid.addWidget(_plain(what), row, column + 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        grid.addWidget(buttons, rows, 0, 1, -1)


def _plain(text: str, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label
