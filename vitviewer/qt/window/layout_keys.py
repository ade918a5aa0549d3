"""Shortcuts on keyboards that lack their letters: by the place of the key.

On a Russian, Greek or Hebrew keyboard without a Latin layout beside it no key says O.
There the key counts that has it on a US keyboard. On all others, only the letter does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu

# The codes of Linux and of PCs: of the first key of a row, and what stands on it.
_ROWS = {2: "1234567890-=", 16: "QWERTYUIOP[]", 30: "ASDFGHJKL;'`", 43: "\\ZXCVBNM,./"}
_KEYS = {code + i: key for code, row in _ROWS.items() for i, key in enumerate(row)}
_SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
_X_CODES_BEGIN = 8
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
# Windows tells of AltGr as Ctrl and Alt together.
_ALT_GR = (
    Qt.KeyboardModifier.GroupSwitchModifier,
    _CONTROL | Qt.KeyboardModifier.AltModifier,
)


def action_for(event: QKeyEvent, menus: Iterable[QMenu]) -> QAction | None:
    """Return the action that a key stands for where Qt's shortcuts found none."""
    wanted = _by_place(event) or _by_text(event)
    if wanted is None:
        return None
    for menu in menus:
        for action in menu.actions():
            if action.isEnabled() and wanted in action.shortcuts():
                return action
    return None


def _by_text(event: QKeyEvent) -> QKeySequence | None:
    """Return what was typed with AltGr, as [ is on many keyboards."""
    modifiers = event.modifiers() & ~_SHIFT
    text = event.text()
    if modifiers not in _ALT_GR or not (text.isascii() and text.isprintable()):
        return None
    return QKeySequence(text.upper())


def _by_place(event: QKeyEvent) -> QKeySequence | None:
    """Return what the key says on a US keyboard, if it says no Latin letter here."""
    key = _KEYS.get(_code(event))
    if key is None or not _is_foreign(event.key()):
        return None
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.GroupSwitchModifier
    if modifiers & _SHIFT and key in _SHIFTED:
        key, modifiers = _SHIFTED[key], modifiers & ~_SHIFT
    return QKeySequence(QKeyCombination(modifiers, Qt.Key(ord(key))))


def _code(event: QKeyEvent) -> int:
    platform = QGuiApplication.platformName()
    if platform.startswith(("xcb", "wayland")):
        return event.nativeScanCode() - _X_CODES_BEGIN
    return event.nativeScanCode() if platform == "windows" else -1


def _is_foreign(key: int) -> bool:
    """Tell whether a key's letter, digit or mark is of another script."""
    if not 0xFF < key < 0x1_0000:  # beyond are the keys without a character
        return False
    letter = chr(key)
    # From 0x2000 on are the marks that all scripts share.
    is_sign = unicodedata.category(letter)[0] in ("LMNP" if key < 0x2000 else "LMN")
    return is_sign and not unicodedata.name(letter, "LATIN").startswith("LATIN")
