"""The verdict in the status bar; a click shows the checks behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.qt.widgets.verdict_badge import WORDS, verdict_icon
from vitviewer.trust import Verdict, overall

if TYPE_CHECKING:
    from vitviewer.trust import Check

_ICON = 14


class TrustButton(QToolButton):
    """A badge and two words; hidden while there is no model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict: Verdict | None = None
        self.setAutoRaise(True)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_tooltip(self, "Whether to believe what is shown: click for the checks")
        self.hide()

    def set_checks(self, checks: tuple[Check, ...] | None) -> None:
        """Show what the checks come to; None while there is no model."""
        self.verdict = None if checks is None else overall(checks)
        self.setVisible(self.verdict is not None)
        if self.verdict is None:
            return
        words = WORDS[self.verdict] if checks else "Not checked"
        self.setText(f" {words}")
        self.setAccessibleName(f"Trust: {words}")
        self.setIcon(verdict_icon(self.verdict))
