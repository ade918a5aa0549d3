"""The canvas, asserted on the pixels that it paints."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.painting import (
    GEOMETRIES,
    cropped,
    hot_patch,
    padded,
    painted_box,
    squashed,
    style,
)
from tests.qt.window_kit import grab
from vitviewer.geometry import Geometry
from vitviewer.qt.overlay_view import OverlayView
from vitviewer.qt.qimage import to_qimage
from vitviewer.render import DIMMED, compose, lookup_table
from vitviewer.state import Interpolation

SMOOTH, NEAREST = Interpolation.SMOOTH, Interpolation.NEAREST
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot):
    view = OverlayView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    qtbot.waitExposed(view)
    return view


def grey(geometry, level=90) -> np.ndarray:
    """Return an even picture for a geometry."""
    width, height = geometry.picture_size
    return np.full((height, width, 3), level, dtype=np.uint8)


def shown(view) -> np.ndarray:
    return grab(view.viewport())


def show(view, geometry, patch, chosen, pixels=None):
    view.set_picture(grey(geometry) if pixels is None else pixels)
    view.set_geometry(geometry)
    view.set_map(hot_patch(geometry, patch), chosen)


def zoom_to(view, point, scale) -> QPoint:
    """Zoom in on a point of the picture; return where it is shown."""
    while view.transform().m11() < scale - 1e-9:
        factor = min(2.0, scale / view.transform().m11())
        view.zoom_by(factor, view.to_viewport(*point))
    return view.to_viewport(*point)


def to_picture(view, box):
    """Map the edges of a box of viewport pixels back to picture pixels."""
    transform = view.viewportTransform().inverted()[0]
    x0, y0 = transform.map(box[0], box[1])
    x1, y1 = transform.map(box[2], box[3])
    return x0, y0, x1, y1


def clipped(geometry, patch):
    x, y, w, h = geometry.patch_rect(*patch)
    x0, y0, x1, y1 = geometry.seen
    return max(x, x0), max(y, y0), min(x + w, x1), min(y + h, y1)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_hot_patch_is_painted_on_its_rectangle(view, geometry):
    for patch in ((geometry.rows // 2, 1), (geometry.rows // 2, geometry.cols - 2)):
        show(view, geometry, None, style(NEAREST))
        cold = shown(view)
        view.set_map(hot_patch(geometry, patch), style(NEAREST))
        box = painted_box(shown(view), cold)
        expected = clipped(geometry, patch)
        if expected[0] >= expected[2] or expected[1] >= expected[3]:
            assert box is None
            continue
        # One pixel of the picture, or of the screen where that is the coarser.
        tolerance = max(1.0, 1.0 / view.transform().m11())
        np.testing.assert_allclose(to_picture(view, box), expected, atol=tolerance)


@pytest.mark.parametrize("scale", [1.0, 3.0, 50.0])
def test_edge_of_a_patch_holds_in_a_large_picture(view, scale):
    geometry = Geometry((7001, 503), (96, 96), (0, 0), (96, 96), (32, 32))
    show(view, geometry, None, style(NEAREST))
    edge, y, _, _ = geometry.patch_rect(1, 2)
    spot = zoom_to(view, (edge, y + 80.0), scale)
    cold = shown(view).astype(int)
    view.set_map(hot_patch(geometry, (1, 2)), style(NEAREST))
    light = np.abs(shown(view) - cold)[spot.y()].sum(axis=-1)
    first = float(np.flatnonzero(light > 30)[0])
    found, _ = view.viewportTransform().inverted()[0].map(first, 0.0)
    assert abs(found - edge) <= 1.0


def test_peak_of_a_smooth_map_holds_in_a_large_picture(view):
    geometry = Geometry((7001, 503), (160, 32), (0, 0), (160, 32), (32, 32))
    chosen = style(SMOOTH, colormap="matlab:gray")
    show(view, geometry, (0, 3), chosen)
    x, y, width, height = geometry.patch_rect(0, 3)
    spot = zoom_to(view, (x + width / 2, y + height / 2), 1.0)
    light = shown(view)[spot.y(), :, 0].astype(int)
    peak = float(np.flatnonzero(light == light.max()).mean() + 0.5)
    found, _ = view.viewportTransform().inverted()[0].map(peak, 0.0)
    assert abs(found - (x + width / 2)) <= width / 100


@pytest.mark.parametrize("geometry", GEOMETRIES[:4], ids=str)
def test_smooth_map_peaks_at_the_centre_of_its_patch(view, geometry):
    patch = (geometry.rows // 2, geometry.cols // 2)
    show(view, geometry, None, style(SMOOTH, colormap="matlab:gray"))
    cold = shown(view).astype(int)
    view.set_map(hot_patch(geometry, patch), style(SMOOTH, colormap="matlab:gray"))
    light = (shown(view) - cold).sum(axis=-1)
    y, x = np.argwhere(light >= light.max() - 3).mean(axis=0) + 0.5
    point = view.viewportTransform().inverted()[0].map(QPointF(x, y))
    left, top, width, height = geometry.patch_rect(*patch)
    centre = (left + width / 2, top + height / 2)
    np.testing.assert_allclose((point.x(), point.y()), centre, atol=1.0)


@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
@pytest.mark.parametrize("geometry", [squashed(331, 333), cropped(400, 311)], ids=str)
def test_screen_and_export_agree(view, chelsea, geometry, interpolation):
    width, height = geometry.picture_size
    pixels = np.resize(chelsea, (height, width, 3))
    values = np.random.default_rng(0).random((geometry.rows, geometry.cols))
    values, chosen = values.astype(np.float32), style(interpolation)
    view.set_picture(pixels)
    view.set_geometry(geometry)
    view.set_map(values, chosen)
    view.zoom_to_actual()
    x0, y0, x1, y1 = (round(edge) for edge in geometry.seen)
    corner = view.to_viewport(x0, y0)
    screen = shown(view)[corner.y() :, corner.x() :][: y1 - y0, : x1 - x0]
    export = compose(pixels, values, geometry, chosen)[y0:y1, x0:x1]
    difference = np.abs(screen.astype(int) - export).max(axis=-1)
    assert np.median(difference) <= 1
    if interpolation is SMOOTH:
        assert difference.max() <= 30
        assert (difference > 6).mean() < 0.01
    else:  # a pixel on an edge between patches may fall to the other side
        assert (difference > 2).mean() < 0.04


def test_colors_are_blended_as_the_table_says(view):
    geometry = squashed(160, 160)
    show(view, geometry, None, style(NEAREST, opacity=0.6))
    view.set_map(np.full((14, 14), 1.0, np.float32), style(NEAREST, opacity=0.6))
    color = lookup_table("bids:inferno", 0.6, False)[255, :3].astype(float)
    middle = shown(view)[350, 450]
    assert np.abs(middle - (0.6 * color + 0.4 * 90)).max() <= 1.5


def test_unseen_part_is_dimmed_and_hatched_and_the_rest_is_not(view):
    geometry = cropped(600, 300)
    show(view, geometry, None, style(NEAREST, opacity=0.0), grey(geometry, 200))
    pixels = shown(view)
    edge = view.to_viewport(geometry.seen[0], 0).x()
    start = view.to_viewport(0, 0)
    unseen = pixels[start.y() + 5 : start.y() + 250, start.x() + 5 : edge - 3, 0]
    assert unseen.min() == pytest.approx(200 * DIMMED, abs=2)
    assert 100 < unseen.max() < 200
    assert np.all(pixels[350, edge + 3 : edge + 200] == 200)
    view.set_overlay_visible(False)
    assert np.all(shown(view)[350, start.x() + 5 : edge - 3] == 200)


def test_map_is_clipped_to_the_picture(view):
    geometry = padded(300, 200)
    show(view, geometry, None, style(NEAREST))
    view.set_map(np.ones((6, 6), np.float32), style(NEAREST))
    background = shown(view)[2, 2]
    corner = view.to_viewport(0, 0)
    assert np.all(shown(view)[: corner.y() - 1] == background)


def test_next_picture_starts_without_map_and_marks(view, chelsea):
    geometry = cropped(451, 300)
    show(view, geometry, (3, 3), style(NEAREST), chelsea)
    view.set_query_patch((3, 3))
    view.set_input(np.zeros((224, 224, 3), np.uint8))
    view.show_input(True)
    view.set_picture(chelsea)
    bare = shown(view)
    other = OverlayView()
    other.resize(view.size())
    other.set_picture(chelsea)
    np.testing.assert_array_equal(bare, shown(other))
    view.set_map(hot_patch(geometry, (3, 3)), style(NEAREST))
    np.testing.assert_array_equal(shown(view), bare)


def test_geometry_of_another_picture_places_nothing(view, chelsea, qtbot):
    view.set_picture(chelsea)
    bare = shown(view)
    stale = cropped(640, 480)
    view.set_geometry(stale)
    view.set_map(hot_patch(stale, (3, 3)), style(NEAREST))
    view.set_query_patch((3, 3))
    np.testing.assert_array_equal(shown(view), bare)
    with qtbot.assertNotEmitted(view.patch_clicked):
        qtbot.mouseClick(view.viewport(), LEFT, pos=view.to_viewport(200, 150))


def test_model_s_input_is_shown_where_the_model_saw_it(view):
    geometry = cropped(600, 300)
    show(view, geometry, None, style(NEAREST, opacity=0.0))
    view.set_input(np.full((224, 224, 3), (10, 200, 30), dtype=np.uint8))
    before = shown(view)
    view.show_input(True)
    box = painted_box(shown(view), before)
    seen = geometry.seen
    np.testing.assert_allclose(to_picture(view, box), seen, atol=1.0)
    assert tuple(shown(view)[350, 450]) == (10, 200, 30)
    view.show_input(False)
    np.testing.assert_array_equal(shown(view), before)


def test_query_is_framed_on_light_and_dark(view):
    geometry = squashed(300, 300)
    for level in (0, 255):
        show(view, geometry, None, style(NEAREST, opacity=0.0), grey(geometry, level))
        before = shown(view)
        view.set_query_patch((4, 9))
        box = painted_box(shown(view), before)
        expected = geometry.patch_rect(4, 9)
        x0, y0, x1, y1 = to_picture(view, box)
        framed = (x0, y0, x1 - x0, y1 - y0)
        np.testing.assert_allclose(framed, expected, atol=4.0)
        view.set_query_patch(None)
        np.testing.assert_array_equal(shown(view), before)


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


def send(view, kind, point, button=LEFT):
    """Send a mouse event to the viewport."""
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else button
    spot = QPointF(point)
    place = view.viewport().mapToGlobal(spot)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        view.viewport(), QMouseEvent(kind, spot, place, button, held, none)
    )


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


def wheel(view, point, steps):
    position = QPointF(point)
    event = QWheelEvent(
        position,
        view.viewport().mapToGlobal(position),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


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


def test_pixels_are_crisp_when_magnified_and_averaged_when_small(view):
    board = np.indices((1600, 1600)).sum(0) % 2 * 255
    board = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    view.set_picture(board)
    middle = shown(view)[300:400, 400:500].astype(int)
    assert np.abs(middle - 127).max() <= 2
    view.zoom_by(16.0 / view.transform().m11())
    assert set(np.unique(shown(view)[300:400, 400:500])) == {0, 255}


def test_odd_sizes_keep_their_place_when_halved(view):
    pixels = np.zeros((1201, 2403, 3), dtype=np.uint8)
    pixels[1000:1100, 2000:2200] = 255
    view.set_picture(pixels)
    box = painted_box(shown(view), np.full_like(shown(view), 20))
    scale = view.transform().m11()
    lit = shown(view)[..., 0] > 127
    y, x = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    box = to_picture(view, (x[0], y[0], x[-1] + 1, y[-1] + 1))
    np.testing.assert_allclose(box, (2000, 1000, 2200, 1100), atol=1.0 / scale)


def test_view_before_any_picture_bears_everything(view, qtbot):
    view.fit()
    view.zoom_by(2.0)
    view.zoom_to_actual()
    view.set_query_patch((0, 0))
    view.set_map(np.ones((3, 3), np.float32), style(SMOOTH))
    wheel(view, QPoint(10, 10), 1)
    with qtbot.assertNotEmitted(view.patch_clicked):
        qtbot.mouseClick(view.viewport(), LEFT, pos=QPoint(50, 50))
    assert len(np.unique(shown(view).reshape(-1, 3), axis=0)) == 1


def test_a_scrub_paints_the_picture_from_the_cache(view):
    geometry = cropped(640, 480)
    show(view, geometry, None, style(SMOOTH))
    before = shown(view)
    # Pixels that only a second painting of the picture would show.
    view._picture._levels = [to_qimage(grey(geometry, 255))]
    view.set_map(hot_patch(geometry, (5, 2)), style(SMOOTH))
    assert (shown(view) != before).any()
    view.set_map(hot_patch(geometry, None), style(SMOOTH))
    np.testing.assert_array_equal(shown(view), before)


def test_canvas_has_a_name_for_screen_readers(view):
    assert view.accessibleName()


ODD_SIZES = [
    (37, 91),
    (224, 224),
    (451, 300),
    (1000, 33),
    (7, 5),
    (33, 1000),
    (223, 225),
    (1999, 801),
    (640, 427),
    (15, 16),
]


def in_sight(view, geometry, patch):
    """Return the part of a patch that was seen and that the viewport shows."""
    room = view.viewport().rect()
    shown_box = to_picture(view, (0, 0, room.width(), room.height()))
    box = clipped(geometry, patch)
    low = [max(a, b) for a, b in zip(box[:2], shown_box[:2], strict=True)]
    high = [min(a, b) for a, b in zip(box[2:], shown_box[2:], strict=True)]
    return (*low, *high)


@pytest.mark.parametrize("kind", [squashed, cropped, padded])
@pytest.mark.parametrize("size", ODD_SIZES, ids=str)
def test_hot_patch_is_painted_in_its_place_at_any_zoom(view, size, kind):
    geometry = kind(*size)
    patch = geometry.patch_at(size[0] / 2 + 0.1, size[1] / 2 + 0.1)
    view.resize(451, 367)
    show(view, geometry, None, style(NEAREST))
    for zoom in (lambda: None, view.zoom_to_actual, lambda: view.zoom_by(2.7)):
        zoom()
        view.set_map(hot_patch(geometry, None), style(NEAREST))
        cold = shown(view)
        view.set_map(hot_patch(geometry, patch), style(NEAREST))
        box = painted_box(shown(view), cold)
        scale = view.transform().m11()
        expected = in_sight(view, geometry, patch)
        if box is None:  # less than a pixel of the screen
            assert min(expected[2] - expected[0], expected[3] - expected[1]) < 1 / scale
            continue
        tolerance = max(1.0, 1.0 / scale)
        np.testing.assert_allclose(to_picture(view, box), expected, atol=tolerance)


def test_screen_is_the_export_but_for_the_edges_of_patches(view, chelsea):
    geometry = cropped(451, 300)
    rng = np.random.default_rng(4)
    values = rng.random((geometry.rows, geometry.cols), dtype=np.float32)
    view.set_picture(chelsea)
    view.set_geometry(geometry)
    view.set_map(values, style(NEAREST))
    view.zoom_to_actual()
    corner = view.to_viewport(0, 0)
    screen = shown(view)[corner.y() :, corner.x() :][:300, :451].astype(int)
    export = compose(chelsea, values, geometry, style(NEAREST))
    left, top, width, height = geometry.grid_rect
    col = (np.arange(451) + 0.5 - left) / width * geometry.cols
    row = (np.arange(300) + 0.5 - top) / height * geometry.rows
    inner_x = (col > 0) & (col < 16) & (np.abs(col - np.rint(col)) > 16 / width)
    inner_y = np.abs(row - np.rint(row)) > 16 / height
    inner = np.ix_(inner_y, inner_x)
    assert inner_x.sum() > 200
    assert inner_y.sum() > 200
    assert np.abs(screen - export)[inner].max() <= 2


@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
def test_hidden_overlay_leaves_the_bare_picture(view, chelsea, interpolation):
    view.set_picture(chelsea)
    bare = shown(view)
    geometry = cropped(451, 300)
    view.set_geometry(geometry)
    view.set_map(hot_patch(geometry, (3, 3)), style(interpolation))
    view.set_query_patch((5, 5))
    covered = shown(view)
    assert (covered != bare).any(axis=-1).mean() > 0.3
    view.set_overlay_visible(False)
    np.testing.assert_array_equal(shown(view), bare)
    view.set_overlay_visible(True)
    np.testing.assert_array_equal(shown(view), covered)


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


def test_input_lies_on_its_rectangle_even_where_it_was_padded(view):
    geometry = padded(300, 200)
    show(view, geometry, None, style(NEAREST, opacity=0.0))
    view.zoom_by(0.5)
    before = shown(view)
    view.set_input(np.full((192, 192, 3), (10, 200, 30), dtype=np.uint8))
    view.show_input(True)
    box = painted_box(shown(view), before)
    x, y, width, height = geometry.input_rect
    tolerance = max(1.0, 1.0 / view.transform().m11())
    expected = (x, y, x + width, y + height)
    np.testing.assert_allclose(to_picture(view, box), expected, atol=tolerance)
