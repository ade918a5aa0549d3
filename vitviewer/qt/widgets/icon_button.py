"""A button with an icon and no word: its name and its key are in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from vitviewer.qt.looks.icons import icon
from vitviewer.qt.widgets.plain import set_tooltip

_ICON = 16


class IconButton(QToolButton):
    """A square button with an icon of 16 px in a colour by role.

    Parameters
    ----------
    name : str
        The icon's name in Phosphor.
    words : str
        What it does, for the tooltip and for screen readers.
    key : str
        Its shortcut, if it has one, for the tooltip.
    role : str
        The icon's colour.
    """

    def __init__(
        self,
        name: str,
        words: str,
        key: str = "",
        role: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self.set_icon(name)
        self.set_words(words, key)
        self.setIconSize(QSize(_ICON, _ICON))
        side = max(28, QFontMetrics(self.font()).height() + 12)
        self.setFixedSize(side, side)

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self.setIcon(icon(name, self._role))

    def set_words(self, words: str, key: str = "") -> None:
        """Say what it does, and by which key that can be done too."""
        native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        self.setAccessibleName(words)
        set_tooltip(self, f"{words} ({native})" if native else words)
