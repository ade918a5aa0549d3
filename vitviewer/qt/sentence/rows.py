"""How the lines of a popup are drawn: a tick, a name, a note, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from vitviewer.qt.looks.painting import fill, light, stroke
from vitviewer.qt.looks.roles import color, font

if TYPE_CHECKING:
    from vitviewer.qt.sentence.choice import Choice

    Index = QModelIndex | QPersistentModelIndex

CHOICE_ROLE = Qt.ItemDataRole.UserRole
_INDENT, _PAD, _GAP = 32, 8, 12
_LIGHT = 13
_TICK = ((11.0, 1.0), (14.5, 4.5), (21.0, -3.0))
_LINE = int(Qt.TextFlag.TextSingleLine)
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


class ChoiceDelegate(QStyledItemDelegate):
    """Draw a `Choice`, or the heading that an item without one is."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """Ask for one line or two, and for the width of the texts."""
        choice: Choice | None = index.data(CHOICE_ROLE)
        if choice is None:
            return QSize(0, QFontMetrics(font("small")).height() + 16)
        return QSize(width_of(choice), height_of(choice))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one item."""
        choice: Choice | None = index.data(CHOICE_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if choice is None:
            _draw_heading(painter, option.rect, index.data())
        else:
            flags = QStyle.StateFlag
            if choice.can_be and option.state & flags.State_Selected:
                fill(painter, option.rect, "hover")
            _draw_choice(painter, option.rect, choice)
        painter.restore()


def width_of(choice: Choice) -> int:
    """Return how wide a choice is when nothing of it is elided."""
    strong, small = QFontMetrics(font(strong=True)), QFontMetrics(font("small"))
    first = strong.horizontalAdvance(_line(choice.title))
    first += _LIGHT + _PAD if choice.light is not None else 0
    detail = small.horizontalAdvance(_line(choice.detail))
    first += detail + _GAP if detail else 0
    note = small.horizontalAdvance(_line(choice.note))
    return _INDENT + max(first, note) + _PAD + 2


def height_of(choice: Choice) -> int:
    """Return how high a choice is: 39 px with a note in a font of 13 px."""
    height = QFontMetrics(font(strong=True)).height() + 10
    return height + (QFontMetrics(font("small")).height() - 1 if choice.note else 0)


def _draw_heading(painter: QPainter, rect: QRect, words: str) -> None:
    painter.setFont(font("small", strong=True))
    painter.setPen(color("quiet"))
    place = rect.adjusted(_PAD, 0, -_PAD, -4)
    painter.drawText(place, int(_LEFT | Qt.AlignmentFlag.AlignBottom) | _LINE, words)


def _draw_choice(painter: QPainter, rect: QRect, choice: Choice) -> None:
    strong, small = font(strong=True), font("small")
    height = QFontMetrics(strong).height()
    first = rect.adjusted(_INDENT, 4, -_PAD, 0)
    first.setHeight(height + 2)
    if choice.is_chosen:
        _draw_tick(painter, QPointF(rect.left(), rect.center().y()))
    used = _write(painter, first, choice.detail, small, "quiet", _RIGHT)
    first.adjust(0, 0, -used - _GAP if used else 0, 0)
    if choice.light is not None:
        top = first.center().y() - _LIGHT / 2 + 1
        light(painter, QRectF(first.left(), top, _LIGHT, _LIGHT), choice.light)
        first.adjust(_LIGHT + _PAD, 0, 0, 0)
    role = "text" if choice.can_be else "faint"
    _write(painter, first, choice.title, strong, role, _LEFT)
    second = rect.adjusted(_INDENT, height + 5, -_PAD, -3)
    _write(painter, second, choice.note, small, "quiet", _LEFT)


def _draw_tick(painter: QPainter, at: QPointF) -> None:
    stroke(painter, "link", 1.8)
    painter.drawPolyline(QPolygonF([at + QPointF(x, y) for x, y in _TICK]))


def _write(
    painter: QPainter,
    rect: QRect,
    words: str,
    used: QFont,
    role: str,
    side: Qt.AlignmentFlag,
) -> int:
    """Write a line, elided where it does not fit, and return its width."""
    line = _line(words)
    if not line:
        return 0
    painter.setFont(used)
    painter.setPen(color(role))
    metrics = painter.fontMetrics()
    line = metrics.elidedText(line, Qt.TextElideMode.ElideRight, rect.width())
    flags = int(side | Qt.AlignmentFlag.AlignVCenter) | _LINE
    painter.drawText(rect, flags, line)
    return metrics.horizontalAdvance(line)


def _line(words: str) -> str:
    return " ".join(words.split())
