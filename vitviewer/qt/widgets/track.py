"""A slider drawn by roles: it jumps to where it is pressed; it may have two handles."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from vitviewer.qt.looks.roles import color

_GROOVE, _KNOB, _RIM = 4, 16, 2


class Track(QSlider):
    """A horizontal slider; with a second handle it holds a range.

    ``value`` is the upper handle's. To keys, wheels and screen readers it is a
    `QSlider`.
    """

    first_moved = Signal(int)
    """The lower handle was moved to this value."""
    touched = Signal()
    """It was pressed or moved by hand, even where its value stays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._first: int | None = None
        self._hollow = False
        self._holds_first = False
        self.setPageStep(1)

    @property
    def first(self) -> int | None:
        """The value of the lower handle; None where there is one handle."""
        return self._first

    def set_first(self, value: int | None) -> None:
        """Show a lower handle at a value, or none."""
        if value != self._first:
            self._first = value
            self.update()

    def set_hollow(self, on: bool) -> None:
        """Show that no value is chosen: an empty groove, and a handle in outline."""
        if on != self._hollow:
            self._hollow = on
            self.update()

    def sizeHint(self) -> QSize:
        """Ask for the height of the handle and little width."""
        return QSize(80, _KNOB + 4)

    def minimumSizeHint(self) -> QSize:
        """Ask for room to aim in."""
        return QSize(48, _KNOB + 4)

    # --- the pointer ------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the nearer handle to the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        at = event.position().x()
        self._holds_first = self._is_nearer_first(at)
        self.setSliderDown(True)
        self._move_to(at)
        self.touched.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the held handle follow."""
        if self.isSliderDown():
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            self._holds_first = False

    def _is_nearer_first(self, at: float) -> bool:
        if self._first is None:
            return False
        to_first = abs(at - self._place(self._first))
        to_value = abs(at - self._place(self.value()))
        return to_first < to_value or (to_first == to_value and at < to_first)

    def _move_to(self, at: float) -> None:
        value = self._value_at(at)
        if self._holds_first:
            value = min(value, self.value())
            if value != self._first:
                self.set_first(value)
                self.first_moved.emit(value)
            return
        if self._first is not None:
            value = max(value, self._first)
        self.setSliderPosition(value)

    def _value_at(self, at: float) -> int:
        span = max(self.width() - _KNOB, 1)
        part = min(max((at - _KNOB / 2) / span, 0.0), 1.0)
        if self._is_mirrored():
            part = 1.0 - part
        return self.minimum() + round(part * (self.maximum() - self.minimum()))

    def _place(self, value: int) -> float:
        """Return where a value's handle has its middle."""
        steps = self.maximum() - self.minimum()
        part = (value - self.minimum()) / steps if steps else 1.0
        if self._is_mirrored():
            part = 1.0 - part
        return _KNOB / 2 + part * (self.width() - _KNOB)

    def _is_mirrored(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    # --- drawing ----------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the groove, what is chosen of it, and the handles."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            middle = self.height() / 2
            end = self._place(self.value())
            start = 0.0 if self._first is None else self._place(self._first)
            if self._first is None and self._is_mirrored():
                start = float(self.width())
            self._bar(painter, "line", 0.0, float(self.width()), middle)
            if self.isEnabled() and not self._hollow:
                self._bar(painter, "accent", min(start, end), max(start, end), middle)
            if self._first is not None:
                self._knob(painter, start, middle)
            self._knob(painter, end, middle)

    def _bar(
        self, painter: QPainter, role: str, left: float, right: float, middle: float
    ) -> None:
        place = QRectF(left, middle - _GROOVE / 2, right - left, _GROOVE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(role))
        painter.drawRoundedRect(place, _GROOVE / 2, _GROOVE / 2)

    def _knob(self, painter: QPainter, at: float, middle: float) -> None:
        rim = "faint" if not self.isEnabled() else "edge" if self._hollow else "text"
        painter.setPen(QPen(color(rim), _RIM))
        painter.setBrush(color("panel"))
        radius = (_KNOB - _RIM) / 2
        painter.drawEllipse(QPointF(at, middle), radius, radius)
