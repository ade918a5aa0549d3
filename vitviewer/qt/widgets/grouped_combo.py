"""A combo box whose entries stand under headings that cannot be chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

_NAME = Qt.ItemDataRole.UserRole


class _Entry(QStandardItem):
    """An entry whose icon is made when it is first to be seen."""

    def __init__(self, name: str, label: str, icon: Callable[[str], QIcon]) -> None:
        super().__init__(label)
        self.setData(name, _NAME)
        self._make: Callable[[], QIcon] | None = partial(icon, name)

    def data(self, role: int = Qt.ItemDataRole.UserRole + 1) -> object:
        """Return what the view asks for."""
        if role == Qt.ItemDataRole.DecorationRole and self._make is not None:
            make, self._make = self._make, None
            self.setIcon(make())
        return super().data(role)


class GroupedCombo(QComboBox):
    """Choose one of several named entries, which stand in groups."""

    chosen = Signal(str)
    """The name of the entry that the user chose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentIndexChanged.connect(self._tell)

    def set_groups(
        self,
        groups: Mapping[str, Mapping[str, str]],
        icon: Callable[[str], QIcon] = lambda _name: QIcon(),
    ) -> None:
        """Offer other entries: each group's heading to names and labels."""
        blocker = QSignalBlocker(self)
        model = QStandardItemModel(self)
        for heading, entries in groups.items():
            title = QStandardItem(heading)
            title.setFlags(Qt.ItemFlag.NoItemFlags)
            font = self.font()
            font.setBold(True)
            title.setFont(font)
            model.appendRow(title)
            for name, label in entries.items():
                model.appendRow(_Entry(name, label, icon))
        self.setModel(model)  # which deletes the former one
        self.setCurrentIndex(-1)
        blocker.unblock()

    def show_name(self, name: str) -> None:
        """Show an entry as the chosen one, quietly; none if there is none of it."""
        blocker = QSignalBlocker(self)
        self.setCurrentIndex(self.findData(name, _NAME))
        blocker.unblock()

    @Slot(int)
    def _tell(self, index: int) -> None:
        name = self.itemData(index, _NAME)
        if name is not None:
            self.chosen.emit(name)
