"""One choice of a few, side by side; a list where their words need too much room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QStackedWidget,
    QWidget,
)

from vitviewer.qt.looks.painting import control_height
from vitviewer.qt.looks.roles import color, font

_RADIUS, _PAD = 4, 8
_TAB = Qt.FocusPolicy.TabFocus


class Segments(QStackedWidget):
    """Exclusive segments as wide as their words, or a combo box of the same entries.

    Parameters
    ----------
    name : str
        For screen readers.
    """

    chosen = Signal(int)
    """The index that the user picked."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._row = QWidget()
        self._row.setAccessibleName(name)
        self._layout = QHBoxLayout(self._row)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self.combo = QComboBox()
        self.combo.setAccessibleName(name)
        self.combo.activated.connect(self.chosen)
        self.addWidget(self._row)
        self.addWidget(self.combo)
        self._measure()

    @property
    def words(self) -> tuple[str, ...]:
        """What there is to choose from."""
        return self._words

    @property
    def buttons(self) -> list[QAbstractButton]:
        """The segments, in order."""
        return self._group.buttons()

    @property
    def stops(self) -> list[QWidget]:
        """What Tab stops at: the segment that is chosen, or the list."""
        every: list[QWidget] = [*self.buttons, self.combo]
        return [one for one in every if one.focusPolicy() & _TAB]

    def set_words(self, words: Sequence[str]) -> None:
        """Say what there is to choose from."""
        if tuple(words) == self._words:
            return
        self._words = tuple(words)
        for button in self.buttons:
            self._group.removeButton(button)
            self._layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.combo.clear()
        self.combo.addItems(list(words))
        for index, word in enumerate(words):
            button = Segment(word, index, len(words))
            self._group.addButton(button, index)
            self._layout.addWidget(button, button.sizeHint().width())
        self._choose_form()

    def set_current(self, index: int) -> None:
        """Show which is chosen; -1 shows that none is."""
        self._group.setExclusive(index >= 0)
        for place, button in enumerate(self.buttons):
            button.setChecked(place == index)
            # Tab stops at what is chosen, as in any group; arrows go on from there.
            stops = place == max(index, 0)
            button.setFocusPolicy(_TAB if stops else Qt.FocusPolicy.NoFocus)
        self._group.setExclusive(True)
        self.combo.setCurrentIndex(index)

    def resizeEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        """Be a list where the words do not fit."""
        super().resizeEvent(event)
        self._choose_form()

    def changeEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        """Measure again when the font changes."""
        super().changeEvent(event)
        if event.type() == event.Type.FontChange:
            self._measure()
            self._choose_form()

    def minimumSizeHint(self) -> QSize:
        """Ask for no width: the list fits anywhere."""
        return QSize(80, self.minimumHeight())

    def sizeHint(self) -> QSize:
        """Ask for what the segments need."""
        return QSize(self._wanted(), self.minimumHeight())

    def _wanted(self) -> int:
        return sum(button.sizeHint().width() for button in self.buttons)

    def _choose_form(self) -> None:
        fits = self._wanted() <= self.width()
        self.setCurrentWidget(self._row if fits else self.combo)

    def _measure(self) -> None:
        self.setFixedHeight(control_height(self.font()))


class Segment(QAbstractButton):
    """One of the segments; the first and the last have round corners."""

    def __init__(self, text: str, index: int, count: int) -> None:
        super().__init__()
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._is_first, self._is_last = index == 0, index == count - 1

    def sizeHint(self) -> QSize:
        """Ask for room for the word as it is when chosen."""
        metrics = QFontMetrics(font(strong=True))
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * _PAD, 28)

    def minimumSizeHint(self) -> QSize:
        """Let the row decide whether it fits."""
        return QSize(8, 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw this part of the frame, filled where it is chosen."""
        on, whole = self.isChecked() and self.isEnabled(), QRectF(self.rect())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(self.rect())
            frame = whole.adjusted(0.5, 0.5, -0.5, -0.5)
            # A neighbour's frame goes on beyond the side that is shared.
            frame.adjust(0 if self._is_first else -8, 0, 0 if self._is_last else 8, 0)
            path = QPainterPath()
            path.addRoundedRect(frame, _RADIUS, _RADIUS)
            painter.fillPath(path, color("field"))
            if on:
                painter.fillPath(path, color("accent"))
            painter.setPen(QPen(color("edge" if self.isEnabled() else "line"), 1))
            painter.drawPath(path)
            if not (self._is_first or on):
                painter.setPen(color("line"))
                painter.drawLine(0, 7, 0, self.height() - 8)
            role = "on_accent" if on else "text" if self.isEnabled() else "faint"
            painter.setPen(color(role))
            painter.setFont(font(strong=on))
            painter.drawText(whole, Qt.AlignmentFlag.AlignCenter, self.text())
