"""A button that is an icon, with its name and key in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton, QWidget

from vitviewer.qt.looks.icons import icon
from vitviewer.qt.widgets.plain import set_tooltip

_ICON, _SIDE = 16, 28


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
        side: int = _SIDE,
        role: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self.set_icon(name)
        _shape(self, side)
        set_tooltip(self, words)
        self.setAccessibleName(words)

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self.setIcon(icon(name, self._role))


def action_button(action: QAction) -> QToolButton:
    """Return a button of the same shape for an action, with its icon and tooltip."""
    button = QToolButton()
    button.setDefaultAction(action)
    _shape(button, _SIDE)
    button.setAccessibleName(action.text().replace("&", ""))
    return button


def _shape(button: QToolButton, side: int) -> None:
    button.setIconSize(QSize(_ICON, _ICON))
    button.setFixedSize(side, side)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setObjectName("tool")
