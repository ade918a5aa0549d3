"""The pointer on the canvas: what it tells, and how it moves the view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtWidgets import QApplication

from tests.painting import (
    GEOMETRIES,
    cropped,
    squashed,
    style,
)
from tests.qt.canvas_kit import (
    LEFT,
    NEAREST,
    clipped,
    make_view,
    send,
    show,
    shown,
    wheel,
)


@pytest.fixture
def view(qtbot):
    return make_view(qtbot)


def test_pointer_tells_pixel_and_patch(view, qtbot):
    geometry = cropped(600, 300)
    show(view, geometry, None, style(NEAREST))
    told = []
    view.hovered.connect(told.append)
    for x, y in ((300.0, 150.0), (20.0, 20.0), (-8.0, 5.0)):
        qtbot.mouseMove(view.viewport(), view.to_viewport(x, y))
    on_patch, unseen, outside = told[-3:]
    assert abs(on_patch[0] - 300) <= 1
    assert abs(on_patch[1] - 150) <= 1
    assert on_patch[2:] == geometry.patch_at(300.0, 150.0)
    assert unseen[2:] == (None, None)
    assert outside is None
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert told[-1] is None


@pytest.mark.parametrize("geometry", GEOMETRIES[:3], ids=str)
def test_click_names_the_patch(view, qtbot, geometry):
    show(view, geometry, None, style(NEAREST))
    for patch in ((geometry.rows // 2, 1), (geometry.rows // 2, geometry.cols - 2)):
        x0, y0, x1, y1 = clipped(geometry, patch)
        if x0 >= x1:
            continue
        point = view.to_viewport((x0 + x1) / 2, (y0 + y1) / 2)
        with qtbot.waitSignal(view.patch_clicked) as clicked:
            qtbot.mouseClick(view.viewport(), LEFT, pos=point)
        assert tuple(clicked.args) == patch


def test_pointer_tells_the_patch_after_zooming_and_panning(view, qtbot):
    geometry = cropped(451, 300)
    show(view, geometry, None, style(NEAREST))
    view.zoom_by(3.0, QPoint(300, 200))
    told = []
    view.hovered.connect(told.append)
    for spot in (QPoint(200, 150), QPoint(450, 350), QPoint(610, 520)):
        qtbot.mouseMove(view.viewport(), spot)
        x, y = view.viewportTransform().inverted()[0].map(spot.x(), spot.y())
        assert told[-1][:2] == pytest.approx((x, y))
        left, top, width, height = geometry.patch_rect(*told[-1][2:])
        assert left <= x < left + width
        assert top <= y < top + height


def test_drag_pans_and_asks_nothing(view, qtbot):
    show(view, squashed(300, 300), None, style(NEAREST))
    view.zoom_by(4.0)
    start, end = QPoint(400, 300), QPoint(440, 330)
    before = view.mapToScene(start)
    with qtbot.assertNotEmitted(view.patch_clicked):
        send(view, QEvent.Type.MouseButtonPress, start)
        for point in (QPoint(420, 310), end):
            send(view, QEvent.Type.MouseMove, point)
        send(view, QEvent.Type.MouseButtonRelease, end)
    after = view.mapToScene(end)
    assert abs(after.x() - before.x()) * view.transform().m11() <= 2.0
    assert abs(after.y() - before.y()) * view.transform().m11() <= 2.0


def test_picture_cannot_be_lost(view):
    show(view, squashed(300, 300), None, style(NEAREST))
    background = shown(view)[2, 2]
    for _ in range(20):
        send(view, QEvent.Type.MouseButtonPress, QPoint(800, 600))
        send(view, QEvent.Type.MouseMove, QPoint(100, 50))
        send(view, QEvent.Type.MouseButtonRelease, QPoint(100, 50))
    assert (shown(view) != background).any()


def test_wheel_zooms_at_the_pointer(view):
    show(view, squashed(300, 300), None, style(NEAREST))
    scale, spot = view.transform().m11(), QPoint(600, 200)
    before = view.mapToScene(spot)
    wheel(view, spot, 3)
    after = view.mapToScene(spot)
    assert view.transform().m11() > 1.3 * scale
    assert abs(after.x() - before.x()) * view.transform().m11() <= 1.5
    assert abs(after.y() - before.y()) * view.transform().m11() <= 1.5
    for steps in (500, -999):
        wheel(view, spot, steps)
        assert 0.05 < view.transform().m11() <= 64.0


def test_fit_survives_a_resize_until_the_view_is_changed(view, qtbot):
    geometry = squashed(300, 200)
    show(view, geometry, None, style(NEAREST))
    view.resize(500, 420)
    qtbot.waitUntil(lambda: view.viewport().width() < 520)
    corner, end = view.to_viewport(0, 0), view.to_viewport(300, 200)
    room = view.viewport().size()
    assert 0 <= corner.x() <= 14
    assert abs(room.width() - end.x() - corner.x()) <= 2
    view.zoom_to_actual()
    view.resize(640, 480)
    assert view.transform().m11() == pytest.approx(1.0 / view.devicePixelRatioF())
    view.fit()
    assert view.transform().m11() > 1.5


def test_view_is_kept_for_a_picture_of_the_same_size(view, chelsea, coffee):
    view.set_picture(chelsea)
    fitted = view.transform().m11()
    view.zoom_by(3.0)
    zoomed = view.transform().m11()
    view.set_picture(255 - chelsea)
    assert view.transform().m11() == zoomed == pytest.approx(3.0 * fitted)
    view.set_picture(coffee)
    assert view.transform().m11() < 2.0


def test_double_click_fits(view, qtbot, chelsea):
    view.set_picture(chelsea)
    fitted = view.transform().m11()
    view.zoom_by(3.0)
    qtbot.mouseDClick(view.viewport(), LEFT, pos=QPoint(100, 100))
    assert view.transform().m11() == fitted
