"""The colour bar: which value each colour stands for, in real numbers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitviewer.figure import percent
from vitviewer.qt.qimage import to_qimage
from vitviewer.render import lookup_table

_WIDTH, _BAR, _TICKS, _PAD = 92, 16, 5, 12


class ColorBar(QWidget):
    """A vertical gradient with ticks, the scale's name, and the hovered value.

    Its width is fixed, so that the layout never jumps.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Colour bar")
        self._lo = self._hi = 0.0
        self._caption = ""
        self._marker: float | None = None
        self._style: tuple[str, bool] = ("", False)
        self._gradient = QImage()

    def sizeHint(self) -> QSize:
        """Ask for the fixed width."""
        return QSize(_WIDTH, 200)

    def set_range(self, lo: float, hi: float, caption: str) -> None:
        """Say what the two ends stand for; an empty caption empties the bar."""
        self._lo, self._hi, self._caption = lo, hi, caption
        words = f"{caption}: {percent(lo, hi - lo)} to {percent(hi, hi - lo)}"
        self.setAccessibleDescription(words if caption else "")
        self.update()

    def set_style(self, colormap: str, fade: bool) -> None:
        """Say which colours the values get."""
        if (colormap, fade) == self._style:
            return
        self._style = (colormap, fade)
        table = lookup_table(colormap, 1.0, fade)
        self._gradient = to_qimage(table[::-1, None, :])
        self.update()

    def set_marker(self, value: float | None) -> None:
        """Point at one value; None points at nothing."""
        if value != self._marker:
            self._marker = value
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the caption, the gradient, its ticks and the marker."""
        if not self._caption:
            return
        painter = QPainter(self)
        line = self.fontMetrics().height()
        painter.setPen(self.palette().windowText().color())
        caption = QRect(4, 4, self.width() - 8, line)
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, self._caption)
        top = 4 + line + _PAD
        bar = QRect(_PAD, top, _BAR, max(self.height() - top - _PAD, 1))
        painter.fillRect(bar, QColor("#808080"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, self._gradient)
        self._paint_ticks(painter, bar, line)
        self._paint_marker(painter, bar)

    def _paint_ticks(self, painter: QPainter, bar: QRect, line: int) -> None:
        span = self._hi - self._lo
        left = bar.right() + 1
        for i in range(_TICKS):
            part = i / (_TICKS - 1)
            y = round(bar.bottom() - part * (bar.height() - 1))
            painter.drawLine(left, y, left + 4, y)
            place = QRectF(left + 7, y - line / 2, self.width() - left - 7, line)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, flags, percent(self._lo + part * span, span))

    def _paint_marker(self, painter: QPainter, bar: QRect) -> None:
        span = self._hi - self._lo
        if self._marker is None or span <= 0:
            return
        part = min(max((self._marker - self._lo) / span, 0.0), 1.0)
        y = bar.bottom() - part * (bar.height() - 1)
        tip = QPointF(bar.left() - 1, y)
        back = [QPointF(bar.left() - 9, y - 5), QPointF(bar.left() - 9, y + 5)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self.palette().windowText())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([tip, *back]))
