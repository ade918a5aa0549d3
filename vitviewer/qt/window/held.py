"""Keys that are held: what they show ends with them, also where no release arrives."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from vitviewer.qt.window.keys import ScrubKeys

# A window that is left hears nothing of the keys that are let go elsewhere.
_LEFT = (
    QEvent.Type.WindowDeactivate,
    QEvent.Type.ApplicationDeactivate,
    QEvent.Type.WindowBlocked,
)


class HeldSpace(QObject):
    """End a peek at the raw picture, whatever has the focus by then.

    All events of the program are looked at, but only for as long as the key is held.
    """

    def __init__(self, keys: ScrubKeys) -> None:
        super().__init__(keys)
        self._keys = keys
        self._is_held = False
        keys.peeked.connect(self._on_peeked)

    def _on_peeked(self, on: bool) -> None:
        app = QCoreApplication.instance()
        if app is None or on is self._is_held:
            return
        self._is_held = on
        if on:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """See the end; hold nothing back."""
        if event.type() in _LEFT or _is_release(event):
            self._keys.peeked.emit(False)
        return False


def _is_release(event: QEvent) -> bool:
    return (
        event.type() == QEvent.Type.KeyRelease
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Space
        and not event.isAutoRepeat()
    )
