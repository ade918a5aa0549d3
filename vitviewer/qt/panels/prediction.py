"""The section for what the model predicts: the five most likely classes."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from vitviewer.qt.looks.roles import color
from vitviewer.qt.widgets.quiet import QuietLabel

if TYPE_CHECKING:
    from vitviewer.answers import Explanation, ModelFacts

_TOP = 5


class PredictionPanel(QWidget):
    """Show the top five classes with their probabilities."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = QuietLabel("No prediction yet")
        self.bars = ProbabilityBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 0, 16, 10)
        layout.setSpacing(4)
        layout.addWidget(self.note)
        layout.addWidget(self.bars)
        layout.addStretch()

    @property
    def summary(self) -> str:
        """The first class, or why there is none."""
        best = self.bars.rows[:1]
        return " ".join(best[0]) if best else self.note.text().rstrip(".")

    def set_explanation(
        self, explanation: Explanation | None, refused: bool = False
    ) -> None:
        """Show an explanation's prediction; None while there is, or can be, none."""
        if explanation is None:
            self.note.setText("No prediction" if refused else "No prediction yet")
            self.bars.set_entries([])
            return
        self.note.setText(_note(explanation.model))
        self.bars.setVisible(bool(explanation.model.labels))
        best = explanation.predictions(_TOP)
        if explanation.model.regression:
            self.bars.set_numbers([(one.label, one.value) for one in best])
        else:
            self.bars.set_entries([(one.label, one.probability or 0.0) for one in best])


def _note(model: ModelFacts) -> str:
    """Say what the numbers are."""
    n = len(model.labels or ())
    if not n:
        return "This model has no classifier."
    if model.regression:
        first = f", the first {_TOP} shown" if n > _TOP else ""
        return f"{n} numbers (regression){first}" if n > 1 else "A number (regression)"
    if model.multi_label:
        return f"Each of {n} labels on its own (sigmoid)"
    return f"Probabilities over {n} classes (softmax)"


class ProbabilityBars(QWidget):
    """A few rows of label, bar and percentage; painted, so labels stay plain text.

    A number that is no probability has no bar, and one that is not finite no row.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: list[tuple[str, float]] = []
        self._shares = True
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Prediction")

    def set_entries(self, entries: list[tuple[str, float]]) -> None:
        """Show labels with probabilities from 0 to 1, largest first."""
        self._show(entries, True)

    def set_numbers(self, entries: list[tuple[str, float]]) -> None:
        """Show labels with numbers of any size."""
        self._show(entries, False)

    def _show(self, entries: list[tuple[str, float]], shares: bool) -> None:
        self.entries = [(label, value) for label, value in entries if isfinite(value)]
        self._shares = shares
        words = [" ".join(row) for row in self.rows]
        self.setAccessibleDescription(", ".join(words))
        self.update()

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The labels with their amounts as they are written."""
        return [(label, self._amount(value)) for label, value in self.entries]

    def _amount(self, value: float) -> str:
        return f"{value * 100:.1f}\u202f%" if self._shares else f"{value:.4g}"

    def sizeHint(self) -> QSize:
        """Leave room for five rows always, so that the layout does not jump."""
        return QSize(200, _TOP * self._row_height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows."""
        height = self._row_height()
        # The painter ends even where painting fails: Qt would crash on an open one.
        with QPainter(self) as painter:
            for i, entry in enumerate(self.entries):
                rect = QRect(0, i * height, self.width(), height)
                self._paint_row(painter, rect, *entry)

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 6

    def _paint_row(
        self, painter: QPainter, rect: QRect, label: str, value: float
    ) -> None:
        metrics = self.fontMetrics()
        amount = self._amount(value)
        widest = max(("100.0\u202f%", amount), key=metrics.horizontalAdvance)
        text = rect.adjusted(0, 0, 0, -4)
        painter.setPen(color("text"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, right, amount)
        room = rect.width() - metrics.horizontalAdvance(widest) - 6
        line = " ".join(label.split())
        name = metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, flags | Qt.TextFlag.TextSingleLine, name)
        if not self._shares:
            return
        bar = QRect(0, rect.bottom() - 3, rect.width(), 2)
        painter.fillRect(bar, color("line"))
        filled = round(rect.width() * min(max(value, 0.0), 1.0))
        painter.fillRect(QRect(0, rect.bottom() - 4, filled, 3), color("accent"))
