"""The dock for what the model predicts: the five most likely classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from vitviewer.qt.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from vitviewer.answers import Explanation

_TOP = 5


class PredictionPanel(QWidget):
    """Show the top five classes with their probabilities."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = PlainLabel("No prediction yet")
        self.bars = ProbabilityBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(3)
        layout.addWidget(self.note)
        layout.addWidget(self.bars)
        layout.addStretch()

    def set_explanation(self, explanation: Explanation | None) -> None:
        """Show an explanation's prediction; None while there is none."""
        if explanation is None:
            self.note.setText("No prediction yet")
            self.bars.set_entries([])
            return
        probabilities, labels = explanation.probabilities, explanation.model.labels
        if probabilities is None or labels is None:
            self.note.setText("This model has no classifier.")
            self.bars.set_entries([])
            return
        independent = explanation.model.multi_label
        self.note.setText(
            f"Each of {len(labels)} labels on its own (sigmoid)"
            if independent
            else f"Probabilities over {len(labels)} classes (softmax)"
        )
        order = np.argsort(-probabilities, kind="stable")[:_TOP]
        self.bars.set_entries([(labels[i], float(probabilities[i])) for i in order])


class ProbabilityBars(QWidget):
    """A few rows of label, bar and percentage; painted, so labels stay plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: list[tuple[str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Prediction")

    def set_entries(self, entries: list[tuple[str, float]]) -> None:
        """Show labels with probabilities from 0 to 1, largest first."""
        self.entries = entries
        words = [f"{label} {probability:.1%}" for label, probability in entries]
        self.setAccessibleDescription(", ".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        """Leave room for five rows always, so that the layout does not jump."""
        return QSize(200, _TOP * self._row_height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows."""
        painter = QPainter(self)
        height = self._row_height()
        for i, entry in enumerate(self.entries):
            self._paint_row(painter, QRect(0, i * height, self.width(), height), *entry)

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 9

    def _paint_row(
        self, painter: QPainter, rect: QRect, label: str, probability: float
    ) -> None:
        metrics = self.fontMetrics()
        percent_width = metrics.horizontalAdvance("100.0 %") + 6
        text = rect.adjusted(0, 0, 0, -8)
        painter.setPen(self.palette().text().color())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, right, f"{probability * 100:.1f} %")
        room = rect.width() - percent_width
        line = " ".join(label.split())
        name = metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, flags | Qt.TextFlag.TextSingleLine, name)
        bar = QRect(0, rect.bottom() - 6, rect.width(), 4)
        painter.fillRect(bar, self.palette().mid())
        bar.setWidth(round(rect.width() * probability))
        painter.fillRect(bar, self.palette().highlight())
