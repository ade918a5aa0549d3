"""Whatever it is that one drops a picture on: it opens."""

from __future__ import annotations

from PySide6.QtCore import QChildEvent, QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QWidget

from vitviewer.qt import drops
from vitviewer.qt.widgets.passing import pass_drops_on


class DropTarget(QObject):
    """Let a window of the program take drops, those on any of its fields as well."""

    dropped = Signal(object)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        pass_drops_on(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what can be opened."""
        if isinstance(event, QDragEnterEvent):
            if drops.can_read(event.mimeData()):
                drops.accept(event)
            return True
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            drops.accept(event)
            self.dropped.emit(drops.read(event.mimeData()))
            return True
        return False


class DropWindow(QMainWindow):
    """A main window that takes drops, and lets its dialogs take them too."""

    dropped = Signal(object)
    dragged_over = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept what may be a picture, a folder or a web address."""
        if drops.can_read(event.mimeData()):
            drops.accept(event)
            self.dragged_over.emit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show no longer that it would be taken."""
        self.dragged_over.emit(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand on what was dropped."""
        self.dragged_over.emit(False)
        drops.accept(event)
        self.dropped.emit(drops.read(event.mimeData()))

    def childEvent(self, event: QChildEvent) -> None:
        """Let every dialog take drops, but one that makes its own use of them."""
        dialog = event.child()
        polished = event.type() == QEvent.Type.ChildPolished
        if polished and isinstance(dialog, QDialog) and not _has_own_use(dialog):
            DropTarget(dialog).dropped.connect(self.dropped)
        super().childEvent(event)


def _has_own_use(dialog: QDialog) -> bool:
    return isinstance(dialog, QFileDialog) or dialog.acceptDrops()
