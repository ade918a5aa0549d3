"""A row of name, slider and number: "Layer  ———o—  10 / 12"."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from vitviewer.qt.looks.painting import control_height
from vitviewer.qt.widgets.number_box import State, WholeBox, read_number
from vitviewer.qt.widgets.plain import PlainLabel, set_tooltip
from vitviewer.qt.widgets.track import Track

_TITLES = ("Layer", "Head", "Opacity")
_NUMBERS = ("48 / 48", "48–48", "100\u202f%")  # the longest ones, which set the width
_GAP = 8
_INSET = 4  # what a box without a frame keeps free at the right of its text


class SliderRow(QWidget):
    """A slider between its name and its number, which can be typed.

    The columns of name and number are as wide as the longest of all rows, so that
    nothing moves when a number gets longer.

    Parameters
    ----------
    title : str
        What the slider sets.
    hint : str
        Its tooltip: which keys do the same.
    """

    def __init__(self, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainLabel(title)
        fixed = QSizePolicy.Policy.Fixed
        self.title.setSizePolicy(fixed, fixed)
        self.slider = Track()
        self.number = NumberBox()
        for control in (self.slider, self.number):
            control.setAccessibleName(title)
            set_tooltip(control, hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addSpacing(_GAP)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.number)
        self.slider.valueChanged.connect(self.number.setValue)
        self.number.valueChanged.connect(self.slider.setValue)
        self.number.confirmed.connect(self.slider.touched)
        self._measure()

    def show_value(self, value: int) -> None:
        """Show a value that was chosen elsewhere; nothing is told of it."""
        if value == self.slider.value() == self.number.value():
            return
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(value)
            self.number.setValue(value)

    def set_range(self, least: int, most: int) -> None:
        """Set the range of slider and number."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setRange(least, most)
            self.number.setRange(least, most)

    def changeEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        """Measure again when the font changes."""
        super().changeEvent(event)
        if event.type() == event.Type.FontChange:
            self._measure()

    def _measure(self) -> None:
        metrics = QFontMetrics(self.font())
        titles = (*_TITLES, self.title.text())
        self.title.setFixedWidth(max(map(metrics.horizontalAdvance, titles)) + 2)
        self.setFixedHeight(control_height(self.font()))


class NumberBox(WholeBox):
    """The number of a slider, without a frame: a whole number with words around it."""

    confirmed = Signal()
    """Where words stood for the number, that very number was typed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._around = ("", "")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setObjectName("number")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab stops at the slider alone
        self.lineEdit().textEdited.connect(self._on_edited)
        self.lineEdit().setTextMargins(0, 0, -_INSET, 0)

    def set_around(self, before: str, after: str) -> None:
        """Set what stands around the number, as " / 12" behind it."""
        if (before, after) != self._around:  # writing ends what is being typed
            self._around = (before, after)
            self._write()

    def show_words(self, words: str) -> None:
        """Show words in place of the number; empty to show the number again."""
        if words != self._words:
            self._words = words
            self._write()

    def _write(self) -> None:
        before, after = ("", "") if self._words else self._around
        self.setPrefix(before)
        self.setSuffix(after)

    def _on_edited(self, text: str) -> None:
        found = read_number(self._bare(text)) if self._words else None
        if found is not None and found[0] == self.value():
            self.confirmed.emit()

    def textFromValue(self, value: int) -> str:
        """Write a number; where words stand for it, those."""
        return self._words or str(value)

    def validate(self, text: str, position: int) -> tuple[State, str, int]:
        """Accept whole numbers of any size: they are held to the range."""
        if self._words and text == self._words:
            return State.Acceptable, text, position
        if self._words:  # a number typed among the words takes their place
            text = "".join(c for c in text if c not in self._words)
            position = len(text)
        state, text, position = super().validate(text, position)
        found = read_number(self._bare(text))
        if state is State.Invalid and found is not None and found[0] is not None:
            state = State.Intermediate
        return state, text, position

    def fixup(self, text: str) -> str:
        """Round what was typed, and hold it to the range."""
        found = read_number(self._bare(text))
        if found is None or found[0] is None:
            return self.prefix() + self.textFromValue(self.value()) + self.suffix()
        number = round(min(max(found[0] + 1e-9, self.minimum()), self.maximum()))
        return f"{self.prefix()}{number}{self.suffix()}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint nothing around the number."""

    def sizeHint(self) -> QSize:
        """Ask for the room of the longest number there may be."""
        metrics = QFontMetrics(self.font())
        widest = max(map(metrics.horizontalAdvance, (*_NUMBERS, self._words)))
        return QSize(widest + _GAP + 2, metrics.height() + 4)

    def minimumSizeHint(self) -> QSize:
        """Never be narrower than the longest number."""
        return self.sizeHint()
