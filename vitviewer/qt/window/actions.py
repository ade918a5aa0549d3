"""The menus: every action once, with its shortcut, and the sheet that lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from vitviewer.qt.widgets.plain import escape_mnemonics

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

SCRUB_KEYS = (
    ("↑ / ↓", "Next / previous layer"),
    ("→ / ←", "Next / previous head"),
    ("1 … 5", "One head, mean, maximum, minimum, median"),
    ("Space (held)", "The raw picture"),
    ("Click a patch", "Where that patch looks"),
    ("Shift (held)", "Where the patch under the pointer looks"),
    ("Wheel, drag", "Zoom, pan"),
    ("Wheel sideways", "Pan"),
    ("Enter, Esc in a number", "Take it, put the old one back"),
    ("Double-click", "Fit the picture"),
)


@dataclass(frozen=True)
class Entry:
    """One line of a menu."""

    text: str
    shortcut: str
    call: Callable[[], object]


def fill_menu(window: QMainWindow, menu: QMenu, entries: list[Entry | None]) -> None:
    """Add actions to a menu; None is a separator."""
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        action = QAction(entry.text, window)
        if entry.shortcut:
            keys = [QKeySequence(k) for k in entry.shortcut.split(" | ")]
            action.setShortcuts(keys)
        # A bound method with a default argument would receive triggered(bool).
        action.triggered.connect(lambda _checked=False, call=entry.call: call())
        menu.addAction(action)


def fill_with_files(
    menu: QMenu, files: list[tuple[str, str]], open_file: Callable[[str], object]
) -> None:
    """Replace a menu's entries by (label, path) pairs that open the path."""
    menu.clear()
    for label, path in files:
        action = menu.addAction(escape_mnemonics(label))
        action.triggered.connect(lambda _checked=False, path=path: open_file(path))
    menu.setEnabled(bool(files))


def shortcuts_of(menus: list[QMenu]) -> list[tuple[str, str]]:
    """List (keys, what they do) of all actions that have a shortcut."""
    found = list(SCRUB_KEYS)
    native = QKeySequence.SequenceFormat.NativeText
    for menu in menus:
        for action in menu.actions():
            keys = [s.toString(native) for s in action.shortcuts()]
            if keys:
                text = action.text().replace("&", "").rstrip("…")
                found.append((" or ".join(keys), text))
    return found
