"""One check of the trust panel: how it came out, its name, and the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from vitviewer.qt.widgets.plain import PlainParagraph
from vitviewer.qt.widgets.verdict_badge import WORDS, VerdictBadge

if TYPE_CHECKING:
    from vitviewer.trust import Check

_BADGE = 16


class CheckRow(QWidget):
    """A badge, the name in bold, and the reason under it."""

    def __init__(self, check: Check, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = check
        self.badge = VerdictBadge(_BADGE)
        self.badge.set_verdict(check.verdict)
        self.name = PlainParagraph(check.name)
        self.name.set_bold()
        self.reason = PlainParagraph(check.reason)
        words = f"{WORDS[check.verdict]}: {check.name}"
        self.setAccessibleName(words)
        self.name.setAccessibleName(words)
        self.reason.setAccessibleName(check.reason)
        self._arrange()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.badge, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.name, 0, 1)
        if self.check.reason:
            grid.addWidget(self.reason, 1, 1)
