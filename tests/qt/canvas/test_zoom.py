"""Zoom and pan: every limit, and wheels of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.qt.canvas_kit import make_view

SIZES = [(1, 1), (10, 10), (3, 200), (451, 300), (12_000, 20), (20_000, 300)]
NONE = QPoint()
PHASES = Qt.ScrollPhase


@pytest.fixture
def view(qtbot):
    return make_view(qtbot)


def show(view, size) -> None:
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = 200
    view.set_picture(pixels)


def scale(view) -> float:
    return view.transform().m11()


def roll(view, angle=NONE, pixels=NONE, phase=PHASES.NoScrollPhase, at=None) -> None:
    """Send a wheel event: eighths of a degree, pixels, and where in a scroll it is."""
    spot = QPointF(view.viewport().rect().center() if at is None else at)
    event = QWheelEvent(
        spot,
        view.viewport().mapToGlobal(spot),
        pixels,
        angle,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        phase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def is_in_view(view, size) -> bool:
    picture = view.mapFromScene(QRectF(0, 0, *size)).boundingRect()
    return picture.adjusted(-1, -1, 1, 1).intersects(view.viewport().rect())


# --- limits -----------------------------------------------------------------------


@pytest.mark.parametrize("start", ["fit", "zoom_to_actual"])
@pytest.mark.parametrize("size", SIZES)
def test_in_never_shrinks_and_out_never_enlarges(view, size, start):
    for step, grows in ((120, True), (-120, False)):
        show(view, size)
        view.fit()
        getattr(view, start)()
        before = scale(view)
        scales = [before]
        for _ in range(60):
            roll(view, QPoint(0, step))
            scales.append(scale(view))
            assert is_in_view(view, size)
        assert scales == sorted(scales, reverse=not grows)
        assert (scales[-1] > before) if grows else True


@pytest.mark.parametrize("size", SIZES)
def test_fit_and_actual_size_are_within_the_limits(view, size):
    show(view, size)
    view.fit()
    fitting = scale(view)
    for _ in range(80):
        roll(view, QPoint(0, -120))
    smallest = scale(view)
    for _ in range(200):
        roll(view, QPoint(0, 120))
    largest = scale(view)
    assert smallest <= min(fitting, 1.0)
    assert largest >= max(fitting, 1.0, 64.0)


def test_a_tiny_picture_can_be_enlarged_beyond_its_fit(view):
    show(view, (10, 10))
    before = scale(view)
    assert before > 64
    roll(view, QPoint(0, 120))
    assert scale(view) == pytest.approx(before * 1.0015**120)


def test_at_a_limit_nothing_moves(view):
    show(view, (451, 300))
    for _ in range(80):
        roll(view, QPoint(0, 120), at=QPoint(300, 300))
    place = view.sceneRect()
    roll(view, QPoint(0, 120), at=QPoint(10, 10))
    assert view.sceneRect() == place


def test_no_picture_has_no_place_to_lose(view):
    before = scale(view)
    roll(view, QPoint(0, 120))
    roll(view, QPoint(120, 0))
    assert scale(view) == before
    show(view, (451, 300))
    view.resize(500, 400)
    assert view.mapFromScene(QRectF(0, 0, 451, 300)).boundingRect().width() <= 501


def test_a_picture_cannot_be_panned_away(view):
    for size in SIZES:
        show(view, size)
        for step in (QPoint(1200, 0), QPoint(-1200, 0)):
            for _ in range(30):
                roll(view, step)
            assert is_in_view(view, size)


# --- wheels -----------------------------------------------------------------------


@pytest.mark.parametrize("parts", [1, 8, 120])
def test_a_notch_in_parts_zooms_as_far_as_at_once(view, parts):
    show(view, (451, 300))
    before = scale(view)
    for _ in range(parts):
        roll(view, QPoint(0, 120 // parts))
    assert scale(view) == pytest.approx(before * 1.0015**120, rel=1e-6)


def test_pixels_alone_zoom(view):
    show(view, (451, 300))
    before = scale(view)
    roll(view, pixels=QPoint(0, 20), phase=PHASES.ScrollUpdate)
    assert before < scale(view) < before * 1.2
    roll(view, pixels=QPoint(0, -20), phase=PHASES.ScrollUpdate)
    assert scale(view) == pytest.approx(before)


def test_pixels_beside_an_angle_count_once(view):
    show(view, (451, 300))
    before = scale(view)
    roll(view, QPoint(0, 30), QPoint(0, 15))
    assert scale(view) == pytest.approx(before * 1.0015**30)


@pytest.mark.parametrize(
    "phase", [PHASES.ScrollBegin, PHASES.ScrollEnd, PHASES.NoScrollPhase]
)
def test_an_event_without_a_turn_leaves_a_fitted_picture_fitted(view, phase):
    show(view, (451, 300))
    roll(view, phase=phase)
    view.resize(600, 500)
    fitted = scale(view)
    view.fit()
    assert scale(view) == fitted


def test_momentum_does_not_go_on_zooming(view):
    show(view, (451, 300))
    before = view.sceneRect()
    roll(view, QPoint(0, 120), phase=PHASES.ScrollMomentum)
    assert view.sceneRect() == before


@pytest.mark.parametrize("across", [120, -120, 15])
def test_a_sideways_wheel_pans_and_does_not_zoom(view, across):
    show(view, (451, 300))
    view.zoom_by(4.0)
    before, at = scale(view), view.to_viewport(200, 150)
    roll(view, QPoint(across, 0))
    assert scale(view) == before
    moved = view.to_viewport(200, 150) - at
    assert moved.x() == pytest.approx(across, abs=1)
    assert moved.y() == 0


def test_a_slant_of_two_fingers_is_no_jitter(view):
    show(view, (451, 300))
    view.zoom_by(4.0)
    centre = view.sceneRect().center()
    roll(view, QPoint(3, 40), QPoint(1, 20), PHASES.ScrollUpdate)
    moved = view.sceneRect().center() - centre
    assert abs(moved.x()) < 1
    assert abs(moved.y()) < 1


@pytest.mark.parametrize("turn", [10**6, -(10**6), 2**31 - 1])
def test_a_turn_of_any_size_is_bounded(view, turn):
    show(view, (451, 300))
    roll(view, QPoint(0, turn))
    roll(view, QPoint(turn, 0))
    assert 0 < scale(view) <= 64
    assert is_in_view(view, (451, 300))
