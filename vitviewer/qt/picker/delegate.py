"""How a row of the model picker is painted: as plain text, its name never cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from vitviewer.qt.picker.rows import Action
from vitviewer.qt.widgets.plain import breakable
from vitviewer.text import plain

if TYPE_CHECKING:
    from vitviewer.qt.picker.rows import Row

    Index = QModelIndex | QPersistentModelIndex

ROW_ROLE = Qt.ItemDataRole.UserRole
_EDGE = 10
_PAD = 5
_GAP = 12
_LOCK = 12
_WRAP = int(Qt.TextFlag.TextWordWrap)


class RowDelegate(QStyledItemDelegate):
    """Paint a `Row`: a lock, the name, the detail at the right, the note below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Ask for a line for the name and as many as the note takes."""
        row: Row = index.data(ROW_ROLE)
        metrics = option.fontMetrics
        height = 2 * _PAD + (metrics.height() if row.name else 0)
        if row.action is Action.HEADER:
            height += _PAD
        if row.note:
            height += self._note_height(row, metrics, self._room(option))
        return QSize(0, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Paint the row's background, then its texts."""
        row: Row = index.data(ROW_ROLE)
        painter.save()
        self._paint_background(painter, option, index)
        rect = option.rect.adjusted(_EDGE, _PAD, -_EDGE, -_PAD)
        if row.action is Action.HEADER:
            self._paint_header(painter, option, rect, row)
        else:
            self._paint_row(painter, option, rect, row)
        painter.restore()

    def _paint_background(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        bare = QStyleOptionViewItem(option)
        self.initStyleOption(bare, index)
        bare.text = ""  # the style would read no markup either, but cut the end off
        widget = option.widget
        style = widget.style() if widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, bare, painter, widget)

    def _paint_header(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, row: Row
    ) -> None:
        font = QFont(option.font)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(rect, Qt.AlignmentFlag.AlignBottom, row.name)

    def _paint_row(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, row: Row
    ) -> None:
        strong, faint = _colors(option, row)
        painter.setFont(option.font)
        if row.name:
            line = QRect(rect)
            line.setHeight(option.fontMetrics.height())
            line = _paint_detail(painter, line, row, faint)
            line = _paint_lock(painter, line, row, strong)
            _paint_name(painter, line, row, strong)
            rect.setTop(line.bottom() + 1)
        painter.setPen(faint)
        painter.drawText(rect, _WRAP, _note(row))

    def _note_height(self, row: Row, metrics: QFontMetrics, width: int) -> int:
        return metrics.boundingRect(0, 0, width, 10_000, _WRAP, _note(row)).height()

    def _room(self, option: QStyleOptionViewItem) -> int:
        view = option.widget
        width = view.viewport().width() if hasattr(view, "viewport") else 400
        return int(width) - 2 * _EDGE


def _note(row: Row) -> str:
    """Return the note fit for the screen: names in it are not ours."""
    return breakable("".join(c if c.isprintable() else " " for c in row.note))


def _colors(option: QStyleOptionViewItem, row: Row) -> tuple[QColor, QColor]:
    """Return the colours of the name and of what is around it."""
    palette, roles = option.palette, QPalette.ColorRole
    if option.state & QStyle.StateFlag.State_Selected:
        color = palette.color(roles.HighlightedText)
        return color, color
    faint = palette.color(roles.PlaceholderText)
    return (faint if row.refused else palette.color(roles.Text)), faint


def _paint_detail(painter: QPainter, line: QRect, row: Row, color: QColor) -> QRect:
    """Paint what stands at the right; return what is left of the line."""
    metrics = painter.fontMetrics()
    text = plain(row.detail) if row.detail else ""
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width() // 2)
    painter.setPen(color)
    painter.drawText(line, _one_line(Qt.AlignmentFlag.AlignRight), text)
    width = metrics.horizontalAdvance(text)
    return line.adjusted(0, 0, -width - (_GAP if width else 0), 0)


def _paint_lock(painter: QPainter, line: QRect, row: Row, color: QColor) -> QRect:
    """Paint a padlock in front of what is gated; return what is left of the line."""
    if not row.locked:
        return line
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top = line.center().y() - _LOCK / 2
    painter.setPen(QPen(color, 1.5))
    painter.drawArc(QRectF(line.left() + 3, top, _LOCK - 6, _LOCK - 3), 0, 180 * 16)
    body = QRectF(line.left() + 1, top + 4.5, _LOCK - 2, _LOCK - 5)
    painter.fillRect(body, color)
    painter.restore()
    return line.adjusted(_LOCK + 6, 0, 0, 0)


def _paint_name(painter: QPainter, line: QRect, row: Row, color: QColor) -> None:
    """Paint the name, elided in its middle: both ends tell models apart."""
    middle = Qt.TextElideMode.ElideMiddle
    text = painter.fontMetrics().elidedText(plain(row.name), middle, line.width())
    painter.setPen(color)
    painter.drawText(line, _one_line(Qt.AlignmentFlag.AlignLeft), text)


def _one_line(side: Qt.AlignmentFlag) -> int:
    return int(side | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
