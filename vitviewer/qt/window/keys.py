"""Keys that scrub: arrows step heads and layers, space held shows the raw picture.

Shift held lets asking follow the pointer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from vitviewer.answers import Heads
from vitviewer.maps.selection import averaging_of
from vitviewer.methods.registry import method
from vitviewer.qt.hovering import KEY, is_key_alone
from vitviewer.queries import Fusion

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitviewer.qt.controller import Controller

OPACITY_STEP = 0.05
_DIGITS = (
    Qt.Key.Key_1,
    Qt.Key.Key_2,
    Qt.Key.Key_3,
    Qt.Key.Key_4,
    Qt.Key.Key_5,
)
# With Shift, too: who lets asking follow the pointer can step through layers.
_HARMLESS = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
_OTHER_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


class ScrubKeys(QObject):
    """Handle scrub keys on the canvas and wherever the focused control leaves them."""

    peeked = Signal(bool)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._steps: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Up: lambda: self.step_layer(1),
            Qt.Key.Key_Down: lambda: self.step_layer(-1),
            Qt.Key.Key_Right: lambda: self.step_head(1),
            Qt.Key.Key_Left: lambda: self.step_head(-1),
            **{key: partial(self.choose_averaging, i) for i, key in enumerate(_DIGITS)},
        }

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the keys before the canvas would scroll with them."""
        if isinstance(event, QKeyEvent):
            return self.handle(event)
        if event.type() == QEvent.Type.FocusOut:
            self.peeked.emit(False)
        if event.type() == QEvent.Type.WindowDeactivate:
            self._controller.hovering.interrupt()
        return False

    def handle(self, event: QKeyEvent) -> bool:
        """Act on a key press or release; False if it is none of ours."""
        pressed = event.type() == QEvent.Type.KeyPress
        key = event.key()
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.peeked.emit(pressed)
            return True
        if key == Qt.Key.Key_Shift or key in _OTHER_MODIFIERS:
            self._hold(event)
            return False
        plain = not event.modifiers() & ~_HARMLESS
        if not (plain and key in self._steps):
            return False
        if pressed:
            self._steps[Qt.Key(key)]()
        return True

    def _hold(self, event: QKeyEvent) -> None:
        """Let asking follow the pointer while Shift alone is held, but not to type."""
        if event.isAutoRepeat():
            return
        pressed = event.type() == QEvent.Type.KeyPress
        focus = QApplication.focusWidget()
        types = focus is not None and focus.testAttribute(
            Qt.WidgetAttribute.WA_InputMethodEnabled
        )
        # Whether a key counts among its own modifiers depends on where it comes from.
        alone = event.key() == Qt.Key.Key_Shift
        alone = alone and is_key_alone(event.modifiers() | KEY)
        self._controller.hovering.press(pressed and alone and not types)

    def step_layer(self, by: int) -> None:
        """Go some layers up (towards the output) or down."""
        model, state = self._controller.model, self._controller.state
        if model is not None:
            state.layer = min(max(state.layer + by, 0), model.n_layers - 1)

    def step_head(self, by: int) -> None:
        """Go some heads on; from an average, start at the head last looked at."""
        model, state = self._controller.model, self._controller.state
        if model is None or method(state.method).heads is Heads.FUSED:
            return
        if state.fusion is not Fusion.HEAD:
            state.fusion = Fusion.HEAD
            return
        state.head = (state.head + by) % model.n_heads

    def choose_averaging(self, index: int) -> None:
        """Take one of the ways in which the heads can be shown as one map."""
        state = self._controller.state
        ways = averaging_of(method(state.method))
        if index < len(ways) and self._controller.model is not None:
            state.fusion = ways[index]

    def step_opacity(self, by: int) -> None:
        """Make the overlay some steps more or less opaque."""
        state = self._controller.state
        opacity = round(state.opacity + by * OPACITY_STEP, 2)
        state.opacity = min(max(opacity, 0.0), 1.0)
