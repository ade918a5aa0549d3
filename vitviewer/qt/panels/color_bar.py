"""The colour bar: which value each colour stands for, and the control of its range."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitviewer.answers import SHARE
from vitviewer.maps.legend import bar_pixels, number, position, tick_words, ticks
from vitviewer.maps.style import OverlayStyle, is_flat
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.qt.widgets.qimage import to_qimage

_BAR, _MARKER, _TICK, _GAP = 12, 6, 2, 4
_GRIP = 8  # how near to an end the pointer holds it
_CLEAR = 8  # between two numbers
_HINT = "Drag an end to set the range; double-click to let it follow the map again."


class ColorBar(QWidget):
    """A gradient under what its numbers are, over the numbers themselves.

    Its height is the same whatever it shows, so that nothing moves.
    """

    dragged = Signal(float, float)
    """The range that its ends were drawn to."""
    reset = Signal()
    """The range shall be the map's own again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colour bar")
        self.setMouseTracking(True)
        self._what, self._caption, self._unit = "", "", SHARE
        self._signed = False
        self._marker: float | None = None
        self._style: OverlayStyle | None = None
        self._gradient = QImage()
        self._held: tuple[str, float, float] | None = None

    @property
    def style_shown(self) -> OverlayStyle | None:
        """How the values are painted, with the range; None while there is no map."""
        return self._style

    @property
    def caption(self) -> str:
        """Which values the range is taken from."""
        return self._caption

    def show_range(
        self,
        style: OverlayStyle | None,
        caption: str = "",
        unit: str = SHARE,
        what: str = "",
    ) -> None:
        """Show which colours the values of a range get; None empties the bar.

        ``what`` says what they are values of, where the unit alone does not.
        """
        what = "Share of the attention" if unit == SHARE else what or unit
        what = what[:1].upper() + what[1:]
        shown = (self._style, self._caption, self._unit, self._what)
        if (style, caption, unit, what) == shown:
            return
        if _painted_alike(style) != _painted_alike(self._style):
            self._gradient = QImage()
        self._style, self._caption = style, caption
        self._unit, self._what = unit, what
        self._describe()
        self.update()

    def set_marker(self, value: float | None) -> None:
        """Point at one value; None points at nothing."""
        if value != self._marker:
            self._marker = value
            self.update()

    def sizeHint(self) -> QSize:
        """Ask for two lines of small words with the bar between them."""
        line = QFontMetrics(font("small")).height()
        return QSize(160, 2 * line + _MARKER + _BAR + _TICK + 2 * _GAP)

    def minimumSizeHint(self) -> QSize:
        """Ask for the same height, and little width."""
        return self.sizeHint()

    def _describe(self) -> None:
        style = self._style
        if style is None:
            self.setAccessibleDescription("")
            set_tooltip(self, "")
            return
        span = style.hi - style.lo
        lo, hi = (number(end, span, self._unit) for end in (style.lo, style.hi))
        words = f"{self._what}, {lo} to {hi}, {self._caption}"
        self.setAccessibleDescription(words)
        set_tooltip(self, f"{words}. {_HINT}")

    # --- the pointer holds an end -----------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold an end of the range."""
        end = self._end_at(event.position().x())
        left = event.button() == Qt.MouseButton.LeftButton
        if not (left and end and self._style is not None):
            event.ignore()
            return
        self._held = (end, self._style.lo, self._style.hi)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the held end along; show which end could be held."""
        at = event.position().x()
        if self._held is None:
            cursor = Qt.CursorShape.SizeHorCursor
            self.setCursor(cursor if self._end_at(at) else Qt.CursorShape.ArrowCursor)
            return
        end, lo, hi = self._held
        value = lo + (hi - lo) * at / max(self.width(), 1)
        least = (hi - lo) / 100.0
        if self._signed_range(lo, hi):
            most = max(abs(value), least)
            lo, hi = -most, most
        elif end == "hi":
            hi = max(value, lo + least)
        else:
            lo = min(value, hi - least)
        self.dragged.emit(lo, hi)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let the end go."""
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the range follow the map again."""
        if event.button() == Qt.MouseButton.LeftButton and self._style is not None:
            self._held = None
            self.reset.emit()

    def _end_at(self, at: float) -> str:
        """Name the end that is under the pointer; empty where neither is."""
        style = self._style
        if style is None or is_flat(style.lo, style.hi):
            return ""
        if at <= _GRIP:
            return "lo"
        return "hi" if at >= self.width() - _GRIP else ""

    @staticmethod
    def _signed_range(lo: float, hi: float) -> bool:
        return lo == -hi

    # --- drawing ----------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the words, the gradient, its ticks and the marker."""
        # The painter ends even where painting fails: Qt would crash on an open one.
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(font("small"))
            line = painter.fontMetrics().height()
            bar = QRect(0, line + _GAP + _MARKER, self.width(), _BAR)
            rounded = QPainterPath()
            rounded.addRoundedRect(QRectF(bar), 2, 2)
            if self._style is None:
                painter.fillPath(rounded, color("line"))
                return
            self._paint_words(painter, line)
            painter.save()
            painter.setClipPath(rounded)
            painter.drawImage(bar, self._gradient_of(self._style, bar))
            painter.restore()
            self._paint_ticks(painter, bar, line, self._style)
            self._paint_marker(painter, bar, self._style)

    def _paint_words(self, painter: QPainter, line: int) -> None:
        painter.setPen(color("quiet"))
        metrics = painter.fontMetrics()
        whose = metrics.horizontalAdvance(self._caption)
        room = QRect(0, 0, self.width(), line)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight, self._caption)
        room.setRight(room.right() - whose - _CLEAR)
        mode = Qt.TextElideMode.ElideRight
        what = metrics.elidedText(self._what, mode, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, what)

    def _gradient_of(self, style: OverlayStyle, bar: QRect) -> QImage:
        size = bar.size() * self.devicePixelRatioF()
        if self._gradient.size() != size:  # scaled once, since it is painted often
            stretch = Qt.AspectRatioMode.IgnoreAspectRatio
            smooth = Qt.TransformationMode.SmoothTransformation
            # The colours as they look over middle grey, whatever their opacity.
            pixels = to_qimage(bar_pixels(replace(style, opacity=1.0)))
            self._gradient = pixels.scaled(size, stretch, smooth)
        return self._gradient

    def _paint_ticks(
        self, painter: QPainter, bar: QRect, line: int, style: OverlayStyle
    ) -> None:
        lo, hi = style.lo, style.hi
        values = ticks(lo, hi, 4)
        words = tick_words(values, hi - lo, self._unit)
        metrics = painter.fontMetrics()
        painter.setPen(color("quiet"))
        taken: list[tuple[float, float]] = []
        top = bar.bottom() + 1 + _TICK
        # The ends first: a number between them gives way.
        order = [0, len(values) - 1, *range(1, len(values) - 1)]
        for index in dict.fromkeys(order):
            wide = metrics.horizontalAdvance(words[index]) + 2
            x = position(values[index], lo, hi) * bar.width()
            x = min(max(x, 0.5), bar.width() - 0.5)
            left = min(max(x - wide / 2, 0.0), bar.width() - wide)
            if any(left < b + _CLEAR and a < left + wide + _CLEAR for a, b in taken):
                continue
            taken.append((left, left + wide))
            painter.drawLine(QPointF(x, bar.bottom() + 2), QPointF(x, top + 1))
            place = QRectF(left, top + 2, wide, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words[index])

    def _paint_marker(self, painter: QPainter, bar: QRect, style: OverlayStyle) -> None:
        if self._marker is None:
            return
        x = position(self._marker, style.lo, style.hi) * bar.width()
        tip = QPointF(x, bar.top() - 1)
        back = [tip + QPointF(-4, -_MARKER), tip + QPointF(4, -_MARKER)]
        painter.setBrush(color("text"))
        painter.setPen(QPen(color("panel"), 0.5))
        painter.drawPolygon(QPolygonF([tip, *back]))


def _painted_alike(style: OverlayStyle | None) -> tuple[object, ...]:
    """Return what a gradient depends on: not on the numbers at its ends."""
    if style is None:
        return ()
    flat = is_flat(style.lo, style.hi)
    return style.colormap, style.alpha, style.signed, flat
