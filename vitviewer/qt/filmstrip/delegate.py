"""How a row of the strip is painted: a small picture, its name below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from vitviewer.qt.filmstrip.rows import CHOSEN_ROLE, THUMBNAIL_ROLE
from vitviewer.qt.looks.roles import color, font

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QImage

    from vitviewer.qt.filmstrip.thumbnails import Thumbnail

    Index = QModelIndex | QPersistentModelIndex

CELL = QSize(96, 64)
"""What a small picture fills one way or the other."""

_GAP = 4
_SIDE = 8
_LINE = 2
_CORNER = 4
_CROSS = 6
_FLAGS = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextSingleLine)


def pitch() -> int:
    """Return how high a row is, by the font."""
    return 3 * _GAP + CELL.height() + QFontMetrics(font("small", True)).height()


class FrameDelegate(QStyledItemDelegate):
    """Paint a row; the one that is shown is framed, its name stronger."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.shows_focus = False

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Ask for the same room in each row."""
        return QSize(CELL.width() + 2 * _SIDE, pitch())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Paint the picture and its name, and what tells it from the others."""
        painter.save()
        chosen = bool(index.data(CHOSEN_ROLE))
        state = option.state
        if state & QStyle.StateFlag.State_MouseOver:
            _round(painter, option.rect, color("hover"))
        cell = QRect(0, option.rect.top() + _GAP, CELL.width(), CELL.height())
        cell.moveLeft(option.rect.center().x() - CELL.width() // 2 + 1)
        place = _paint_picture(painter, cell, index.data(THUMBNAIL_ROLE))
        if chosen:
            _frame(painter, place)
        _paint_name(painter, option.rect, cell, str(index.data()), chosen)
        if self.shows_focus and state & QStyle.StateFlag.State_HasFocus:
            _ring(painter, option.rect)
        painter.restore()


def _paint_picture(painter: QPainter, cell: QRect, made: Thumbnail | None) -> QRect:
    """Paint a small picture, or a quiet sign for one; return where it is."""
    image = made.image if made is not None else None
    if image is None:
        painter.fillRect(cell, color("field"))
        if made is not None:
            _cross(painter, cell)
        return cell
    place = _place(cell, image)
    # A picture of few pixels shows them as they are.
    smooth = image.width() >= place.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(place, image)
    return place


def _place(cell: QRect, image: QImage) -> QRect:
    """Return where in its cell an image goes: as large as it fits, at the bottom."""
    size = image.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(0, 0, max(size.width(), 1), max(size.height(), 1))
    place.moveCenter(cell.center())
    place.moveBottom(cell.bottom())
    return place


def _paint_name(
    painter: QPainter, row: QRect, cell: QRect, name: str, chosen: bool
) -> None:
    """Paint a name, elided in its middle: both ends tell files apart."""
    painter.setFont(font("small", chosen))
    painter.setPen(color("text" if chosen else "quiet"))
    metrics = painter.fontMetrics()
    top = cell.bottom() + 1 + _GAP
    line = QRect(row.left() + _GAP, top, row.width() - 2 * _GAP, metrics.height())
    words = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, line.width())
    painter.drawText(line, _FLAGS, words)


def _frame(painter: QPainter, place: QRect) -> None:
    """Draw a frame that is seen on any picture: a light line in a dark casing."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for role, width in (("panel", 2 * _LINE), ("text", _LINE)):
        pen = QPen(color(role), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(place)


def _ring(painter: QPainter, row: QRect) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color("link"), _LINE))
    painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), _CORNER, _CORNER)


def _round(painter: QPainter, row: QRect, fill: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(row, _CORNER, _CORNER)


def _cross(painter: QPainter, cell: QRect) -> None:
    """Draw the sign of a picture that cannot be shown."""
    painter.setPen(QPen(color("faint"), _LINE))
    x, y = cell.center().x(), cell.center().y()
    painter.drawLine(x - _CROSS, y - _CROSS, x + _CROSS, y + _CROSS)
    painter.drawLine(x - _CROSS, y + _CROSS, x + _CROSS, y - _CROSS)
