"""What is in each row of the strip: names, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from vitviewer.pictures.opening import called, is_on_the_web
from vitviewer.qt.widgets.plain import as_tooltip
from vitviewer.text import plain

if TYPE_CHECKING:
    from vitviewer.qt.filmstrip.thumbnails import Thumbnail, Thumbnails

    Index = QModelIndex | QPersistentModelIndex

THUMBNAIL_ROLE = Qt.ItemDataRole.UserRole
CHOSEN_ROLE = Qt.ItemDataRole.UserRole + 1

_NOT_FETCHED = "Its picture comes once it has been opened."
_NOWHERE = QModelIndex()


class Rows(QAbstractTableModel):
    """The sources of the opened set, one a row, without looking at any of them.

    Parameters
    ----------
    thumbnails : Thumbnails
        Where the small pictures are.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._sources: list[str] = []
        self.chosen = -1

    def takes(self, sources: list[str]) -> bool:
        """Show a set; False if it is the one that is shown. Sets never change."""
        if sources is self._sources:
            return False
        self.beginResetModel()
        self._sources, self.chosen = sources, -1
        self.endResetModel()
        return True

    def choose(self, row: int) -> None:
        """Frame one row, or none with -1."""
        before, self.chosen = self.chosen, row
        for each in {before, row} - {-1}:
            index = self.index(each, 0)
            self.dataChanged.emit(index, index)

    def source(self, row: int) -> str:
        """Return the source in a row."""
        return self._sources[row]

    def near(self, rows: range) -> list[str]:
        """Return the sources in some rows, as many of these as there are."""
        return self._sources[max(rows.start, 0) : max(rows.stop, 0)]

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many pictures there are."""
        return 0 if parent.isValid() else len(self._sources)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return 1: it is a strip."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a role has to show or to say of a row."""
        source = self._sources[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(called(source))
        if role == THUMBNAIL_ROLE:
            return self._thumbnails.get(source)
        if role == CHOSEN_ROLE:
            return index.row() == self.chosen
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(self._hint(source))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(index.row())
        return None

    def _hint(self, source: str) -> str:
        """Return the whole name, or why there is no picture of it."""
        thumbnail = self._thumbnails.get(source)
        if thumbnail is not None and thumbnail.why_not:
            return thumbnail.why_not
        name = plain(called(source))
        if thumbnail is None and is_on_the_web(source):
            return f"{name}. {_NOT_FETCHED}"
        return name

    def _spoken(self, row: int) -> str:
        source = self._sources[row]
        parts = [plain(called(source)), f"{row + 1} of {len(self._sources)}"]
        if row == self.chosen:
            parts.append("chosen")
        thumbnail: Thumbnail | None = self._thumbnails.get(source)
        if thumbnail is not None and thumbnail.why_not:
            parts.append("cannot be shown")
        return ", ".join(parts)
