"""The few shapes that widgets of our own are painted with, by roles."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF

from vitviewer.qt.looks.roles import color

State = Literal["ok", "warn", "bad", "none"]

_TRIANGLE = ((0.5, 0.1), (0.94, 0.9), (0.06, 0.9))
_OCTAGON = (
    (0.32, 0.06), (0.68, 0.06), (0.94, 0.32), (0.94, 0.68),
    (0.68, 0.94), (0.32, 0.94), (0.06, 0.68), (0.06, 0.32),
)  # fmt: skip
_SIGNS = {
    "ok": (((0.29, 0.52), (0.44, 0.67), (0.71, 0.36)),),
    "warn": (((0.5, 0.4), (0.5, 0.6)), ((0.5, 0.78), (0.5, 0.79))),
    "bad": (((0.34, 0.34), (0.66, 0.66)), ((0.66, 0.34), (0.34, 0.66))),
}


def control_height(base: QFont) -> int:
    """Return how high a field, a button or a row with a slider is."""
    return max(28, QFontMetrics(base).height() + 12)


def bar_height(base: QFont) -> int:
    """Return how high a bar of controls is, with air above and below them."""
    return control_height(base) + 8


def fill(
    painter: QPainter,
    rect: QRect | QRectF,
    role: str,
    radius: float = 4,
    border: str | None = None,
) -> None:
    """Fill a rectangle with round corners, with a border of 1 px in a role or none."""
    place = QRectF(rect)
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(QPen(color(border), 1))
        place.adjust(0.5, 0.5, -0.5, -0.5)
    painter.setBrush(color(role))
    painter.drawRoundedRect(place, radius, radius)


def frame(
    painter: QPainter,
    rect: QRect | QRectF,
    width: float = 2,
    dark: QColor | None = None,
    bright: QColor | None = None,
) -> None:
    """Frame what is chosen in a bright line with a dark one round it."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    lines = ((dark or color("panel"), width + 2), (bright or color("text"), width))
    for line, thickness in lines:
        pen = QPen(line, thickness)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(QRectF(rect))


def chevron(
    painter: QPainter, center: QPointF, down: bool = True, role: str = "quiet"
) -> None:
    """Draw the small angle of what opens: downwards, or to the right while shut."""
    long, short = 3.5, 1.75
    points = [(-long, -short), (0, short), (long, -short)]
    if not down:
        points = [(y, x) for x, y in points]
    stroke(painter, role, 1.4)
    painter.drawPolyline(
        QPolygonF([QPointF(center.x() + x, center.y() + y) for x, y in points])
    )


def light(painter: QPainter, rect: QRect | QRectF, state: State) -> None:
    """Draw a verdict into a square: its shape and its sign tell it, colour apart.

    A disc with a tick, a triangle with an exclamation mark, an octagon with a cross;
    what was not measured is an empty ring.
    """
    place = QRectF(rect)
    side = min(place.width(), place.height())
    if state == "none":
        inset = side * 0.1
        stroke(painter, "quiet", max(1.3, side * 0.1))
        painter.drawEllipse(place.adjusted(inset, inset, -inset, -inset))
        return
    stroke(painter, state, side * 0.12)
    painter.setBrush(color(state))
    if state == "ok":
        inset = side * 0.06
        painter.drawEllipse(place.adjusted(inset, inset, -inset, -inset))
    else:
        shape = _TRIANGLE if state == "warn" else _OCTAGON
        painter.drawPolygon(_placed(shape, place, side))
    stroke(painter, "mark", max(1.4, side * 0.12))
    for line in _SIGNS[state]:
        painter.drawPolyline(_placed(line, place, side))


def stroke(painter: QPainter, role: str, width: float) -> None:
    """Draw smooth lines with round ends from now on, and fill nothing."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(color(role), width, Qt.PenStyle.SolidLine, cap, join))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _placed(
    points: tuple[tuple[float, float], ...], place: QRectF, side: float
) -> QPolygonF:
    return QPolygonF(
        [QPointF(place.x() + x * side, place.y() + y * side) for x, y in points]
    )
