"""The list of the model picker: sections of rows, opened by Enter or a double click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from vitviewer.qt.picker.delegate import ROW_ROLE, RowDelegate
from vitviewer.qt.widgets.plain import as_tooltip
from vitviewer.text import plain

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from vitviewer.qt.picker.rows import Row

_LISTED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class ModelList(QListWidget):
    """Show rows; what was current stays so when others come and go."""

    opened = Signal(object)
    current_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Models")
        self.setItemDelegate(RowDelegate(self))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        # Not itemActivated: on some desktops a single click activates.
        self.itemDoubleClicked.connect(self._on_double_clicked)
        self.itemClicked.connect(self._on_clicked)
        self.currentItemChanged.connect(self.current_changed)

    def set_rows(self, rows: list[Row], wanted: str = "") -> None:
        """Show these rows; current is ``wanted``, or what was, or the first of all."""
        before = self.current_row()
        sources = (wanted, before.source if before is not None else "")
        self.clear()
        for row in rows:
            self.addItem(_item(row))
        self._make_current(next(filter(None, sources), ""))

    def current_row(self) -> Row | None:
        """Return the row that Enter would open."""
        item = self.currentItem()
        row: Row | None = None if item is None else item.data(ROW_ROLE)
        return row if row is not None and row.can_open else None

    def rows(self) -> list[Row]:
        """Return what is listed, from top to bottom."""
        return [self.item(i).data(ROW_ROLE) for i in range(self.count())]

    def open_current(self) -> None:
        """Open the current row, if there is one."""
        row = self.current_row()
        if row is not None:
            self.opened.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current row on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_current()
        else:
            super().keyPressEvent(event)

    def _make_current(self, source: str) -> None:
        rows = enumerate(self.rows())
        models = [(i, row) for i, row in rows if row.can_open and row.source]
        same = [(i, row) for i, row in models if row.source == source]
        for i, _ in (same or models)[:1]:
            self.setCurrentRow(i)

    @Slot(QListWidgetItem)
    def _on_double_clicked(self, item: QListWidgetItem) -> None:
        if not item.data(ROW_ROLE).quick:
            self.open_current()

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        if item.data(ROW_ROLE).quick:
            self.open_current()


def _item(row: Row) -> QListWidgetItem:
    name = plain(row.name) if row.name else row.note
    item = QListWidgetItem(name)
    item.setData(ROW_ROLE, row)
    item.setFlags(_LISTED if row.can_open else Qt.ItemFlag.NoItemFlags)
    words = [name, row.detail, "gated" if row.locked else "", row.note]
    item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, words)))
    hints = [name, row.note, row.hint] if row.source else []
    item.setToolTip(as_tooltip(". ".join(filter(None, hints))))
    return item
