"""A call that is due once, however often it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable


class Soon(QObject):
    """Call something once, when the event loop gets to it.

    It is posted as an event, not timed: so it comes before the painting that what was
    changed has asked for, and one painting shows all of it.

    Parameters
    ----------
    call : callable
    parent : QObject
    """

    _posted = Signal()

    def __init__(self, call: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._call = call
        self._is_due = False
        self._posted.connect(self._do, Qt.ConnectionType.QueuedConnection)

    def ask(self, *_: object) -> None:
        """Let it be called."""
        if not self._is_due:
            self._is_due = True
            self._posted.emit()

    def withdraw(self) -> None:
        """Do without: it was done otherwise."""
        self._is_due = False

    def _do(self) -> None:
        if self._is_due:
            self._is_due = False
            self._call()
