"""The section that adds an answer up: rows with signed bars, and their sum."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from vitviewer.qt.looks.roles import color, font, metrics

if TYPE_CHECKING:
    from vitviewer.maps.evidence import Evidence

_ROW_AIR, _RULE_AIR, _BETWEEN = 6, 7, 8
_MINUS = "\u2212"


class EvidencePanel(QWidget):
    """Show what wrote how much into the answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = EvidenceBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 0, 16, 10)
        layout.setSpacing(4)
        layout.addWidget(self.bars)

    @property
    def summary(self) -> str:
        """The sum, for the section while it is closed."""
        shown = self.bars.evidence
        if shown is None:
            return ""
        return f"{shown.name} {number(shown.total, places(shown))}"

    def show_evidence(self, evidence: Evidence | None) -> None:
        """Show another sum; None shows none."""
        self.bars.show_evidence(evidence)


class EvidenceBars(QWidget):
    """Rows of name, number and bar from a zero line; the total under a rule.

    They are painted, so that the names of classes stay plain text.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.evidence: Evidence | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Budget")

    def show_evidence(self, evidence: Evidence | None) -> None:
        """Show another sum."""
        if evidence == self.evidence:
            return
        longer = len(self.rows)
        self.evidence = evidence
        self.setAccessibleDescription(", ".join(" ".join(row) for row in self.rows))
        if len(self.rows) != longer:
            self.updateGeometry()
        self.update()

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The rows as they are written, the total last."""
        shown = self.evidence
        if shown is None:
            return []
        n = places(shown)
        total = f"{shown.name} ({within(shown.error)})", number(shown.total, n)
        return [*((name, number(v, n, "+")) for name, v in shown.rows), total]

    def sizeHint(self) -> QSize:
        """Ask for all rows and the rule."""
        n = 0 if self.evidence is None else len(self.evidence.rows)
        return QSize(200, n * self._pitch() + 2 * _RULE_AIR + metrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows and their sum."""
        shown = self.evidence
        if shown is None:
            return
        values = [value for _, value in shown.rows]
        low, high = min(0.0, *values), max(0.0, *values)
        span = max(high - low, 1e-30)
        zero = -low / span * self.width()
        with QPainter(self) as painter:
            rows = zip(self.rows, values, strict=False)
            for i, ((name, amount), value) in enumerate(rows):
                top = i * self._pitch()
                self._write(painter, top, name, amount)
                self._draw_bar(painter, top, zero, value / span * self.width())
            self._write_sum(painter, len(values) * self._pitch(), shown)

    def _pitch(self) -> int:
        return metrics().height() + _ROW_AIR

    def _write(
        self, painter: QPainter, top: int, name: str, amount: str, strong: bool = False
    ) -> int:
        """Write a name and a number; return how much room the name has taken."""
        fonts = metrics(strong=strong)
        line = QRect(0, top, self.width(), fonts.height())
        painter.setFont(font(strong=strong))
        painter.setPen(color("text"))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, amount)
        room = self.width() - fonts.horizontalAdvance(amount) - _BETWEEN
        words = " ".join(name.split())
        words = fonts.elidedText(words, Qt.TextElideMode.ElideRight, room)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine
        painter.drawText(line, flags, words)
        return fonts.horizontalAdvance(words)

    def _draw_bar(
        self, painter: QPainter, top: int, zero: float, length: float
    ) -> None:
        y = top + metrics().height() + 1
        painter.fillRect(QRectF(0, y, self.width(), 2), color("line"))
        role = "supports" if length >= 0 else "opposes"
        left, wide = min(zero, zero + length), max(abs(length), 1.0)
        painter.fillRect(QRectF(left, y - 0.5, wide, 3), color(role))
        painter.fillRect(QRectF(round(zero), y - 2, 1, 6), color("edge"))

    def _write_sum(self, painter: QPainter, top: int, shown: Evidence) -> None:
        painter.fillRect(QRect(0, top + _RULE_AIR // 2, self.width(), 1), color("edge"))
        top += _RULE_AIR
        amount = number(shown.total, places(shown))
        used = self._write(painter, top, shown.name, amount, strong=True)
        small, error = metrics("small"), within(shown.error)
        room = self.width() - metrics(strong=True).horizontalAdvance(amount)
        if used + small.horizontalAdvance(error) + 2 * _BETWEEN <= room:
            painter.setFont(font("small"))
            painter.setPen(color("quiet"))
            drop = metrics(strong=True).ascent() - small.ascent()
            place = QRect(used + _BETWEEN, top + drop, room, small.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft, error)


def places(evidence: Evidence) -> int:
    """Return how many decimals its numbers have: three digits of the largest, or more.

    All rows have as many, so that they can be added up by eye.
    """
    largest = max(abs(evidence.total), *(abs(value) for _, value in evidence.rows))
    return 2 if largest <= 0.0 else min(max(2 - floor(log10(largest)), 2), 9)


def number(value: float, decimals: int, sign: str = "-") -> str:
    """Write a value, with a plus as well where the sign is ``"+"``."""
    return f"{value:{sign}.{decimals}f}".replace("-", _MINUS)


def within(error: float) -> str:
    """Say how far a sum is from its total: "within 1e−6"."""
    digits, _, power = f"{error:.0e}".partition("e")
    exact = "exactly" if error == 0.0 else f"within {digits}e{int(power)}"
    return exact.replace("-", _MINUS)
