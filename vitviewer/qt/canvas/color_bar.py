"""The colour bar: which value each colour stands for, in real numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitviewer.answers import SHARE
from vitviewer.maps.legend import bar_pixels, number, position, ticks
from vitviewer.maps.style import OverlayStyle, is_flat
from vitviewer.qt.widgets.qimage import to_qimage

_WIDTH, _BAR, _EDGE, _PAD, _TICK = 96, 16, 14, 12, 4
_LINES_A_TICK = 4


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
        self._caption, self._unit = "", SHARE
        self._marker: float | None = None
        self._style: OverlayStyle | None = None
        self._gradient = QImage()

    def sizeHint(self) -> QSize:
        """Ask for the fixed width."""
        return QSize(_WIDTH, 200)

    def set_range(self, lo: float, hi: float, caption: str, unit: str = SHARE) -> None:
        """Say what the two ends stand for; an empty caption empties the bar."""
        shown = (self._lo, self._hi, self._caption, self._unit)
        if (lo, hi, caption, unit) == shown:
            return
        if is_flat(lo, hi) != is_flat(self._lo, self._hi):
            self._gradient = QImage()
        self._lo, self._hi, self._caption, self._unit = lo, hi, caption, unit
        ends = [number(end, hi - lo, unit) for end in (lo, hi)]
        words = f"{caption}: {ends[0]} to {ends[1]}"
        self.setAccessibleDescription(words if caption else "")
        self.update()

    def set_style(self, style: OverlayStyle) -> None:
        """Say which colours the values get."""
        if style != self._style:
            self._style = style
            self._gradient = QImage()
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
        # The painter ends even where painting fails: Qt would crash on an open one.
        with QPainter(self) as painter:
            self._paint(painter, self.fontMetrics().height())

    def _paint(self, painter: QPainter, line: int) -> None:
        painter.setPen(self.palette().windowText().color())
        caption = QRect(4, 4, self.width() - 8, line)
        elided = self.fontMetrics().elidedText(
            self._caption, Qt.TextElideMode.ElideMiddle, caption.width()
        )
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, elided)
        top = 4 + line + _PAD
        bar = QRect(_EDGE, top, _BAR, max(self.height() - top - _PAD, 1))
        self._paint_gradient(painter, bar)
        self._paint_ticks(painter, bar, line)
        self._paint_marker(painter, bar)

    def _paint_gradient(self, painter: QPainter, bar: QRect) -> None:
        """Paint the colours as they look over middle grey."""
        if self._style is None:
            return
        size = bar.size() * self.devicePixelRatioF()
        if self._gradient.size() != size:  # scaled once, since it is painted often
            stretch = Qt.AspectRatioMode.IgnoreAspectRatio
            smooth = Qt.TransformationMode.SmoothTransformation
            shown = replace(self._style, lo=self._lo, hi=self._hi)
            pixels = to_qimage(np.rot90(bar_pixels(shown)))
            form = QImage.Format.Format_RGB32
            scaled = pixels.scaled(size, stretch, smooth)
            self._gradient = scaled.convertToFormat(form)
        painter.drawImage(bar, self._gradient)

    def _paint_ticks(self, painter: QPainter, bar: QRect, line: int) -> None:
        span = self._hi - self._lo
        left = bar.right() + 1
        about = min(5, bar.height() // (_LINES_A_TICK * line))
        for value in ticks(self._lo, self._hi, about):
            y = round(self._height_of(value, bar))
            painter.drawLine(left, y, left + _TICK, y)
            place = QRectF(left + 7, y - line / 2, self.width() - left - 7, line)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, flags, number(value, span, self._unit))

    def _paint_marker(self, painter: QPainter, bar: QRect) -> None:
        if self._marker is None:
            return
        y = self._height_of(self._marker, bar)
        tip = QPointF(bar.left() - 1, y)
        back = [QPointF(bar.left() - 10, y - 6), QPointF(bar.left() - 10, y + 6)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self.palette().windowText())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([tip, *back]))

    def _height_of(self, value: float, bar: QRect) -> float:
        part = position(value, self._lo, self._hi)
        return bar.bottom() - part * (bar.height() - 1)
