"""The canvas's colours and states, asserted on the pixels that it paints."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from tests.painting import (
    cropped,
    hot_patch,
    squashed,
    style,
)
from tests.qt.canvas_kit import (
    LEFT,
    NEAREST,
    SMOOTH,
    grey,
    make_view,
    show,
    shown,
    wheel,
)
from vitviewer.maps.colormaps import lookup_table
from vitviewer.maps.compose import DIMMED, compose
from vitviewer.qt.canvas.overlay_view import OverlayView
from vitviewer.qt.widgets.qimage import to_qimage


@pytest.fixture
def view(qtbot):
    return make_view(qtbot)


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
    color = lookup_table("bids:inferno", 0.6)[255, :3].astype(float)
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


def test_pixels_are_crisp_when_magnified_and_averaged_when_small(view):
    board = np.indices((1600, 1600)).sum(0) % 2 * 255
    board = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    view.set_picture(board)
    middle = shown(view)[300:400, 400:500].astype(int)
    assert np.abs(middle - 127).max() <= 2
    view.zoom_by(16.0 / view.transform().m11())
    assert set(np.unique(shown(view)[300:400, 400:500])) == {0, 255}


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
