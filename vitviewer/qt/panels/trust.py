"""The section that says whether what is shown is what the model computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from vitviewer.qt.widgets.plain import PlainParagraph
from vitviewer.qt.widgets.verdict_badge import WORDS, VerdictBadge
from vitviewer.trust import Verdict, overall

if TYPE_CHECKING:
    from vitviewer.trust import Check

_BADGE, _SMALL_BADGE = 22, 16
_WORST_FIRST = (Verdict.RED, Verdict.AMBER, Verdict.GREEN)


class TrustPanel(QWidget):
    """The overall verdict in words, then every check with its reason, worst first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks: tuple[Check, ...] | None = None
        self.rows: list[CheckRow] = []
        self.badge = VerdictBadge(_BADGE)
        self.headline = PlainParagraph()
        self.headline.set_bold()
        self.headline.setAccessibleName("Trust")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.headline, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 0, 16, 10)
        self._column.setSpacing(8)
        self._column.addLayout(top)
        self._column.addStretch()
        self._show()

    @property
    def summary(self) -> str:
        """What the checks come to, in a few words."""
        return summary(self._checks)

    def set_checks(self, checks: tuple[Check, ...] | None) -> None:
        """Show what was checked; None while there is no model."""
        if checks != self._checks:
            self._checks = checks
            self._show()

    def _show(self) -> None:
        none = self._checks is None
        self.badge.set_verdict(None if none else overall(self._checks or ()))
        self.badge.setHidden(none)
        self.headline.setText(headline(self._checks))
        self.headline.setAccessibleDescription(headline(self._checks))
        self._drop_rows()
        for check in sorted(self._checks or (), key=_badness):
            row = CheckRow(check)
            self.rows.append(row)
            self._column.insertWidget(len(self.rows), row)

    def _drop_rows(self) -> None:
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []


class CheckRow(QWidget):
    """A badge, the name in bold, and the reason under it."""

    def __init__(self, check: Check, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = check
        self.badge = VerdictBadge(_SMALL_BADGE)
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


def headline(checks: tuple[Check, ...] | None) -> str:
    """Say in one line what the checks come to."""
    if checks is None:
        return "No model yet"
    if not checks:
        return "Nothing was checked"
    verdict = overall(checks)
    if verdict is Verdict.GREEN:
        return "Checked: what you see is what the model computed"
    if verdict is Verdict.AMBER:
        return "Right, but know this"
    worst = next(check for check in checks if check.verdict is Verdict.RED)
    return f"Do not trust this: {worst.name}"


def summary(checks: tuple[Check, ...] | None) -> str:
    """Say in a few words what the checks come to."""
    if checks is None:
        return "no model yet"
    if not checks:
        return "nothing was checked"
    verdict = overall(checks)
    if verdict is Verdict.GREEN:
        return f"checked, {len(checks)} of {len(checks)}"
    fine = sum(check.verdict is Verdict.GREEN for check in checks)
    told = "right, with a note" if verdict is Verdict.AMBER else "do not trust this"
    return f"{told}, {fine} of {len(checks)}"


def _badness(check: Check) -> int:
    return _WORST_FIRST.index(check.verdict)
