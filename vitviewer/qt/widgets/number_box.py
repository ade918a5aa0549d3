"""Boxes for numbers that take what people type: a point or a comma, any digits.

Qt's own boxes go by the desktop's locale alone: on a German one 2.5 is 25 there. And
they write a number anew whenever its value is set, also in the midst of typing it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from vitviewer.qt.looks.painting import control_height, fill

if TYPE_CHECKING:
    _Box = QAbstractSpinBox
else:
    _Box = object  # a class can inherit one of Qt's alone

State = QValidator.State
_PAD = 6  # at either side of a number, within the field

_POINTS = ".,\u066b"  # the last one is the Arabic decimal separator
_GROUPING = "'\u2019\u066c"  # of Switzerland and of Arabic
_MINUS = "-\u2212"
_NUMBER = re.compile(r"-?\d*(?:\.(\d*))?", re.ASCII)


def read_number(text: str) -> tuple[float | None, int] | None:
    """Read what was typed, whatever the locale.

    Parameters
    ----------
    text : str
        A number, or the beginning of one. Marks of writing direction, spaces and a per
        cent sign do not count. Of several separators the last one is the decimal one
        if it is another than the rest, else all of them group digits.

    Returns
    -------
    value : float or None
        None where there is no digit yet.
    decimals : int
        How many digits stand after the separator.

    None instead, where it is no number and becomes none by typing on.
    """
    plain = "".join(map(_ascii, text))
    points = [c for c in plain if c in _POINTS]
    kinds = set(points)
    decimal = len(points) - 1 if len(points) == 1 or len(kinds) == 2 else -1
    if len(kinds) > 2 or (len(kinds) == 2 and points.count(points[-1]) > 1):
        return None
    count, kept = -1, []
    for character in plain:
        count += character in _POINTS
        if character not in _POINTS:
            kept.append(character)
        elif count == decimal:
            kept.append(".")
    match = _NUMBER.fullmatch("".join(kept))
    if match is None:
        return None
    digits = match[0].strip("-.")
    return (float(match[0]) if digits else None), len(match[1] or "")


def may_be_typed(text: str) -> bool:
    """Return whether each character of a text may be a part of a number."""
    marks = _POINTS + _GROUPING + _MINUS + "%٪"
    return all(c in marks or unicodedata.digit(c, None) is not None for c in text)


def _ascii(character: str) -> str:
    """Return a character's plain form; nothing for what only groups or directs."""
    if unicodedata.category(character) in ("Cf", "Zs") or character in _GROUPING + "%٪":
        return ""
    if character in _MINUS:
        return "-"
    return str(unicodedata.digit(character, character))


def _judge(text: str, least: float, most: float, decimals: int) -> State:
    """Return whether a text is a number that fits, or may become one."""
    found = read_number(text)
    if found is None or found[1] > decimals:
        return State.Invalid
    value = found[0]
    if value is None:
        return State.Intermediate
    if (value > most and most >= 0) or (value < least and least < 0):
        return State.Invalid
    return State.Acceptable if least <= value <= most else State.Intermediate


class _Field(_Box):
    """The look of other fields, without steps to click, for both kinds of box."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setFrame(False)
        self.lineEdit().setTextMargins(_PAD, 0, _PAD, 0)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the field; its line paints the number.

        A style sheet cannot: with one, Qt loses the box's own text.
        """
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            border = "edge" if self.isEnabled() else "line"
            fill(painter, self.rect(), "field", border=border)

    def sizeHint(self) -> QSize:
        """Ask for a field's height."""
        return QSize(super().sizeHint().width(), control_height(self.font()))

    def minimumSizeHint(self) -> QSize:
        """Ask for the same height."""
        return QSize(super().minimumSizeHint().width(), control_height(self.font()))


class DecimalBox(_Field, QDoubleSpinBox):
    """A box for a number with decimals; a point or a comma is typed before them."""

    def validate(self, text: str, position: int) -> tuple[State, str, int]:
        """Accept numbers within the range with so many decimals at most."""
        number = text.removeprefix(self.prefix()).removesuffix(self.suffix())
        state = _judge(number, self.minimum(), self.maximum(), self.decimals())
        return state, text, position

    def valueFromText(self, text: str) -> float:
        """Return the number in a text that was accepted."""
        number = text.removeprefix(self.prefix()).removesuffix(self.suffix())
        found = read_number(number)
        return self.value() if found is None or found[0] is None else found[0]

    def setValue(self, value: float) -> None:
        """Take a value; the text stays where it says so already."""
        if not math.isclose(value, self.value(), abs_tol=0.1 ** (self.decimals() + 1)):
            super().setValue(value)


class WholeBox(_Field, QSpinBox):
    """A box for a whole number; decimals that are typed are rounded when it is left."""

    def validate(self, text: str, position: int) -> tuple[State, str, int]:
        """Accept whole numbers within the range; others may still become one."""
        bare = self._bare(text)
        return _whole(bare, self.minimum(), self.maximum()), text, position

    def valueFromText(self, text: str) -> int:
        """Return the number in a text that was accepted."""
        found = read_number(self._bare(text))
        return self.value() if found is None or found[0] is None else _rounded(found[0])

    def fixup(self, text: str) -> str:
        """Round what was typed."""
        found = read_number(self._bare(text))
        return text if found is None or found[0] is None else str(_rounded(found[0]))

    def _bare(self, text: str) -> str:
        """Return what stands between the words around the number."""
        return text.removeprefix(self.prefix()).removesuffix(self.suffix())

    def setValue(self, value: int) -> None:
        """Take a value; the text stays where it says so already."""
        if value != self.value():
            super().setValue(value)


def _whole(text: str, least: int, most: int) -> State:
    found = read_number(text)
    if found is None:
        return State.Invalid
    is_whole = not any(c in _POINTS for c in text)
    state = _judge(text, least, most, 15)
    return state if is_whole or state is State.Invalid else State.Intermediate


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)
