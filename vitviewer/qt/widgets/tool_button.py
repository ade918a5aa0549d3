"""A button that is an icon, with its name and key in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from vitviewer.qt.looks.icons import icon
from vitviewer.qt.widgets.plain import set_tooltip

_ICON = 16


class ToolButton(QToolButton):
    """An icon of 16 px in a square.

    Parameters
    ----------
    name : str
        Of the icon, in Phosphor.
    words : str
        What it does, and its key in brackets: the tooltip.
    side : int
        Of the square.
    role : str
        What the icon is drawn in.
    """

    def __init__(
        self,
        name: str,
        words: str,
        side: int = 28,
        role: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self.set_icon(name)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setFixedSize(side, side)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setObjectName("tool")
        set_tooltip(self, words)
        self.setAccessibleName(words)

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self.setIcon(icon(name, self._role))
