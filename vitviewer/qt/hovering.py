"""Asking follows the pointer: the patch under it takes the place of the chosen query.

It does so while Shift is held or the switch is on, and for as long as the pointer is on
a patch. The pointer only notes where it is. One question is asked at a time, and when
it has been answered the newest patch is asked about: so maps come in the order of the
pointer, as fast as they can be computed, and no queue can grow. The `ViewState` keeps
the chosen query all the while, and nothing else is ever saved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from vitviewer.methods.registry import method
from vitviewer.queries import Query, QueryKind

if TYPE_CHECKING:
    from vitviewer.maps.state import ViewState
    from vitviewer.qt.asker import Asker

KEY = Qt.KeyboardModifier.ShiftModifier
_REST_MS = 150  # Shift as a part of other keys, of ``?`` or Ctrl+Shift+S, is shorter
_WATCH_MS = 200


class Hovering(QObject):
    """Say which patch is asked about instead of the chosen query, if one is."""

    changed = Signal()
    switched = Signal(bool)

    def __init__(self, asker: Asker, parent: QObject) -> None:
        super().__init__(parent)
        self._asker = asker
        self._is_on = self._is_held = False
        self._pointed: Query | None = None
        self._settled: Query | None = None
        self._asked: Query | None = None
        self._rest, self._watch = QTimer(self), QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self._watch.setInterval(_WATCH_MS)
        self._watch.timeout.connect(self._look_around)

    @property
    def is_on(self) -> bool:
        """Whether asking follows the pointer without a key."""
        return self._is_on

    def view(self, state: ViewState) -> ViewState:
        """Return the choices to show: with the hovered patch as query, if one is."""
        if self._asked is None or QueryKind.PATCH not in method(state.method).queries:
            return state
        return replace(state, query=self._asked)

    # --- what begins and ends it ------------------------------------------------------

    @Slot(object)
    def point(self, point: tuple[float, float, int | None, int | None] | None) -> None:
        """Note where the pointer is, as `OverlayView.hovered` tells it."""
        row, col = (None, None) if point is None else point[2:]
        self._pointed = None if row is None or col is None else Query.patch(row, col)
        if self._pointed != self._settled:
            self._settled = None
        self.follow()

    @Slot(bool)
    def hold(self, on: bool) -> None:
        """Follow the pointer while this is on: a moving pointer's Shift."""
        self._rest.stop()
        if on != self._is_held:
            self._is_held, self._settled = on, None
            self.follow()

    @Slot(bool)
    def press(self, on: bool) -> None:
        """Hear that Shift was pressed or let go while the pointer may be at rest."""
        if not on:
            self.hold(False)
        elif not self._is_held:
            self._rest.start()

    @Slot(bool)
    def switch(self, on: bool) -> None:
        """Follow the pointer without a key, or no longer."""
        if on != self._is_on:
            self._is_on, self._settled = on, None
            self.switched.emit(on)
            self.follow()

    @Slot()
    def settle(self, *_: object) -> None:
        """Show the chosen query until the pointer comes to another patch."""
        self._settled = self._pointed
        self.follow()

    @Slot()
    def interrupt(self) -> None:
        """Show the chosen query until the pointer moves again."""
        self._pointed = None
        self.hold(False)
        self.follow()

    @Slot()
    def _on_rest(self) -> None:
        self.hold(True)

    @Slot()
    def _look_around(self) -> None:
        """End it where no event told: under a popup, or with Shift let go elsewhere."""
        if QApplication.activePopupWidget() or QApplication.activeModalWidget():
            self.interrupt()
        elif self._is_held and not QGuiApplication.queryKeyboardModifiers() & KEY:
            self.hold(False)

    # --- what is asked ----------------------------------------------------------------

    @Slot()
    def follow(self, *_: object) -> None:
        """Ask about the newest patch, unless another question is being answered."""
        wish = self._wish()
        if wish == self._asked or (wish is not None and self._asker.is_answering):
            return
        self._asked = wish
        if wish is None:
            self._watch.stop()
        elif not self._watch.isActive():
            self._watch.start()
        self.changed.emit()

    def _wish(self) -> Query | None:
        if not (self._is_on or self._is_held) or self._pointed == self._settled:
            return None
        return self._pointed


def is_key_alone(modifiers: Qt.KeyboardModifier) -> bool:
    """Tell whether Shift is held, and nothing else that would mean another thing."""
    others = Qt.KeyboardModifier
    return modifiers & ~(others.KeypadModifier | others.GroupSwitchModifier) == KEY
