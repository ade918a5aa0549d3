"""Find markup that took effect: it would paint magenta, which nothing of ours is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from tests.qt.window_kit import grab

#: No slash and no quote, so that it may be a file's name; its picture lies in the
#: working folder.
EVIL = "<font color=#f0f size=7>██<img src=p.png>&A&amp;"
#: As another part of the same text, to tell two texts apart.
WORSE = "<h1><font color=#f0f>██"
_ROLES = Qt.ItemDataRole
_GETTERS = ("text", "title", "windowTitle", "currentText", "placeholderText")
_HINTS = ("toolTip", "whatsThis", "statusTip")


def lay_bait(folder: Path) -> None:
    """Put the picture that `EVIL` names into a folder."""
    Image.new("RGB", (40, 40), (255, 0, 255)).save(folder / "p.png")


def magenta(widget: QWidget) -> int:
    """Count pixels that are nearly pure magenta."""
    if widget.grab().isNull():  # a hidden one that has no size when it is laid out
        return 0
    red, green, blue = np.moveaxis(grab(widget), -1, 0)
    return int(((red > 240) & (green < 40) & (blue > 240)).sum())


@dataclass
class Probe:
    """What was seen so far: how many widgets, their texts, and what went wrong."""

    texts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    widgets: int = 0
    _tip: QLabel = field(default_factory=QLabel)

    def look(self) -> None:
        """Look at every window on the screen, and at all its parts, hidden or not."""
        for window in filter(QWidget.isVisible, QApplication.topLevelWidgets()):
            for widget in (window, *window.findChildren(QWidget)):
                if widget is not self._tip:
                    self._look_at(widget)

    def _look_at(self, widget: QWidget) -> None:
        self.widgets += 1
        self.texts.update(shown_texts(widget))
        if not widget.size().isEmpty() and magenta(widget):
            self.faults.append(f"painted: {widget!r}")
        for hint in hints(widget):
            self.texts.add(as_read(hint))
            self._tip.setText(hint)  # as QToolTip does it
            self._tip.adjustSize()
            if hint and magenta(self._tip):
                self.faults.append(f"hint {hint!r}: {widget!r}")

    def saw(self, text: str) -> bool:
        """Tell whether some text was shown as it is, alone or within another."""
        return any(text in seen for seen in self.texts)


def as_read(hint: str) -> str:
    """Return what a tooltip says, as a reader sees it."""
    rich = GuiQt.mightBeRichText(hint)
    return QTextDocumentFragment.fromHtml(hint).toPlainText() if rich else hint


def shown_texts(widget: QWidget) -> Iterator[str]:
    """Yield what a widget shows, apart from its hints."""
    for name in _GETTERS:
        if callable(getter := getattr(widget, name, None)):
            yield str(getter())
    if isinstance(widget, QPlainTextEdit):
        yield widget.toPlainText()
    if isinstance(widget, QTabBar):
        yield from (widget.tabText(i) for i in range(widget.count()))
    if isinstance(widget, QMenu):
        yield from (action.text() for action in widget.actions())
    for _, text in items(widget, (_ROLES.DisplayRole,)):
        yield text
    yield from (label for label, _ in getattr(widget, "entries", ()))


def hints(widget: QWidget) -> Iterator[str]:
    """Yield what may come up over a widget: of it, its items, tabs and actions."""
    yield from (str(getattr(widget, name)()) for name in _HINTS)
    if isinstance(widget, QTabBar):
        yield from (widget.tabToolTip(i) for i in range(widget.count()))
    roles = (_ROLES.ToolTipRole, _ROLES.StatusTipRole, _ROLES.WhatsThisRole)
    yield from (text for _, text in items(widget, roles))
    for action in widget.actions():
        yield from (action.whatsThis(), action.statusTip())
        # An action has its text for a tooltip, which a menu shows only if told to.
        if not isinstance(widget, QMenu) or widget.toolTipsVisible():
            yield action.toolTip()


def items(widget: QWidget, roles: tuple[Qt.ItemDataRole, ...]) -> Iterator[tuple]:
    """Yield (row, text) of the items in a list or a combo box."""
    if not isinstance(widget, QComboBox | QAbstractItemView) or not widget.model():
        return
    model = widget.model()
    is_box = isinstance(widget, QComboBox)
    root = widget.rootModelIndex() if is_box else widget.rootIndex()
    # A plain list lets nobody ask how many columns it has.
    is_list = isinstance(model, QAbstractListModel)
    for row in range(model.rowCount(root)):
        for column in range(1 if is_list else model.columnCount(root)):
            values = (model.index(row, column, root).data(role) for role in roles)
            yield from ((row, str(value)) for value in values if value)
