"""How controls in the docks share wheel, keys and focus with the canvas.

A wheel turns what has the focus and scrolls the panel otherwise. Keys belong to a
number only while it is edited; Enter, Esc and a picked value give the focus back.
"""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QScrollBar,
    QSpinBox,
    QWidget,
)

from vitviewer.qt.widgets.number_box import may_be_typed, read_number

_CLICK, _WHEEL = Qt.FocusPolicy.ClickFocus, Qt.FocusPolicy.WheelFocus
_TURNED = (QComboBox, QAbstractSpinBox, QAbstractSlider)
_PICKED = (QComboBox, QAbstractSlider, QCheckBox)
_KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TYPED_WITH = (
    Qt.KeyboardModifier.ShiftModifier
    | Qt.KeyboardModifier.KeypadModifier
    | Qt.KeyboardModifier.GroupSwitchModifier
)
_ERASING = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_MOVING = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
_TABS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_STEPPING = (Qt.Key.Key_Up, Qt.Key.Key_Down)


class FieldManners(QObject):
    """Watches over panels, also over the controls that they get later."""

    left = Signal()
    """A control has done its part: the focus is the canvas's again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edited: QWidget | None = None
        self._before: float = 0.0
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.timeout.connect(self.left)

    def watch(self, panel: QWidget) -> None:
        """Take a widget and all that is in it into care."""
        for widget in (panel, *panel.findChildren(QWidget)):
            widget.installEventFilter(self)
            if isinstance(widget, _TURNED) and widget.focusPolicy() & _WHEEL == _WHEEL:
                # Qt would move the focus there before the wheel is delivered.
                widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            if isinstance(widget, QAbstractButton) and widget.focusPolicy() & _CLICK:
                # A click leaves the focus where it is.
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See to it that an event goes where it belongs."""
        kind = event.type()
        if kind in _KEYS and isinstance(watched, QWidget):
            assert isinstance(event, QKeyEvent)
            return self._on_key(watched, event)
        if kind == QEvent.Type.Wheel and isinstance(watched, _TURNED):
            if not (isinstance(watched, QScrollBar) or _is_focused(watched)):
                event.ignore()  # so that it goes on to the panel
                return True
        elif kind == QEvent.Type.ChildPolished:
            child = event.child()  # type: ignore[attr-defined]
            if isinstance(child, QWidget):
                self.watch(child)
        elif kind == QEvent.Type.FocusOut:
            self._edited = None
        elif kind == QEvent.Type.MouseButtonPress and isinstance(watched, QLineEdit):
            self._begin(_field(watched))
        elif _is_picked(watched, kind):
            self._leaving.start(0)  # once Qt has told what was picked
        return False

    def _begin(self, field: QWidget) -> None:
        if self._edited is not field:
            self._edited = field
            if isinstance(field, QSpinBox | QDoubleSpinBox):
                self._before = field.value()

    def _on_key(self, watched: QWidget, event: QKeyEvent) -> bool:
        if isinstance(watched, QSpinBox | QDoubleSpinBox):
            return self._on_field_key(watched, event)
        leaves = [Qt.Key.Key_Escape]
        if isinstance(watched, (QLineEdit, *_PICKED)):
            leaves += _ENTER
        if event.key() in leaves and watched is QApplication.focusWidget():
            self._leaving.start(0)
        return False

    def _on_field_key(self, field: QWidget, event: QKeyEvent) -> bool:
        """Let the window have the keys that mean nothing to a number."""
        if event.key() in _TABS:
            return False
        if not self._belongs(field, event):
            event.ignore()
            return True
        event.accept()
        if event.type() == QEvent.Type.ShortcutOverride:
            return True
        if event.type() == QEvent.Type.KeyRelease:
            return False
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._revert(field)
        elif key in _ENTER:
            field.event(event)
        else:
            self._begin(field)
            return False
        self._edited = None
        self.left.emit()
        return True

    def _belongs(self, field: QWidget, event: QKeyEvent) -> bool:
        """Tell whether a key is the number's and not the window's."""
        key, is_edited = event.key(), self._edited is field
        if key in (Qt.Key.Key_Escape, *_ENTER, *_ERASING):
            return True
        if key in _STEPPING:
            return not event.modifiers() & ~_TYPED_WITH
        if key in _MOVING:
            return is_edited
        keys = QKeySequence.StandardKey
        if event.matches(keys.Copy) or event.matches(keys.Cut):
            return is_edited and _line(field).hasSelectedText()
        if event.matches(keys.Paste):
            return is_edited and _is_number(QGuiApplication.clipboard().text())
        if event.matches(keys.SelectAll):
            return True
        if event.matches(keys.Undo) or event.matches(keys.Redo):
            return is_edited
        text = event.text()
        if event.modifiers() & ~_TYPED_WITH or not text:
            return False
        if unicodedata.category(text[0]) == "Zs":  # groups digits, once there are some
            return is_edited and _line(field).isModified()
        return may_be_typed(text)

    def _revert(self, field: QWidget) -> None:
        """Put back the number that was there before it was edited."""
        assert isinstance(field, QSpinBox | QDoubleSpinBox)
        before = self._before if self._edited is field else field.value()
        # Not the field's own, which leaves a text alone that says the same.
        base = QSpinBox if isinstance(field, QSpinBox) else QDoubleSpinBox
        base.setValue(field, before)  # type: ignore[arg-type]


def _field(line: QLineEdit) -> QWidget:
    """Return the control that a line of text belongs to."""
    parent = line.parentWidget()
    return parent if isinstance(parent, QAbstractSpinBox) else line


def _line(field: QWidget) -> QLineEdit:
    if isinstance(field, QLineEdit):
        return field
    line = field.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    return line


def _is_focused(widget: QWidget) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and (focus is widget or widget.isAncestorOf(focus))


def _is_number(text: str) -> bool:
    found = read_number(text.strip())
    return found is not None and found[0] is not None


def _is_picked(watched: QObject, kind: QEvent.Type) -> bool:
    """Tell whether this ends a choice: a list closes, an arrow of a box is let go."""
    if kind == QEvent.Type.MouseButtonRelease:
        return isinstance(watched, QAbstractSpinBox)
    if kind != QEvent.Type.Hide or not isinstance(watched, QWidget):
        return False
    return watched.isWindow() and isinstance(watched.parent(), QComboBox)
