"""Everything on the canvas lies in its place, measured on the pixels painted."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from tests.painting import (
    GEOMETRIES,
    cropped,
    hot_patch,
    padded,
    painted_box,
    squashed,
    style,
)
from tests.qt.canvas_kit import (
    NEAREST,
    SMOOTH,
    clipped,
    grey,
    in_sight,
    make_view,
    show,
    shown,
    to_picture,
    zoom_to,
)
from vitviewer.geometry import Geometry


@pytest.fixture
def view(qtbot):
    return make_view(qtbot)


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


def test_map_is_clipped_to_the_picture(view):
    geometry = padded(300, 200)
    show(view, geometry, None, style(NEAREST))
    view.set_map(np.ones((6, 6), np.float32), style(NEAREST))
    background = shown(view)[2, 2]
    corner = view.to_viewport(0, 0)
    assert np.all(shown(view)[: corner.y() - 1] == background)


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
